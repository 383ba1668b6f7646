/** A pause that a signal can end. */

import { setTimeout as wait } from 'node:timers/promises';

/** Waits `ms` milliseconds, or until the signal aborts; never throws. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(Math.max(0, ms), undefined, signal && { signal }).catch(() => {});
}
