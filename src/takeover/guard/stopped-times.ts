/** How long a listener may be stopped while it holds an instance. */

/** Durations in ms. */
export interface StoppedTimes {
  /** How often the guard looks at its listener. */
  readonly everyMs: number;
  /** A listener that is stopped this long is told to end. */
  readonly stoppedMs: number;
  /** A listener that was told to end is killed after this time. */
  readonly endMs: number;
}

export const STOPPED_TIMES: StoppedTimes = { everyMs: 5000, stoppedMs: 60_000, endMs: 30_000 };
