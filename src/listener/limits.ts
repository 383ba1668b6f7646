/** Limits: after how many events or how much time a listener stops by itself. */

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
  let timer: NodeJS.Timeout | undefined;
  return {
    count() {
      received++;
      if (received === maxEvents) reached.abort();
    },
    received: () => received,
    start() {
      if (forMs !== null) timer = setTimeout(() => reached.abort(), forMs);
    },
    stop: () => clearTimeout(timer),
    reached: reached.signal,
  };
}
