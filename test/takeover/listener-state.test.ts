import { expect, test } from 'vitest';
import { watchListener } from '../../src/takeover/guard/listener-state.ts';
import { manualClock } from '../support/manual-clock.ts';

const TIMES = { everyMs: 5000, stoppedMs: 60_000, endMs: 30_000 };

/** A listener, its guard's watch, and the signals that the guard has sent. */
function watched() {
  const clock = manualClock();
  const over = new AbortController();
  const signals: string[] = [];
  const listener = { isStopped: false, holds: true };
  const ended = watchListener(
    {
      times: TIMES,
      clock,
      now: () => Date.UTC(2026, 10, 28) + clock.monotonic(),
      isStopped: () => listener.isStopped,
      holds: async () => listener.holds,
      signal: (name) => void signals.push(name),
    },
    over.signal,
  );
  /** Time passes, at once or look by look. */
  const pass = async (ms: number, step = Math.min(ms, TIMES.everyMs)) => {
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(step);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { pass, listener, signals, ended, over };
}

test('tells a listener that is stopped for a minute to end, and kills it half a minute later', async () => {
  const { pass, listener, signals, ended } = watched();
  await pass(20_000);
  listener.isStopped = true;
  await pass(60_000);
  expect(signals).toEqual([]);
  expect(ended()).toBe(null);
  await pass(5000);
  expect(signals).toEqual(['SIGTERM', 'SIGCONT']);
  expect(ended()).toEqual({ stoppedAt: '2026-11-28T00:00:25.000Z', killed: false });
  listener.isStopped = false;
  await pass(25_000);
  expect(signals).toHaveLength(2);
  await pass(5000);
  expect(signals).toEqual(['SIGTERM', 'SIGCONT', 'SIGKILL']);
  expect(ended()).toMatchObject({ killed: true });
  await pass(100_000);
  expect(signals).toHaveLength(3);
});

test('counts from the last time that the listener was stopped', async () => {
  const { pass, listener, signals } = watched();
  for (let times = 0; times < 3; times++) {
    listener.isStopped = true;
    await pass(55_000);
    listener.isStopped = false;
    await pass(5000);
  }
  expect(signals).toEqual([]);
});

test('does not count the time in which the guard itself did not run', async () => {
  const { pass, listener, signals } = watched();
  listener.isStopped = true;
  await pass(35_000);
  await pass(3_600_000, 3_600_000);
  expect(signals).toEqual([]);
  await pass(25_000);
  expect(signals).toEqual([]);
  await pass(5000);
  expect(signals).toEqual(['SIGTERM', 'SIGCONT']);
  await pass(3_600_000, 3_600_000);
  expect(signals).toHaveLength(2);
  await pass(30_000);
  expect(signals).toHaveLength(3);
});

test('leaves a listener alone that holds nothing', async () => {
  const { pass, listener, signals } = watched();
  Object.assign(listener, { isStopped: true, holds: false });
  await pass(600_000);
  expect(signals).toEqual([]);
});

test('does nothing once its listener has ended', async () => {
  const { pass, listener, signals, over } = watched();
  listener.isStopped = true;
  await pass(60_000);
  over.abort();
  await pass(600_000);
  expect(signals).toEqual([]);
});
