/** The options of `listen`: how they are checked, and what a listener is started with for them. */

import * as z from 'zod';
import { parseRoute, parseTarget, type Target } from '../../delivery/target.ts';
import { parseChatId } from '../../eazewa/chat-id.ts';
import { parseEventNames } from '../../eazewa/events.ts';
import type { ListenerOptions } from '../../listener/options.ts';
import { parseDuration } from '../../platform/duration.ts';
import type { Settings } from '../../settings/settings.ts';
import { parsePublicUrl } from '../../tunnel/public-url.ts';
import { globalOptions, list, port } from '../shared/deps.ts';

/** A timer, in ms. Node fires a timer of over 24 days at once. */
const timer = z
  .number()
  .min(1, 'at least 1ms')
  .max(2 ** 31 - 1, 'at most 24d');

/** Parses the options of `listen` as commander gives them. */
export const listenOptions = globalOptions.extend({
  target: list.transform((typed) => typed.map(parseTarget)),
  route: list.transform((typed) => typed.map(parseRoute)),
  events: z
    .array(z.string())
    .transform((typed) => parseEventNames(typed))
    .optional(),
  ignoreEvents: list.transform((typed) => parseEventNames(typed)),
  only: z.string().transform(parseChatId).optional(),
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

/** The API to listen to, and what belongs to the instance behind it. */
export interface ListenedApi extends Pick<ListenerOptions, 'instance' | 'api' | 'ingress'> {
  /** The file that remembers the instance's own webhook; null for the simulator's. */
  readonly ownWebhookPath: string | null;
}

/** The options of the listener. `read`: targets and headers, checked before the first request to the API. */
export function listenerOptions(
  command: ListenCommand,
  settings: Settings,
  read: Pick<ListenerOptions['forwarding'], 'targets' | 'headers'>,
  { instance, api, ingress, ownWebhookPath }: ListenedApi,
): ListenerOptions {
  const { simulate } = command;
  return {
    instance,
    api,
    ingress,
    state: { journal: !simulate, history: command.history },
    receiver: { port: command.receiverPort, pathToken: settings.webhookToken?.value ?? null },
    webhookSecret: settings.webhookSecret?.value ?? null,
    takeover: {
      events: subscribed(command),
      ignoreEvents: command.ignoreEvents,
      replace: command.replace ?? null,
      protectedInstance: !simulate && settings.protectedInstances.includes(instance.id),
      tee: command.tee,
      sideBySide: command.sideBySide,
      ownWebhookPath,
    },
    guard: command.guard && !simulate,
    forwarding: {
      ...read,
      only: command.only ?? null,
      timeoutMs: command.timeout,
      insecure: command.insecure,
    },
    feed: {
      bodies: command.json ? (command.full ? 'full' : 'elided') : 'none',
      printSecret: command.printSecret,
    },
    limits: { forMs: command.for ?? null, maxEvents: command.maxEvents ?? null },
    recover: command.recover,
  };
}

/** The simulator's instance has no events of its own: it gets all of them. */
function subscribed({ events, simulate }: ListenCommand): readonly string[] | null {
  return events ?? (simulate ? parseEventNames(['all']) : null);
}

/** The targets that were typed, else that of the settings. Throws `not_a_target` (usage). */
export function targetsOf(command: ListenCommand, settings: Settings): readonly Target[] {
  const typed = [...command.target, ...command.route];
  if (typed.length > 0 || settings.forwardTo === null) return typed;
  return [parseTarget(settings.forwardTo.value)];
}
