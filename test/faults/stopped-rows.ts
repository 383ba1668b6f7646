/** Faults of job control: a listener that is stopped while it holds the webhook, and its guard's part. */

import { existsSync, readFileSync } from 'node:fs';
import { isStopped } from '../../src/platform/job-control.ts';
import type { Program } from '../support/program.ts';
import { until } from '../support/until.ts';
import { kill } from './points.ts';
import type { Stage } from './stage.ts';
import { filesBelow } from './stored.ts';
import type { Row } from './verdict.ts';

const TIMES = { everyMs: 50, stoppedMs: 800, endMs: 800 };
/** Longer than any of these times. */
const NEVER_MS = 100_000;

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function withTimes(times: Partial<typeof TIMES>): Record<string, string> {
  const { everyMs, stoppedMs, endMs } = { ...TIMES, ...times };
  return { EAZEWA_HOOKS_FAULTS_STOPPED: [everyMs, stoppedMs, endMs].join() };
}

/** Starts a listener whose guard has short times, and stops it once it is ready. */
async function stopped({ listen }: Stage, times: Partial<typeof TIMES> = {}): Promise<Program> {
  const listener = listen({ env: withTimes(times) });
  await listener.entry('ready');
  listener.kill('SIGSTOP');
  await until(() => isStopped(listener.child.pid ?? 0), 'the stop');
  return listener;
}

const passed = (ms: number) => {
  const since = performance.now();
  return until(() => performance.now() - since > ms, `${ms} ms`, 2 * ms + 10_000);
};

/** What `guard.json` says, once the guard has ended. */
async function report({ place, points }: Stage) {
  await until(() => points.guards().length === 0, 'the end of the guard', 30_000);
  const [path] = filesBelow(place.home, 'guard.json');
  return path === undefined ? null : JSON.parse(readFileSync(path, 'utf8'));
}

/** A listener that answers events was continued in time, and ends like any other. */
async function mustGoOn({ tunnel }: Stage, listener: Program): Promise<void> {
  const before = tunnel.acknowledged.size;
  await until(() => tunnel.acknowledged.size > before, 'events that are taken again');
  listener.kill('SIGINT');
  must((await listener.exit).code === 0, 'it did not end with 0');
}

const skip = () => (process.platform === 'win32' ? 'Windows stops no process' : null);

export const stoppedRows: readonly Row[] = [
  {
    fault: 'stopped and not continued',
    by: 'listener',
    skip,
    short: true,
    async make(stage) {
      const listener = await stopped(stage, { endMs: NEVER_MS });
      must((await listener.exit).code === 0, 'it did not end with 0');
      must(listener.stdout().includes('"restored":true'), 'it does not say that it restored');
      const { outcome, ended } = await report(stage);
      must(outcome === 'released' && !ended.killed, `the guard's report is ${outcome}`);
      const { stdout } = await stage.run('status', ...stage.args.slice(1, 5)).exit;
      must(/was stopped \(as by Ctrl-Z\) at .*made it restore/.test(stdout), `status: ${stdout}`);
      const { stderr } = await stage.run('events').exit;
      must(/was stopped \(as by Ctrl-Z\) at .*made it restore/.test(stderr), `events: ${stderr}`);
    },
  },
  {
    fault: 'Ctrl-Z in the terminal UI, and no fg',
    by: 'listener',
    skip: () => (existsSync('/bin/bash') ? skip() : 'there is no /bin/bash'),
    short: true,
    async make({ open, points, args, place }) {
      const shell = ['--norc', '--noprofile', '-i'];
      const screen = open('/bin/bash', shell, {
        ...withTimes({ endMs: NEVER_MS }),
        PS1: 'shell> ',
      });
      const command = [process.execPath, place.bin, ...args];
      screen.press(`${command.map((one) => `'${one}'`).join(' ')}\r`);
      await until(() => points.passed('ready') && screen.isAlternate(), 'the terminal UI', 30_000);
      screen.press('ctrl-z');
      await screen.shows('Type fg within a minute to go on');
      await screen.shows(/Stopped: \d+ events? received/);
      screen.press('wait %1; echo ended with $?\r');
      await screen.shows('ended with 0');
      screen.press('exit\r');
      await screen.exit;
    },
  },
  {
    fault: 'stopped, and it hangs when it is told to end',
    by: 'guard',
    skip,
    short: true,
    async make(stage) {
      stage.points.at('about-to-restore', () => new Promise(() => {}));
      const listener = await stopped(stage);
      must((await listener.exit).signal === 'SIGKILL', 'it was not killed');
      const { outcome, ended } = await report(stage);
      must(outcome === 'restored' && ended.killed, `the guard's report is ${outcome}`);
      const { stdout } = await stage.run('status', ...stage.args.slice(1, 5)).exit;
      must(/was stopped .*was killed at .*restored its webhook/.test(stdout), `status: ${stdout}`);
    },
  },
  {
    fault: 'stopped, and continued in time again and again',
    by: 'listener',
    skip,
    async make(stage) {
      const stoppedMs = 4000;
      const listener = await stopped(stage, { stoppedMs });
      // Half of the time each: only the sum would be too long.
      for (let times = 0; times < 3; times++) {
        await passed(stoppedMs / 2);
        listener.kill('SIGCONT');
        await passed(3 * TIMES.everyMs);
        listener.kill('SIGSTOP');
      }
      listener.kill('SIGCONT');
      await mustGoOn(stage, listener);
      must((await report(stage)) === null, 'the guard has a report');
    },
  },
  {
    fault: 'stopped together with its guard, for long',
    by: 'listener',
    skip,
    async make(stage) {
      const listener = await stopped(stage, { endMs: NEVER_MS });
      const [guard = 0] = stage.points.guards();
      kill(guard, 'SIGSTOP');
      await passed(2 * TIMES.stoppedMs);
      const continuedAt = performance.now();
      kill(guard, 'SIGCONT');
      must((await listener.exit).code === 0, 'it did not end with 0');
      const after = performance.now() - continuedAt;
      must(after > TIMES.stoppedMs / 2, `it was ended ${after} ms after its guard went on`);
    },
  },
];
