/** Requests whose events wait to be stored: at most 256, each at most two minutes; the rest is closed without an answer. */

import type { ServerResponse } from 'node:http';

/** Requests that may wait longer than one sweep at one time. */
const MOST_HELD = 256;
/** How long a request may wait, in ms. */
const LONGEST_HELD_MS = 120_000;
const SWEEP_MS = 1000;

/** Requests whose events are being stored. */
export interface Holding {
  /** The request waits from now on. */
  hold(response: ServerResponse): void;
  /** The request is about to be answered, or its client is gone. */
  release(response: ServerResponse): void;
  close(): void;
}

/**
 * Holds requests without an answer instead of refusing them: the vendor sends again only what got no
 * answer (VENDOR §2). `closed` is called with how many were closed at once.
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
