import { spawn } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isStopped, stateOf } from '../../src/platform/job-control.ts';
import { until } from '../support/until.ts';

describe.skipIf(process.platform === 'win32')('a process', () => {
  test('is seen stopped and continued', async () => {
    const { pid = 0, kill } = sleeper();
    expect(isStopped(pid)).toBe(false);
    kill('SIGSTOP');
    await until(() => isStopped(pid), 'the stop');
    kill('SIGCONT');
    await until(() => !isStopped(pid), 'the end of the stop');
  });

  test('with a name that looks like the rest of its line is seen as it is', async () => {
    const name = 'x) T 1 (y';
    const { pid = 0 } = sleeper(name);
    await until(() => stateOf(pid)?.state === 'S', 'its state');
    expect(stateOf(pid)?.group).toBe(pid);
  });

  test('that does not exist is not stopped', () => {
    expect(stateOf(2 ** 22 + 1)).toBe(null);
    expect(isStopped(2 ** 22 + 1)).toBe(false);
  });

  test('without a terminal has no foreground', async () => {
    const { pid = 0 } = sleeper();
    await until(() => stateOf(pid), 'its state');
    expect(stateOf(pid)?.foreground).toBeLessThanOrEqual(0);
    expect(stateOf(pid)?.group).toBe(pid);
  });

  test('is the same by ps, which other systems than Linux have', async () => {
    const { pid = 0, kill } = sleeper();
    kill('SIGSTOP');
    await until(() => isStopped(pid), 'the stop');
    expect(stateOf(pid, 'darwin')).toEqual(stateOf(pid));
    expect(stateOf(2 ** 22 + 1, 'darwin')).toBe(null);
    expect(stateOf(pid, 'win32')).toBe(null);
  });
});

/** A Node that waits, under this name and without a terminal. */
function sleeper(name = 'node') {
  const code = `process.title = ${JSON.stringify(name)}; setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', code], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { pid: child.pid, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}
