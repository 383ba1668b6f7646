/** A clock whose time passes when the test says so. */

import type { Clock } from '../../src/platform/clock.ts';
import { until } from './until.ts';

export interface ManualClock extends Clock {
  /** So many ms pass; whatever waited for a moment within them goes on. */
  advance(ms: number): void;
  /** Whether anything waits for a moment to come. */
  isAwaited(): boolean;
}

export function manualClock(): ManualClock {
  let now = 0;
  let waits: { readonly at: number; done(): void }[] = [];
  return {
    monotonic: () => now,
    pause: (ms, signal) =>
      new Promise((done) => {
        const over = () => {
          signal?.removeEventListener('abort', over);
          done();
        };
        waits.push({ at: now + ms, done: over });
        signal?.addEventListener('abort', over);
      }),
    timeout(ms) {
      const stop = new AbortController();
      const reason = new DOMException('The time is over', 'TimeoutError');
      waits.push({ at: now + ms, done: () => stop.abort(reason) });
      return stop.signal;
    },
    isAwaited: () => waits.length > 0,
    advance(ms) {
      now += ms;
      const due = waits.filter(({ at }) => at <= now);
      waits = waits.filter(({ at }) => at > now);
      for (const { done } of due) done();
    },
  };
}

/** Lets time pass slowly until the promise has settled, however long its requests take. */
export async function passing<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let over = false;
  promise.finally(() => {
    over = true;
  });
  await until(() => {
    clock.advance(20);
    return over;
  });
  return promise;
}
