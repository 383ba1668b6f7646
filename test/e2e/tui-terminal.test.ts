import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { BIN } from '../support/program.ts';
import { startProxy } from '../support/proxy.ts';
import type { Screen } from '../support/screen.ts';
import { ORIGINAL, type TuiPlace, terminal, tuiPlace } from '../support/tui-place.ts';
import { until } from '../support/until.ts';

let here: TuiPlace;
beforeEach(async () => {
  here = await tuiPlace();
});

/** The normal screen is back with its last words, and the terminal is as it was. */
function expectGivenBack(screen: Screen): void {
  expect(screen.isAlternate()).toBe(false);
  const text = screen.text().replaceAll('\n', '');
  expect(text).toMatch(/Stopped: \d+ events? received/);
  expect(text).toContain(
    '; the webhook is restored; the instance has webhook http://127.0.0.1:9/theirs (message)',
  );
  expect(screen.text()).not.toContain('quit');
  expectUndone(screen);
}

/** Modes that were set are taken back: the cursor is shown, pasted text is typed text again. */
function expectUndone(screen: Screen): void {
  const raw = screen.raw();
  expect(raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(raw.lastIndexOf('\x1b[?25l'));
  expect(raw.lastIndexOf('\x1b[?2004l')).toBeGreaterThan(raw.lastIndexOf('\x1b[?2004h'));
  expect(screen.emulator.modes.bracketedPasteMode).toBe(false);
}

describe('leaving', () => {
  test('q restores the webhook, and says what was received', async () => {
    const screen = await here.open();
    await here.vendor.emit({ fixture: 'message.chat' });
    await screen.shows('1 event ');
    screen.press('escape', 'escape');
    screen.press('q');
    expect((await screen.exit).code).toBe(0);
    expectGivenBack(screen);
    expect(screen.text()).toContain('Stopped: 1 event received; 1 delivery; ');
    expect(await here.vendor.webhook()).toEqual(ORIGINAL);
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'])('%s does the same', async (signal) => {
    const screen = await here.open();
    screen.kill(signal);
    expect((await screen.exit).code).toBe(0);
    expectGivenBack(screen);
    expect(await here.vendor.webhook()).toEqual(ORIGINAL);
  });

  test('Ctrl-C says what is being done; a second one a second later leaves at once', async () => {
    const screen = await here.open();
    here.vendor.program.kill('SIGSTOP');
    screen.press('ctrl-c');
    await screen.shows('restoring the webhook');
    const pressed = performance.now();
    // One Ctrl-C may arrive twice.
    screen.press('ctrl-c');
    await until(() => performance.now() - pressed > 1100);
    screen.press('ctrl-c');
    expect((await screen.exit).code).toBe(20);
    expect(screen.isAlternate()).toBe(false);
    expect(screen.text()).toContain('eazewa-hooks restore');
    expectUndone(screen);
    here.vendor.program.kill('SIGCONT');
  });

  test('a bug of ours gives the terminal back, puts the webhook back, and ends with 1', async () => {
    const preload = join(here.place.cwd, 'preload.mjs');
    writeFileSync(preload, "process.on('SIGUSR2', () => { throw new Error('boom'); });");
    const screen = await here.open([], { env: { NODE_OPTIONS: `--import=file://${preload}` } });
    screen.kill('SIGUSR2');
    expect((await screen.exit).code).toBe(1);
    expectGivenBack(screen);
    expect(screen.text()).toContain('Unexpected: boom');
    expect(await here.vendor.webhook()).toEqual(ORIGINAL);
  });

  test('--for and --max-events end it like q', async () => {
    const screen = await here.open(['--max-events', '1']);
    await here.vendor.emit({ fixture: 'message.chat' });
    expect((await screen.exit).code).toBe(0);
    expectGivenBack(screen);
  });

  test('Ctrl-C while it starts leaves nothing behind, and no screen was taken', async () => {
    const proxy = await startProxy(here.vendor.apiUrl, { nth: 1, moment: 'arrives' });
    onTestFinished(() => proxy.close());
    const args = [BIN, 'listen', ...here.vendor.args, '--api-url', proxy.apiUrl];
    const screen = terminal(process.execPath, args, {
      cwd: here.place.cwd,
      env: here.place.env(here.vendor.env),
    });
    await proxy.reached;
    screen.press('ctrl-c');
    await screen.exit;
    expect(screen.raw()).not.toContain('\x1b[?1049h');
    // And nothing was printed.
    expect(screen.text().trim()).toMatch(/^(\^C)?(Stopped: 0 events received)?$/);
    expect(await here.vendor.webhook()).toEqual(ORIGINAL);
  });

  test('a listener that cannot start says why on the normal screen', async () => {
    const screen = terminal(process.execPath, [BIN, 'listen', ...here.vendor.args], {
      cwd: here.place.cwd,
      env: here.place.env({ EAZEWA_API_TOKEN: 'wrong' }),
    });
    expect((await screen.exit).code).toBe(10);
    expect(screen.raw()).not.toContain('\x1b[?1049h');
  });

  test('--plain and TERM=dumb get lines', async () => {
    for (const [args, env] of [
      [['--plain'], {}],
      [[], { TERM: 'dumb' }],
    ] as const) {
      const screen = terminal(process.execPath, [BIN, 'listen', ...here.vendor.args, ...args], {
        cwd: here.place.cwd,
        env: here.place.env({ ...here.vendor.env, ...env }),
      });
      await screen.shows('Listening on instance 33');
      expect(screen.raw()).not.toContain('\x1b[?1049h');
      screen.press('ctrl-c');
      await screen.exit;
    }
  });
});

describe('the terminal', () => {
  test('Ctrl-F1 and other keys that nobody knows do nothing', async () => {
    const screen = await here.open();
    screen.press('ctrl-f1', '\x1b[1;5Q', '\x1b[<0;10;10M', '\x1b[200~q\x1b[201~', '?');
    await screen.shows('Keys');
    screen.press('escape');
    await screen.showsNot('Keys');
    await here.vendor.emit({ fixture: 'message.chat' });
    await screen.shows('1 event ');
  });

  test('Ctrl-Z puts it aside as a shell expects, and fg brings it back', async () => {
    const screen = terminal('/bin/bash', ['--norc', '--noprofile', '-i'], {
      cwd: here.place.cwd,
      env: here.place.env({ ...here.vendor.env, PS1: 'shell> ' }),
    });
    await screen.shows('shell>');
    const command = [process.execPath, BIN, 'listen', ...here.vendor.args].map(
      (part) => `'${part}'`,
    );
    screen.press(`${command.join(' ')}\r`);
    await screen.shows('Nothing has come yet');
    screen.press('ctrl-z');
    await screen.shows('Stopped');
    expect(screen.isAlternate()).toBe(false);
    screen.press('echo still a $((40 + 2)) shell\r');
    await screen.shows('still a 42 shell');
    screen.press('fg\r');
    await screen.shows('Nothing has come yet');
    await here.vendor.emit({ fixture: 'message.chat' });
    await screen.shows('1 event ');
    screen.press('q');
    await screen.shows(/Stopped: 1 event received/);
    screen.press('exit\r');
    await screen.exit;
    expect(await here.vendor.webhook()).toEqual(ORIGINAL);
  });

  test('Ctrl-L draws what a program beside it left on the screen anew', async () => {
    const screen = await here.open();
    await screen.when('a quiet screen', (text) => text.includes('Nothing has come yet'));
    const before = screen.raw().length;
    screen.emulator.write('\x1b[3;3HXXXXXXXX');
    screen.press('ctrl-l');
    await screen.when('the screen cleared', () => screen.raw().slice(before).includes('\x1b[2J'));
    await screen.showsNot('XXXXXXXX');
    await screen.shows('q quit');
  });

  test('hostile text changes nothing but the characters of its own line', async () => {
    await here.vendor.setWebhook(ORIGINAL.url, ['message', 'qr']);
    const screen = await here.open([], { rows: 40, env: { SSH_TTY: '' } });
    const evil = [
      '\x1b]0;owned\x07\x1b]2;owned\x1b\\',
      '\x1b]52;c;b3duZWQ=\x07',
      '\x1b[2J\x1b[H\x1b[31;1mred\x1b[?1049l\x1b[?25h\x1b[10;10H',
      '\x9b31m\x9d0;owned\x9c\u202eevil\u2066\u200b\u0000\u0007\b\b\b\r\n\t',
      '\x1bc\x1b(0\x1b#8\x0e',
    ].join('');
    const family = '👨‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 ❤️ 🇩🇪 é';
    here.answer((_, response) => {
      response.writeHead(500, { 'x-evil': '\x9b31m\x9d0;owned\x9c' });
      response.end(evil);
    });
    for (const where of [
      'data.message.body',
      'data.message._data.notifyName',
      'data.message.type',
    ]) {
      const set = { [where]: `${evil}end` };
      await here.vendor.emit({ fixture: 'message.chat', set });
    }
    await here.vendor
      .emit({ body: { event: `${evil}name`, instanceId: '33', data: {} } })
      .catch(() => {});
    const set = { 'data.message.body': `${family} end` };
    await here.vendor.emit({ fixture: 'message.chat', set });
    await screen.shows('4 events');
    screen.press('g', 'enter');
    await screen.shows('message id');
    const tabs = ['1', '2', '3'];
    for (const tab of tabs) {
      screen.press(tab);
      await screen.shows(tab === '3' ? 'attempt 1' : tab === '2' ? '"instanceId"' : 'message id');
      expect(screen.lines()[0]).toMatch(/^ ● Simulator \(33\)/);
      expect(screen.isAlternate()).toBe(true);
    }
    screen.press('escape');
    await screen.shows(family);
    expect(screen.titles).toEqual([]);
    expect(screen.copied).toEqual([]);
    expect(screen.raw()).not.toContain('owned\x07');
    for (const harm of '\u202e\u2066\u200b\x9b\x9d\x0e') expect(screen.raw()).not.toContain(harm);
    for (const line of screen.lines()) expect(line).not.toContain('\x1b');
    // The columns hold: what stands at the end of each line stands in the last column.
    for (let y = 4; y < 7; y++)
      expect(screen.cell(screen.emulator.cols - 4, y).getChars()).toBe('s');
  });
});

test('variables of other programs do not change the terminal UI', async () => {
  // DEV is Ink's switch for its developer tools, LOG_STREAM and LOG_TOKENS are yaml's.
  const env = { DEV: 'true', LOG_STREAM: '1', LOG_TOKENS: '1', JEST_WORKER_ID: '1' };
  const screen = await here.open([], { env });
  screen.press('q');
  expect((await screen.exit).code).toBe(0);
  expectGivenBack(screen);
});
