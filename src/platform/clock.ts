/** The clock by which a takeover measures and waits. */

import { pause } from './pause.ts';

/** Time that passes, and waiting for it; the time of day is passed as `now` (ms since 1970). */
export interface Clock {
  /** A time in ms that never jumps. */
  monotonic(): number;
  /** Waits `ms` milliseconds, or until the signal aborts; never throws. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after `ms` milliseconds. */
  timeout(ms: number): AbortSignal;
}

export const SYSTEM_CLOCK: Clock = {
  monotonic: () => performance.now(),
  pause,
  timeout: (ms) => AbortSignal.timeout(ms),
};
