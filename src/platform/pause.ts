/** A wait that ends early when it is not wanted any more. */

import { setTimeout as wait } from 'node:timers/promises';

/** Waits that many milliseconds, or until the signal aborts; never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(Math.max(0, ms), undefined, { signal }).catch(() => {});
}
