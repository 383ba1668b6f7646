/** The options of `listen`, checked. */

import * as z from 'zod';
import { parseRoute, parseTarget } from '../../delivery/target.ts';
import { parseEventNames } from '../../eazewa/events.ts';
import { parseDuration } from '../../platform/duration.ts';
import { parsePublicUrl } from '../../tunnel/public-url.ts';
import { globalOptions, list, port } from '../shared/deps.ts';

/** What a timer can be set to, in ms: over 24 days Node would fire it at once. */
const timer = z
  .number()
  .min(1, 'at least 1ms')
  .max(2 ** 31 - 1, 'at most 24d');

/** The options of `listen`, as commander gives them, to what they mean. */
export const listenOptions = globalOptions.extend({
  target: list.transform((typed) => typed.map(parseTarget)),
  route: list.transform((typed) => typed.map(parseRoute)),
  events: z
    .array(z.string())
    .transform((typed) => parseEventNames(typed))
    .optional(),
  ignoreEvents: list.transform((typed) => parseEventNames(typed)),
  only: z.string().optional(),
  header: list,
  receiverPort: port.default(0),
  publicUrl: z.string().transform(parsePublicUrl).optional(),
  tunnel: z.enum(['ngrok', 'none']).optional(),
  domain: z.string().optional(),
  ngrokServer: z.string().optional(),
  ngrokCa: z.string().optional(),
  recover: z.boolean().default(false),
  simulate: z.boolean().default(false),
  scenario: z.string().optional(),
  speed: z.coerce.number().positive().max(1000).optional(),
  replace: z.string().optional(),
  tee: z.boolean().default(false),
  sideBySide: z.boolean().default(false),
  guard: z.boolean().default(true),
  insecure: z.boolean().default(false),
  timeout: z.string().default('5m').transform(parseDuration).pipe(timer),
  history: z.boolean().default(true),
  plain: z.boolean().default(false),
  printSecret: z.boolean().default(false),
  full: z.boolean().default(false),
  for: z.string().transform(parseDuration).pipe(timer).optional(),
  maxEvents: z.coerce.number().int().min(1).optional(),
});

/** The options of `listen`, checked. */
export type ListenCommand = z.infer<typeof listenOptions>;
