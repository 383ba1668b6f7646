/** What a listener and its guard say to each other. */

import * as z from 'zod';

/** What a guard is told on its stdin: one line of JSON. Then {@link RELEASED}, or nothing until the pipe breaks. */
export const guardTask = z.object({
  folder: z.string(),
  instanceId: z.string(),
  /** By these two it knows its listener's journal from that of another one. */
  since: z.string(),
  pid: z.number().int(),
  /** Whether its listener stands beside the instance's own webhook. */
  sideBySide: z.boolean(),
  apiUrl: z.string(),
  /** Never in an argument or the environment, where others could read it. */
  apiToken: z.string(),
  tokenName: z.string(),
  proxyEnv: z.record(z.string(), z.string().optional()),
});

export type GuardTask = z.infer<typeof guardTask>;

/** What it says on stdout when it watches. */
export const ARMED = 'armed';
/** What it is told when there is nothing left to do. */
export const RELEASED = 'released';
