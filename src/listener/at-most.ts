/** Waits with a time limit, so that a stopping listener never hangs. */

import { setTimeout as sleep } from 'node:timers/promises';

/** How long running work may take to end when a listener stops, in ms. */
export const DRAIN_MS = 2000;

/** Resolves when `work` does, or after `ms`. Rejects when `work` rejects before that. */
export function atMost(work: Promise<unknown>, ms: number): Promise<unknown> {
  const over = new AbortController();
  const timer = sleep(ms, undefined, { signal: over.signal }).catch(() => {});
  return Promise.race([work, timer]).finally(() => over.abort());
}
