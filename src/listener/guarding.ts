/** The listener's end of its guard, which puts the webhook back when the listener dies without having done so. */

/** A guard of one takeover. */
export interface Guard {
  /** Resolves when it watches. Throws `no_guard` (state) when it cannot be started. */
  armed(): Promise<void>;
  /** The webhook is settled: it has nothing to do any more. */
  released(): void;
  /** Leaves it alone: without {@link released} before, it begins its work now. */
  close(): void;
}

/** For a takeover that wants none. */
export const NO_GUARD: Guard = { armed: async () => {}, released() {}, close() {} };
