import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { isAlive } from '../support/processes.ts';
import { BIN } from '../support/program.ts';
import type { Screen } from '../support/screen.ts';
import { type TuiPlace, terminal, tuiPlace } from '../support/tui-place.ts';
import { until } from '../support/until.ts';

let here: TuiPlace;
beforeEach(async () => {
  here = await tuiPlace();
});

const SAID = 'A listener was killed while it had this terminal';

/** A shell on a terminal, which runs a listener and then what is typed. */
function shell(): Screen {
  return terminal('/bin/sh', ['-i'], {
    cwd: here.place.cwd,
    env: here.place.env({ ...here.vendor.env, PS1: 'ready> ', HISTFILE: '' }),
  });
}

const program = `"${process.execPath}" "${BIN}"`;

/** The markers in the state folder. */
function markers(): string[] {
  const data = join(here.place.home, 'data');
  return readdirSync(data).filter((name) => name.startsWith('screen-'));
}

async function listening(screen: Screen): Promise<number> {
  await screen.shows('ready>');
  screen.press(`${program} listen ${here.vendor.args.join(' ')} --no-guard`, 'enter');
  await screen.when('the terminal UI', () => screen.isAlternate() && screen.text().includes('33'));
  await until(() => markers().length === 1);
  return Number(readFileSync(join(here.place.home, 'data', markers()[0] ?? ''), 'utf8'));
}

test('a terminal that a kill left behind is restored by the next command on it, which says so', async () => {
  const screen = shell();
  const pid = await listening(screen);
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid));
  expect(screen.isAlternate()).toBe(true);
  expect(screen.isCursorVisible()).toBe(false);
  // Another terminal is none of its business, and neither is an output that is no terminal.
  const other = terminal(process.execPath, [BIN, 'fixtures'], {
    cwd: here.place.cwd,
    env: here.place.env(here.vendor.env),
  });
  await other.exit;
  expect(other.text()).not.toContain(SAID);
  await here.place.run(['fixtures']).exit;
  expect(markers()).toHaveLength(1);
  // In raw mode, which this shell leaves as it is, only a line feed ends a line.
  screen.press(`${program} fixtures >/dev/null; ${program} fixtures\n`);
  await screen.when('the normal screen', () => !screen.isAlternate());
  await screen.shows('morning');
  expect(screen.isCursorVisible()).toBe(true);
  expect(screen.raw()).toContain(SAID);
  expect(markers()).toEqual([]);
  const before = screen.raw().split(SAID).length;
  screen.press(`${program} fixtures; echo over\n`);
  await screen.shows(/\nover\n/);
  expect(screen.raw().split(SAID)).toHaveLength(before);
});

test('a listener that ends by itself leaves no marker; a marker that says nothing restores nothing', async () => {
  const screen = shell();
  await listening(screen);
  const name = markers()[0] ?? '';
  screen.press('q');
  await screen.when('the normal screen', () => !screen.isAlternate());
  await screen.shows(/Stopped[\s\S]*ready>/);
  expect(markers()).toEqual([]);
  const texts = ['', '-1', '0', String(process.pid), '\x1b[2J', '9'.repeat(400)];
  for (const [i, text] of texts.entries()) {
    writeFileSync(join(here.place.home, 'data', name), text);
    screen.press(`${program} fixtures show message.chat; echo number "${i}"`, 'enter');
    await screen.shows(`number ${i}`);
  }
  expect(screen.raw()).not.toContain(SAID);
});
