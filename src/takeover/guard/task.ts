/** The messages between a listener and its guard. */

import * as z from 'zod';

/**
 * A guard's first line on stdin, as JSON. Each entry of the journal follows as a line of JSON, then
 * {@link RELEASED}, or nothing more when the pipe breaks.
 */
export const guardTask = z.object({
  folder: z.string(),
  instanceId: z.string(),
  /** `since` and `pid` tell its listener's journal from another listener's. */
  since: z.string(),
  pid: z.number().int(),
  /** Whether its listener is side by side. */
  sideBySide: z.boolean(),
  apiUrl: z.string(),
  /** On stdin, since others could read an argument or the environment. */
  apiToken: z.string(),
  tokenName: z.string(),
  proxyEnv: z.record(z.string(), z.string().optional()),
});

export type GuardTask = z.infer<typeof guardTask>;

/** The guard's line on stdout when it watches. */
export const ARMED = 'armed';
/** The listener's last line: the instance is released. */
export const RELEASED = 'released';
