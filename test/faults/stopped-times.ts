/** The times of the test build: those in the environment, so that a test need not wait for a minute. */

import type { StoppedTimes } from '../../src/takeover/guard/stopped-times.ts';

/** `everyMs,stoppedMs,endMs`; without it, a guard of the test build never ends its listener. */
const [everyMs = 60_000, stoppedMs = 1e9, endMs = 1e9] =
  process.env.EAZEWA_HOOKS_FAULTS_STOPPED?.split(',').map(Number) ?? [];

export const STOPPED_TIMES: StoppedTimes = { everyMs, stoppedMs, endMs };
