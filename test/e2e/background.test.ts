import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { isStopped } from '../../src/platform/job-control.ts';
import { childrenOf } from '../support/processes.ts';
import { BIN } from '../support/program.ts';
import { startProxy } from '../support/proxy.ts';
import { onScreen, type Screen } from '../support/screen.ts';
import { ORIGINAL, type TuiPlace, tuiPlace } from '../support/tui-place.ts';
import { until } from '../support/until.ts';

let here: TuiPlace;
let screen: Screen;
beforeEach(async () => {
  here = await tuiPlace();
  screen = onScreen('/bin/bash', ['--norc', '--noprofile', '-i'], {
    cwd: here.place.cwd,
    env: here.place.env({ ...here.vendor.env, PS1: 'shell> ' }),
  });
  onTestFinished(() => screen.kill('SIGKILL'));
  await screen.shows('shell>');
});

/** Types `listen` for the vendor into the shell, with `more` arguments, or an `&`. */
function type(...more: string[]): void {
  const command = [process.execPath, BIN, 'listen', ...here.vendor.args];
  screen.press(`${command.map((part) => `'${part}'`).join(' ')} ${more.join(' ')}\r`);
}

const LINES = 'Listening on instance 33';
const SUSPENDED = /Suspended: no event is answered\. Type fg within a minute to go on\./;

/** Ends the shell's job, which must restore the webhook, and the shell. */
async function expectReleased(): Promise<void> {
  screen.press('kill %1\r');
  await screen.shows('the webhook is restored');
  screen.press('wait %1; echo ended with $?\r');
  await screen.shows('ended with 0');
  expect(screen.isAlternate()).toBe(false);
  screen.press('exit\r');
  await screen.exit;
  expect(await here.vendor.webhook()).toEqual(ORIGINAL);
}

/** The listener runs in the background: an event is answered, and no terminal UI is drawn. */
async function expectRunning(): Promise<void> {
  await here.vendor.emit({ fixture: 'message.chat' });
  expect((await here.vendor.deliveries()).at(-1)).toMatchObject({ status: 200 });
  expect(screen.isAlternate()).toBe(false);
}

describe('a listener in the background of a shell', () => {
  test('prints lines, receives, and restores the webhook', async () => {
    type('&');
    await screen.shows(LINES);
    await expectRunning();
    await screen.shows('--> message');
    screen.press('jobs\r');
    await screen.shows('Running');
    expect(screen.raw()).not.toContain('\x1b[?1049h');
    await expectReleased();
  });

  test('asks nothing: without consent it ends as it does without a terminal', async () => {
    const theirs = { url: 'https://bot.example.com/hook', events: ['message'] };
    await here.vendor.setWebhook(theirs.url, theirs.events);
    type('&');
    await screen.shows('--replace bot.example.com');
    screen.press('wait %1; echo ended with $?\r');
    await screen.shows('ended with 2');
    expect(screen.text()).not.toContain('Which?');
    screen.press('exit\r');
    await screen.exit;
    expect(await here.vendor.webhook()).toEqual(theirs);
  });

  test('that was put there while it started prints lines', async () => {
    const proxy = await startProxy(here.vendor.apiUrl, { nth: 1, moment: 'arrives' });
    onTestFinished(() => proxy.close());
    type('--api-url', proxy.apiUrl);
    await proxy.reached;
    screen.press('ctrl-z');
    await screen.shows('Stopped');
    screen.press('bg\r');
    proxy.goOn();
    await screen.shows(LINES);
    await expectRunning();
    expect(screen.raw()).not.toContain('\x1b[?1049h');
    await expectReleased();
  });
});

describe('the terminal UI', () => {
  beforeEach(async () => {
    type();
    await screen.shows('Nothing has come yet');
  });

  test('suspended by Ctrl-Z and continued with bg, it receives, and fg shows it again', async () => {
    screen.press('ctrl-z');
    await screen.shows(SUSPENDED);
    await screen.shows('Stopped');
    screen.press('bg\r');
    await expectRunning();
    screen.press('jobs\r');
    await screen.shows('Running');
    screen.press('fg\r');
    await screen.shows('1 event ');
    expect(screen.isAlternate()).toBe(true);
    screen.press('q');
    await screen.shows(/Stopped: 1 event received/);
  });

  test('suspended by Ctrl-Z and ended in the background, it restores the webhook', async () => {
    screen.press('ctrl-z');
    await screen.shows('Stopped');
    screen.press('bg\r');
    await expectRunning();
    await expectReleased();
  });

  test.each(['SIGSTOP', 'SIGTSTP'] as const)(
    'stopped by %s from outside and continued with bg, it frees the screen',
    async (signal) => {
      const [listener = 0] = childrenOf(screen.pty.pid, 'listen');
      process.kill(listener, signal);
      await until(() => isStopped(listener), 'the stop');
      screen.press('bg\r');
      await screen.when('the normal screen', () => !screen.isAlternate());
      await expectRunning();
      await expectReleased();
    },
  );
});

test('Ctrl-Z says the same where lines are printed', async () => {
  type('--plain');
  await screen.shows(LINES);
  screen.press('ctrl-z');
  await screen.shows(SUSPENDED);
  await screen.shows('Stopped');
  screen.press('fg\r');
  await expectRunning();
  await screen.shows('--> message');
  screen.press('ctrl-z');
  await screen.when('a second time', (text) => text.split('Suspended: ').length === 3);
  screen.press('bg\r');
  await expectReleased();
});

test('without a guard, Ctrl-Z says that nobody restores the webhook', async () => {
  type('--plain', '--no-guard');
  await screen.shows(LINES);
  screen.press('ctrl-z');
  await screen.shows('Without a guard, nobody restores the webhook meanwhile');
  screen.press('fg\r');
  await expectRunning();
  screen.press('ctrl-c');
  await screen.shows('the webhook is restored');
});
