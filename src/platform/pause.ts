/** A pause that a signal can end. */

import { setTimeout as wait } from 'node:timers/promises';
import { manyListen } from './on-abort.ts';

/** The longest time of one timer, in ms: a longer one would end at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Waits `ms` milliseconds, or until the signal aborts; never throws. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal !== undefined) manyListen(signal);
  let left = Math.max(0, ms);
  do {
    const part = Math.min(left, LONGEST_MS);
    await wait(part, undefined, signal && { signal }).catch(() => {});
    left -= part;
  } while (left > 0 && !signal?.aborted);
}
