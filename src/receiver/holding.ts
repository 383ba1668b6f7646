/** Requests that wait for history: bounded in number and time, then closed without an answer. */

import type { ServerResponse } from 'node:http';

/** Requests that may wait at one time, once waiting is no longer a matter of one commit. */
const MOST_HELD = 256;
/** How long one may wait, in ms. */
const LONGEST_HELD_MS = 120_000;
const SWEEP_MS = 1000;

/** Requests whose events are being stored. */
export interface Holding {
  hold(response: ServerResponse): void;
  /** It is about to be answered, or its client is gone. */
  release(response: ServerResponse): void;
  close(): void;
}

/**
 * Only silence makes the vendor send again (VENDOR §2), so what cannot be kept yet is left
 * unanswered rather than refused. `closed` is told how many had to be closed after all.
 */
export function createHolding(closed: (count: number) => void): Holding {
  const held = new Map<ServerResponse, number>();
  // One sweep a second instead of a timer for each request: nearly all are answered in milliseconds.
  const sweep = () => {
    const now = performance.now();
    const waiting = [...held].filter(([, since]) => now - since >= SWEEP_MS);
    const tooLong = waiting.filter(([, since]) => now - since >= LONGEST_HELD_MS);
    const tooMany = waiting.slice(tooLong.length + MOST_HELD);
    const over = [...tooLong, ...tooMany];
    for (const [response] of over) response.destroy();
    if (over.length > 0) closed(over.length);
  };
  const timer = setInterval(sweep, SWEEP_MS).unref();
  return {
    hold: (response) => void held.set(response, performance.now()),
    release: (response) => void held.delete(response),
    close: () => clearInterval(timer),
  };
}
