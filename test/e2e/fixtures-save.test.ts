import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadFixture } from '../../src/fixtures/load.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { maintainAll, newEvent, store } from '../history/support.ts';
import { type App, startApp } from '../support/app.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';

let here: Place;
let app: App;

beforeEach(async () => {
  here = place();
  app = await startApp();
});

const UNREDACTED = ['--unredacted', '--json'];
const run = (...args: string[]) => here.run(args).exit;
const save = (...args: string[]) => run('fixtures', 'save', ...args);
/** Puts an event into history; gives its id. */
async function received(body: object): Promise<string> {
  writeFileSync(join(here.cwd, 'body.json'), JSON.stringify(body));
  const program = here.run(['replay', './body.json', '--to', app.url, '--json']);
  const { id } = await program.entry('event');
  expect((await program.exit).code).toBe(0);
  return id;
}

test('an event becomes a fixture that is listed, shown, valid and sent again', async () => {
  const body = loadFixture('message.chat');
  const id = await received(body);
  const { code, stdout, stderr } = await save(id.slice(0, 12), '--as', 'order', '--unredacted');
  expect(code).toBe(0);
  expect(stdout).toBe(`${join(here.cwd, 'eazewa-fixtures/message.order.json')}\n`);
  // What will be in it is said first.
  expect(stderr).toMatch(new RegExp(`unredacted: ${id}, message, \\d+ bytes\n {2}12025550142: `));
  expect(stderr).toContain('phone number');

  expect((await run('fixtures')).stdout).toMatch(/^message\.order +\(project\) .*not redacted/m);
  expect(JSON.parse((await run('fixtures', 'show', 'message.order')).stdout)).toEqual(body);
  expect((await run('fixtures', 'validate')).code).toBe(0);
  expect((await run('replay', 'message.order', '--to', app.url)).code).toBe(0);
  expect(JSON.parse(String(app.requests[1]?.body))).toEqual(body);
});

test('--json says it in one object; what is private is still said', async () => {
  const id = await received(loadFixture('message_ack.read'));
  const { code, stdout, stderr } = await save('last', '--as', 'message_ack.mine', ...UNREDACTED);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    type: 'fixture',
    name: 'message_ack.mine',
    event: 'message_ack',
    file: join(here.cwd, 'eazewa-fixtures/message_ack.mine.json'),
    eventId: id,
  });
  expect(stderr).toContain('unredacted');
});

test('without --unredacted: 2, why, and the command with it; nothing is written', async () => {
  await received(loadFixture('message.chat'));
  const { code, stdout, stderr } = await save('last', '--as', 'order', '-i', 'simulator');
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/redaction does not exist yet.*phone numbers, names and texts/);
  expect(stderr).toContain(
    'eazewa-hooks fixtures save last --as order -i simulator --unredacted\n',
  );
  expect(existsSync(join(here.cwd, 'eazewa-fixtures'))).toBe(false);
});

test('nothing is overwritten: 2, with the file', async () => {
  await received(loadFixture('message.chat'));
  expect((await save('last', '--as', 'mine', '--unredacted')).code).toBe(0);
  const file = join(here.cwd, 'eazewa-fixtures/message.mine.json');
  const before = readFileSync(file, 'utf8');
  await received({ event: 'message', instanceId: '33', data: {} });
  const { code, stderr } = await save('last', '--as', 'mine', ...UNREDACTED);
  expect(code).toBe(2);
  expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '').error).toMatchObject({
    code: 'fixture_exists',
    message: expect.stringContaining(file),
  });
  expect(readFileSync(file, 'utf8')).toBe(before);
});

describe('what cannot be saved', () => {
  test.each(['../x', 'CON', 'message_ack.read', 'a/b'])('a name such as %s: 2', async (name) => {
    await received(loadFixture('message.chat'));
    const { code, stdout, stderr } = await save('last', '--as', name, '--unredacted');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(name);
    expect(readdirSync(here.cwd).sort()).toEqual(['body.json', 'state']);
  });

  test('no name: 2; an event that is not there: 12; nothing received: 12', async () => {
    expect(await save('last', '--unredacted')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--as'),
    });
    expect((await save('last', '--as', 'x', '--unredacted')).code).toBe(12);
    await received(loadFixture('message.chat'));
    const { code, stderr } = await save('evt_zzzz', '--as', 'x', '--unredacted');
    expect(code).toBe(12);
    expect(stderr).toContain('evt_zzzz');
  });

  test('an event whose large body is no longer stored: 12, and the error says so', async () => {
    await received(loadFixture('message.chat'));
    const path = join(here.home, 'data/simulator/history.db');
    const history = await openHistory(path, { mustExist: true });
    const day = 86_400_000;
    const body = Buffer.from(`{"event":"message","data":{"media":"${'A'.repeat(300_000)}"}}`);
    // Its age is counted from the newest event.
    store(history, newEvent({ id: 'evt_large', at: Date.now() - 1.1 * day, body }));
    store(history, newEvent({ at: Date.now() }));
    maintainAll(history, Date.now());
    history.close();
    const { code, stderr } = await save('evt_large', '--as', 'x', '--unredacted');
    expect(code).toBe(12);
    expect(stderr).toMatch(/body of evt_large is no longer stored[\s\S]*24 hours/);
    expect(existsSync(join(here.cwd, 'eazewa-fixtures'))).toBe(false);
  });

  test('hostile text in the event: its terminal obeys nothing of it', async () => {
    const message = { body: '\u001b]0;owned\u0007\u202e', from: '120255501\u009b42@c.us' };
    await received({ event: 'message', instanceId: '33', data: { message } });
    const { code, stderr } = await save('last', '--as', 'hostile', '--unredacted');
    expect(code).toBe(0);
    for (const unsafe of '\u001b\u0007\u202e\u009b') expect(stderr).not.toContain(unsafe);
    await run('replay', 'message.hostile', '--to', app.url);
    expect(JSON.parse(String(app.requests.at(-1)?.body)).data.message).toEqual(message);
  });
});
