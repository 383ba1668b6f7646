import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { signatureFor } from '../../src/eazewa/signature.ts';
import type { Screen } from '../support/screen.ts';
import { type TuiPlace, tuiPlace } from '../support/tui-place.ts';
import { until } from '../support/until.ts';
import { API_TOKEN } from '../support/vendor.ts';

let here: TuiPlace;
beforeEach(async () => {
  here = await tuiPlace();
});

/** A message with this text comes in, and is on the screen with its answer. */
async function say(screen: Screen, text: string): Promise<void> {
  await here.vendor.emit({ fixture: 'message.chat', set: { 'data.message.body': text } });
  await screen.shows(new RegExp(` ${text} .* ms`));
}

/** An editor of this place: a script that is given the file. */
function editor(name: string, script: string): string {
  const path = join(here.place.cwd, name);
  writeFileSync(path, script);
  return `"${process.execPath}" "${path}"`;
}

describe('replaying', () => {
  test('r sends the same bytes again, marked as a replay', async () => {
    const screen = await here.open();
    await say(screen, 'again please');
    screen.press('r');
    await here.app.received(2);
    const [first, second] = here.app.requests;
    expect(second?.body.equals(first?.body ?? Buffer.of())).toBe(true);
    expect(second?.headers['x-eazewa-hooks-replay']).toBeDefined();
    await screen.shows('replayed: answered with 200');
  });

  test('without a target it says what to do', async () => {
    const screen = await here.open([], { target: false });
    await here.vendor.emit({ fixture: 'message.chat' });
    await screen.shows('Mia Example');
    screen.press('r');
    await screen.shows('there is no target: name one');
  });

  test('to an app that is gone it says so, and the listener goes on', async () => {
    const screen = await here.open();
    await say(screen, 'before');
    await here.app.close();
    screen.press('r');
    await screen.shows(/✗ .*connection refused: check that the app runs/);
    await here.vendor.emit({ fixture: 'message.chat' });
    await screen.shows('2 events');
    await screen.shows('Events wait');
    await screen.shows(/✗ localhost:\d+ {2}DOWN connection refused/);
    await screen.shows('1 wait');
  });

  test('e opens the body in the editor, and sends what was saved as an event of its own', async () => {
    const EDITOR = editor(
      'editor.js',
      `const fs = require('node:fs');
      const file = process.argv[2];
      const mode = (fs.statSync(file).mode & 0o777).toString(8);
      const secrets = Object.keys(process.env).filter((name) => /TOKEN|SECRET/.test(name));
      fs.writeFileSync('seen.json', JSON.stringify({ file, mode, secrets, isRaw: process.stdin.isRaw }));
      console.log('the editor has the screen');
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll('original words', 'other words'));`,
    );
    const secret = 'the-webhook-secret';
    // The original is signed with another key.
    await fetch(new URL('/_simulator/switches', here.vendor.apiUrl), {
      method: 'POST',
      body: JSON.stringify({ signKey: 'apiToken', signPrefix: 'sha256' }),
      headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
    });
    const screen = await here.open([], { env: { EDITOR, EAZEWA_WEBHOOK_SECRET: secret } });
    await say(screen, 'original words');
    await screen.shows(/ original words .* ≠/);
    screen.press('e');
    await here.app.received(2);
    const { headers, body } = here.app.requests[1] ?? { headers: {}, body: Buffer.of() };
    expect(headers).toMatchObject({
      'x-waapi-hmac': signatureFor(body, secret, true),
      'x-waapi-instance-id': '33',
    });
    expect(JSON.parse(String(here.app.requests[1]?.body)).data.message.body).toBe('other words');
    await screen.shows(/ other words .* ↻/);
    expect(screen.isAlternate()).toBe(true);
    const seen = JSON.parse(readFileSync(join(here.place.cwd, 'seen.json'), 'utf8'));
    expect(seen).toMatchObject({ mode: '600', secrets: [], isRaw: false });
    expect(existsSync(seen.file)).toBe(false);
    await screen.shows('replayed: answered with 200');
  });

  test('an edit that changes nothing sends nothing; one that is no webhook body, or fails, says so', async () => {
    const EDITOR = editor(
      'editor.js',
      `const fs = require('node:fs');
      const [, , file] = process.argv;
      const times = fs.existsSync('times') ? Number(fs.readFileSync('times', 'utf8')) : 0;
      fs.writeFileSync('times', String(times + 1));
      if (times === 1) fs.writeFileSync(file, '{ "no": "event" }');
      if (times === 2) process.exit(3);`,
    );
    const screen = await here.open([], { env: { EDITOR } });
    await say(screen, 'untouched');
    screen.press('e');
    await screen.shows('nothing was changed, nothing was sent');
    screen.press('e');
    await screen.shows(/✗ .*what was saved/);
    screen.press('e');
    await screen.shows(/✗ The editor[\s\S]* ended\s+with\s+3/);
    expect(here.app.requests).toHaveLength(1);
    await say(screen, 'still here');
  });
});

describe('keeping', () => {
  test('s saves the event as a fixture that replay knows, after saying what is in it', async () => {
    const screen = await here.open();
    await say(screen, 'keep me');
    screen.press('s');
    await screen.shows('phone numbers, names, texts');
    screen.press('kept', 'enter');
    await screen.shows(/saved: .*eazewa-fixtures/);
    const file = join(here.place.cwd, 'eazewa-fixtures', 'message.kept.json');
    expect(JSON.parse(readFileSync(file, 'utf8')).data.message.body).toBe('keep me');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const valid = await here.place.run(['fixtures', 'validate']).exit;
    expect(valid).toMatchObject({ code: 0 });
    const listed = await here.place.run(['fixtures']).exit;
    expect(listed.stdout).toContain('message.kept');
  });

  test('a name that is taken, or none, is told while the dialog stays', async () => {
    const screen = await here.open();
    await say(screen, 'keep me');
    screen.press('s', '../../evil', 'enter');
    await screen.shows('is not a name for a fixture');
    screen.press('ctrl-u', 'message.mine', 'enter');
    await screen.shows('saved:');
    screen.press('s', 'mine', 'enter');
    await screen.shows('exists already');
    await screen.shows('Save as a fixture');
    screen.press('escape');
    await screen.showsNot('Save as a fixture');
    expect(readdirSync(join(here.place.cwd, 'eazewa-fixtures')).sort()).toEqual([
      'about',
      'message.mine.json',
    ]);
  });

  test('c copies the id, the body and a curl command, over SSH by the terminal', async () => {
    const screen = await here.open([], { env: { SSH_TTY: '/dev/pts/0' } });
    await say(screen, 'copy me');
    screen.press('c');
    await screen.shows('c curl  b body  i id');
    screen.press('i');
    await until(() => screen.copied.length === 1);
    const [id] = screen.copied;
    expect(id).toMatch(/^evt_[a-z0-9]{16}$/);
    screen.press('c', 'b');
    await until(() => screen.copied.length === 2);
    expect(screen.copied[1]).toBe(String(here.app.requests[0]?.body));
    screen.press('c', 'c');
    await until(() => screen.copied.length === 3);
    expect(screen.copied[2]).toMatch(/^curl 'http:/);
    expect(screen.copied[2]).toContain(`x-eazewa-hooks-event: ${id}`);
    await screen.shows('curl copied');
  });
});

describe('the listener', () => {
  test('u changes what the instance sends, while this listener runs', async () => {
    const screen = await here.open();
    screen.press('u');
    await screen.shows(/\[x\] message /);
    await screen.shows(/\[ \] loading_screen/);
    screen.press('down', ' ', 'enter');
    await screen.shows('subscribed to 2 events');
    await screen.shows(/Simulator \(33\).* subscribed to 2 /);
    expect((await here.vendor.webhook()).events.sort()).toEqual(['loading_screen', 'message']);
    await here.vendor.emit({ fixture: 'loading_screen.half' });
    await screen.shows(/▸.* load .* 200 /);
    screen.press('q');
    expect((await screen.exit).code).toBe(0);
    expect(await here.vendor.webhook()).toEqual({
      url: 'http://127.0.0.1:9/theirs',
      events: ['message'],
    });
  });

  test('without any event ticked, nothing is changed', async () => {
    const screen = await here.open();
    screen.press('u');
    await screen.shows(/\[x\] message /);
    screen.press(' ', 'enter');
    await screen.shows('Choose at least one event');
    expect((await here.vendor.webhook()).events).toEqual(['message']);
  });

  test('p pauses forwarding, with the number that waits, and sends them in order afterwards', async () => {
    const screen = await here.open();
    screen.press('p');
    await screen.shows('⏸ paused');
    for (const text of ['one', 'two', 'three']) {
      await here.vendor.emit({ fixture: 'message.chat', set: { 'data.message.body': text } });
    }
    await screen.shows('3 wait');
    await screen.shows(/… {2}← {2}message .* three /);
    expect(here.app.requests).toEqual([]);
    screen.press('p');
    await here.app.received(3);
    const texts = here.app.requests.map(({ body }) => JSON.parse(String(body)).data.message.body);
    expect(texts).toEqual(['one', 'two', 'three']);
    await screen.showsNot(/\d wait/);
    await screen.shows(/✓ {2}← {2}message .* three /);
  });

  test('somebody else who sets the webhook is told of, and is left alone', async () => {
    const screen = await here.open();
    await say(screen, 'ours');
    await here.vendor.setWebhook('http://127.0.0.1:9/other', ['message']);
    screen.press('u');
    await screen.shows(/\[x\] message /);
    screen.press('down', ' ', 'enter');
    await screen.shows('Somebody else has changed the webhook');
    screen.press('q');
    await screen.exit;
    expect((await here.vendor.webhook()).url).toBe('http://127.0.0.1:9/other');
    expect(screen.text()).toContain('! somebody else changed the webhook meanwhile');
  });

  test('other commands are seen: a replay by hand is a line of the list', async () => {
    const screen = await here.open();
    await say(screen, 'shown');
    const replay = await here.place.run(['replay', 'message.emoji']).exit;
    expect(replay.code).toBe(0);
    await screen.shows(/▸.*✓ {2}← {2}message .* ↻/);
  });

  test('an event that comes again is told, and marked', async () => {
    const screen = await here.open();
    const body = {
      event: 'message',
      instanceId: '33',
      data: { message: { id: { _serialized: 'false_12025550142@c.us_AA' }, body: 'twice' } },
    };
    await here.vendor.emit({ body, fresh: false });
    await screen.shows('1 event ');
    await here.vendor.emit({ body, fresh: false });
    await screen.shows('came again');
    await screen.shows(/▸.* =/);
  });
});

test('a replay that the app does not take is told as such, and so is the target', async () => {
  const screen = await here.open();
  await say(screen, 'first');
  here.answer((_, response) => void response.writeHead(500).end());
  screen.press('r');
  await screen.shows('failed at your app (500)');
  await screen.shows(/! localhost:\d+ {2}UP 500/);
  here.answer((_, response) => void response.writeHead(404).end());
  screen.press('r');
  await screen.shows('answered with 404: the handler does not handle this event');
  await screen.shows(/✓ localhost:\d+ {2}UP \d+ ms/);
});
