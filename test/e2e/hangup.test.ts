import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { BIN, type Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { onTerminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const OLD = { url: 'http://127.0.0.1:9/old', events: ['message'] };

let here: Place;
let vendor: Vendor;

beforeEach(async () => {
  here = place();
  vendor = await startVendor(here, { url: OLD.url });
});

const LISTEN = ['listen', '--json'];
const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');
const command = () => quoted([process.execPath, BIN, ...LISTEN, ...vendor.args]);
const options = () => ({ cwd: here.cwd, env: here.env({ ...vendor.env, PS1: '$ ' }) });

/** What a file in the working directory has; empty while there is none. */
function contentOf(name: string): string {
  try {
    return readFileSync(join(here.cwd, name), 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts a listener with nohup from an interactive shell on a terminal. */
async function withNohup() {
  const shell = onTerminal('bash', ['--norc', '--noprofile', '-i'], options());
  shell.pty.write(`nohup ${command()} >log 2>&1 </dev/null & echo $! >pid\r`);
  const pid = await until(() => Number(contentOf('pid')) || null, 'the id of the listener');
  onTestFinished(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')));
  await until(() => contentOf('log').includes('"type":"ready"'), 'a listener that is ready');
  return { shell, pid };
}

/** The listener still receives; SIGTERM makes it restore the webhook. */
async function expectAlive(pid: number): Promise<void> {
  await vendor.emit({ fixture: 'message.chat' });
  await until(() => contentOf('log').includes('"type":"event"'), 'an event');
  expect(contentOf('log')).not.toContain('"type":"stopped"');
  process.kill(pid, 'SIGTERM');
  await until(() => !isAlive(pid), 'the end of the listener');
  expect(contentOf('log')).toContain('"restored":true');
  expect(await vendor.webhook()).toEqual(OLD);
}

test('nohup: a listener outlives the terminal that it was started from', async () => {
  const { shell, pid } = await withNohup();
  const bash = shell.pty.pid;
  // The terminal is gone, and the shell sends SIGHUP to its jobs.
  (shell.pty as unknown as { destroy(): void }).destroy();
  await until(() => !isAlive(bash), 'the end of the shell');
  await expectAlive(pid);
});

test('nohup: SIGHUP sent to a listener without a terminal is ignored, however often', async () => {
  const { pid } = await withNohup();
  for (let count = 0; count < 3; count++) process.kill(pid, 'SIGHUP');
  await expectAlive(pid);
});

test.each([
  ['stdin', '>log 2>&1'],
  ['stdout', '2>log </dev/null'],
  ['stderr', '>log </dev/null'],
])('SIGHUP releases where only %s is a terminal', async (_, redirected) => {
  const shell = onTerminal('sh', ['-c', `exec ${command()} ${redirected}`], options());
  const said = () => shell.output() + contentOf('log');
  await until(() => said().includes('"type":"ready"'), 'a listener that is ready');
  shell.pty.kill('SIGHUP');
  expect((await shell.exit).code).toBe(0);
  expect(said()).toContain('"restored":true');
  expect(await vendor.webhook()).toEqual(OLD);
});
