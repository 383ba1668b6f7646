import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Bundle, bundle } from '../../support/bundle.ts';
import { isAlive } from '../../support/processes.ts';
import { onScreen, type Screen } from '../../support/screen.ts';
import { until } from '../../support/until.ts';
import type { Left } from './screen-program.ts';

let program: Bundle;
let screen: Screen | null = null;

beforeAll(async () => {
  program = await bundle("import './test/views/tui/screen-program.ts';");
});
afterAll(() => program.remove());
afterEach(async () => {
  screen?.kill('SIGKILL');
  await screen?.exit;
  screen = null;
});

const ENV = { PATH: process.env.PATH ?? '', NODE_ENV: 'production', CI: 'false' };

async function start(env: Record<string, string> = {}, size = {}): Promise<Screen> {
  const { path } = program;
  screen = onScreen(process.execPath, [path], { cwd: tmpdir(), env: { ...ENV, ...env }, ...size });
  await screen.shows('bottom');
  return screen;
}

/** Expects the terminal as before: its old text is there, and its modes are those of a shell. */
function expectRestored(screen: Screen): void {
  expect(screen.isAlternate()).toBe(false);
  expect(screen.text()).toMatch(/^before/);
  expect(screen.text()).not.toContain('bottom');
  expect(screen.isCursorVisible()).toBe(true);
  expect(screen.emulator.modes.bracketedPasteMode).toBe(false);
  expect(screen.titles).toEqual([]);
}

test('takes the alternate screen and restores the terminal', async () => {
  const screen = await start();
  expect(screen.isAlternate()).toBe(true);
  expect(screen.text()).not.toContain('before');
  expect(screen.isCursorVisible()).toBe(false);
  expect(screen.emulator.modes.bracketedPasteMode).toBe(true);
  screen.press('paste-begin', 'some\rtext', 'paste-end');
  await screen.shows('pasted some text');
  screen.press('q');
  expect(await screen.exit).toMatchObject({ code: 0 });
  expectRestored(screen);
});

test('leaves no event listener behind', async () => {
  const screen = await start();
  screen.press('q');
  await screen.exit;
  const [, left = ''] = /after (\{.*\})/.exec(screen.text()) ?? [];
  expect(JSON.parse(left)).toEqual({ SIGCONT: 0, resize: 0 } satisfies Left);
});

test('process.exit restores the terminal', async () => {
  const screen = await start();
  screen.press('x');
  expect(await screen.exit).toMatchObject({ code: 3 });
  expectRestored(screen);
});

test('a crash restores the terminal before its stack is printed', async () => {
  const screen = await start();
  screen.press('e');
  expect(await screen.exit).not.toMatchObject({ code: 0 });
  expectRestored(screen);
  expect(screen.text()).toContain('Error: a bug');
});

test('a frame of a new size leaves nothing of the old one', async () => {
  const screen = await start({}, { columns: 100, rows: 30 });
  for (const [columns, rows] of [
    [80, 24],
    [81, 24],
    [81, 40],
    [40, 10],
    [100, 10],
    [120, 30],
  ] as const) {
    screen.resize(columns, rows);
    const frame = `top\nsize ${columns}x${rows}\n${'\n'.repeat(rows - 4)}bottom`;
    await screen.when(frame, (text) => text === frame);
  }
});

test('the scrollback of the terminal survives', async () => {
  const { path } = program;
  const shell = 'for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "line $n"; done; exec "$0" "$1"';
  screen = onScreen('sh', ['-c', shell, process.execPath, path], {
    cwd: tmpdir(),
    env: ENV,
    rows: 8,
  });
  await screen.shows('bottom');
  // Ink draws its old frame again on a terminal that is too low for it.
  for (const rows of [5, 3, 8]) {
    screen.resize(100, rows);
    await screen.shows(`size 100x${rows}`);
  }
  screen.press('q');
  await screen.exit;
  expect(screen.emulator.buffer.normal.getLine(0)?.translateToString(true)).toBe('line 1');
});

test('lends the terminal to another program, then redraws everything', async () => {
  const screen = await start();
  screen.press('a');
  await screen.shows('normal screen');
  expectRestored(screen);
  // Cooked mode: the terminal echoes the input and delivers whole lines.
  screen.press('typed');
  await screen.shows(/normal screen\ntyped/);
  expect(screen.isAlternate()).toBe(false);
  screen.press('enter');
  await screen.shows('back again');
  expect(screen.isAlternate()).toBe(true);
  expect(screen.text()).toMatch(/^top\nsize 100x30\nback again\n[\n]+bottom$/);
  screen.press('j', 'down');
  await screen.shows('down');
});

test('Ctrl-Z returns to the shell, and fg returns to the screen', async () => {
  screen = onScreen('sh', ['-i'], {
    cwd: tmpdir(),
    env: { ...ENV, PS1: 'shell> ', HOME: tmpdir(), HISTFILE: '' },
  });
  await screen.shows('shell>');
  screen.press(`'${process.execPath}' '${program.path}'`, 'enter');
  await screen.shows('bottom');
  for (let times = 0; times < 2; times += 1) {
    screen.press('ctrl-z');
    await screen.shows(/^shell>$/m);
    expect(screen.isAlternate()).toBe(false);
    expect(screen.isCursorVisible()).toBe(true);
    screen.press('fg', 'enter');
    await screen.shows('back from the shell');
    expect(screen.isAlternate()).toBe(true);
    expect(screen.isCursorVisible()).toBe(false);
    screen.press('left');
    await screen.shows(/left\n[\n]+bottom/);
  }
  screen.press('q');
  await screen.shows(/after .*\nshell>/);
  screen.press('exit', 'enter');
  await screen.exit;
});

test('Ctrl-Z while another program has the terminal leaves it to that program after fg', async () => {
  screen = onScreen('bash', ['--norc', '--noprofile', '-i'], {
    cwd: tmpdir(),
    env: { ...ENV, PS1: 'shell> ', HOME: tmpdir(), HISTFILE: '' },
  });
  await screen.shows('shell>');
  screen.press(`'${process.execPath}' '${program.path}'`, 'enter');
  await screen.shows('bottom');
  screen.press('a');
  await screen.shows('normal screen');
  screen.press('ctrl-z');
  await screen.shows('Stopped');
  screen.press('fg', 'enter');
  await screen.shows('shell> fg');
  screen.press('typed', 'enter');
  await screen.shows('back again');
  expect(screen.isAlternate()).toBe(true);
  expect(screen.raw()).toContain('read typed');
  expect(screen.raw().split('\u001b[?1049h')).toHaveLength(3);
});

test('Ctrl-Z without a shell resumes by itself', async () => {
  const screen = await start();
  screen.press('ctrl-z');
  await screen.shows('back from the shell');
  expect(screen.isAlternate()).toBe(true);
});

test('a program that was stopped from outside redraws when it is continued', async () => {
  const screen = await start();
  screen.kill('SIGSTOP');
  // Text that another program left on the terminal.
  const litter = '\u001b[5;5Hlitter\u001b[?25h';
  await new Promise<void>((resolve) => screen.emulator.write(litter, resolve));
  expect(screen.text()).toContain('litter');
  screen.kill('SIGCONT');
  await screen.showsNot('litter');
  await screen.shows('bottom');
  expect(screen.isCursorVisible()).toBe(false);
});

test('reports when the terminal does not read, and when it reads again', async () => {
  const screen = await start();
  screen.pause();
  screen.press('f');
  screen.resume();
  await screen.shows('free again');
  screen.press('q');
  await screen.exit;
  expectRestored(screen);
});

test('a terminal that does not read is restored as soon as it reads', async () => {
  const screen = await start();
  screen.pause();
  screen.press('f', 'q');
  screen.resume();
  expect(await screen.exit).toMatchObject({ code: 0 });
  expectRestored(screen);
  expect(screen.text()).not.toContain('flood');
});

test('a terminal that does not read delays no exit', async () => {
  const screen = await start();
  screen.pause();
  screen.press('f', 'x');
  await until(() => !isAlive(screen.pty.pid));
});
