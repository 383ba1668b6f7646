/** Limits: after how many events or how much time a listener stops by itself. */

import { pause } from '../platform/pause.ts';

export interface LimitOptions {
  /** Stop this long after `ready`, in ms; null for never. */
  readonly forMs: number | null;
  /** Stop after this many events were received; null for never. */
  readonly maxEvents: number | null;
}

export interface Limits {
  /** Counts a stored event. */
  count(): void;
  /** How many events were counted. */
  received(): number;
  /** Starts the time of `forMs`. */
  start(): void;
  /** Stops the time. */
  stop(): void;
  /** Aborts when a limit is reached. */
  readonly reached: AbortSignal;
}

/** Limits with nothing counted yet. */
export function createLimits({ forMs, maxEvents }: LimitOptions): Limits {
  const reached = new AbortController();
  let received = 0;
  const stopped = new AbortController();
  return {
    count() {
      received++;
      if (received === maxEvents) reached.abort();
    },
    received: () => received,
    start() {
      if (forMs === null) return;
      void pause(forMs, stopped.signal).then(() => stopped.signal.aborted || reached.abort());
    },
    stop: () => stopped.abort(),
    reached: reached.signal,
  };
}
