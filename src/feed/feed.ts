/** The feed: the entries that a running listener posts to its view. `--json` prints one object a line. */

import * as z from 'zod';
import { webhookShape } from './webhook.ts';

/** The version of these shapes: raised when a field changes its meaning. */
export const FEED_VERSION = 1;

const common = { v: z.literal(FEED_VERSION), at: z.iso.datetime() };
/** What became of an event at a target; `history/outcome.ts` says what each means. */
const outcome = z.enum(['delivered', 'failed', 'waiting', 'held', 'skipped']);

/** The listener is set up: the instance points at it. Urls are masked. */
export const readyEntry = z.object({
  ...common,
  type: z.literal('ready'),
  instanceId: z.string(),
  instanceName: z.string().nullable(),
  localUrl: z.string(),
  publicUrl: z.string(),
  webhookUrl: z.string(),
  events: z.array(z.string()),
  /** The webhook that the instance had before, and gets back on release. */
  previous: webhookShape,
  targets: z.array(z.object({ url: z.string(), events: z.array(z.string()).nullable() })),
  /** The only chat whose events are forwarded; null for all. */
  only: z.string().nullable(),
  /** How many events of earlier listeners wait for a target. This listener does not send them by itself. */
  held: z.number().int(),
  /** The webhook that `--tee` sends each event to. */
  tee: z.string().optional(),
  /** The listener has a subscription beside the instance's own webhook, which is unchanged. */
  sideBySide: z.literal(true).optional(),
  /** The file that events are stored in, where it did not exist before. */
  newHistory: z.string().optional(),
});

/** An event that is stored in history. `size` is that of its body, in bytes. */
export const eventEntry = z.object({
  ...common,
  type: z.literal('event'),
  id: z.string(),
  instanceId: z.string().nullable(),
  event: z.string(),
  origin: z.enum(['live', 'replay', 'recovered']),
  /** The jid of its chat, and the id of the message it is about. */
  chat: z.string().nullable(),
  messageId: z.string().nullable(),
  /** Of a `message_ack`: 0 pending, 1 sent, 2 delivered, 3 read, 4 played, -1 error. */
  ack: z.number().int().nullable(),
  size: z.number().int(),
  /** The id of the event that this one duplicates: same event name, message id and ack. */
  duplicateOf: z.string().nullable(),
  /** For a `message_create`: the id of the `message` it repeats, and the other way round. */
  repeats: z.string().nullable(),
  /** An earlier event had a higher acknowledgement of this message. */
  ackWentBack: z.boolean(),
  /** Deviations from the vendor's documented shape; never a reason to refuse. */
  issues: z.array(z.string()),
  summary: z.string(),
  /** Whether its signature is right for its body and the secret; absent where no secret was known. */
  signature: z.enum(['signed', 'wrongly-signed', 'unsigned']).optional(),
  /** The summary's parts: which way a message went, the push name of whoever acted, and what it says. */
  direction: z.enum(['in', 'out']).nullable(),
  name: z.string().nullable(),
  text: z.string(),
  /**
   * What became of the event at each target, urls masked. A new event is `waiting` or `skipped`
   * (`reason` names the filter); one that a replay made is `held` until its attempt.
   */
  targets: z.array(z.object({ url: z.string(), outcome, reason: z.string().optional() })),
  /** In a replay with overrides: the paths that changed as well, since the vendor doubles their value. */
  alsoChanged: z.array(z.string()).optional(),
  /** The parsed body, base64 elided unless `--full`; absent where the view asked for none. */
  body: z.unknown().optional(),
});

/**
 * Requests to the webhook that were not accepted: `count` with this status and reason within a second,
 * `size` bytes together. `status` is null where they got no answer, so that the vendor sends them again.
 */
export const rejectedEntry = z.object({
  ...common,
  type: z.literal('rejected'),
  status: z.number().int().nullable(),
  reason: z.string(),
  size: z.number().int(),
  count: z.number().int(),
});

/** One POST of an event to a target. `status` is null when no response came; then `error` says why. With a status, why its body is not whole. */
export const attemptEntry = z.object({
  ...common,
  type: z.literal('attempt'),
  eventId: z.string(),
  replay: z.boolean(),
  target: z.string(),
  number: z.number().int(),
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  /** `delivered` for a 2xx, else `failed`. */
  outcome: outcome.extract(['delivered', 'failed']),
  durationMs: z.number(),
});

/**
 * The state of the ingress. `down`: no event can come in since `outageFrom`; what answers the vendor
 * meanwhile ends its retries. `changed`: the ingress has another url, which the instance is being
 * given. `up`: events come in; from `outageFrom` to `outageTo`, where they are set, they could not.
 */
export const tunnelEntry = z.object({
  ...common,
  type: z.literal('tunnel'),
  state: z.enum(['up', 'down', 'changed']),
  url: z.string(),
  since: z.iso.datetime(),
  outageFrom: z.iso.datetime().nullable(),
  outageTo: z.iso.datetime().nullable(),
  /** Why the ingress is down. */
  reason: z.string().nullable(),
});

/** What happened to the instance's webhook. */
export const webhookEntry = z.object({
  ...common,
  type: z.literal('webhook'),
  state: z.enum(['set', 'changed-elsewhere', 'restored', 'not-restored']),
  url: z.string().nullable(),
  events: z.array(z.string()),
  /** With `restored`: the webhook was changed while the listener ran, by a command or by somebody else. */
  changed: z.literal(true).optional(),
  /** The entry is about a subscription beside the instance's own webhook. */
  sideBySide: z.literal(true).optional(),
});

/** Something the person should know, with a stable code. */
export const warningEntry = z.object({
  ...common,
  type: z.literal('warning'),
  code: z.string(),
  message: z.string(),
  /** The target, masked, where the warning is about one. */
  target: z.string().optional(),
});

/**
 * The last entry. `forwarded` and `failed` count attempts; `waiting` counts the events of this
 * listener that wait for some target. `restored`: the instance no longer points at this listener.
 */
export const stoppedEntry = z.object({
  ...common,
  type: z.literal('stopped'),
  received: z.number().int(),
  forwarded: z.number().int(),
  failed: z.number().int(),
  waiting: z.number().int(),
  restored: z.boolean(),
});

/** Any entry of the feed. */
export const feedEntry = z.discriminatedUnion('type', [
  readyEntry,
  eventEntry,
  rejectedEntry,
  attemptEntry,
  tunnelEntry,
  webhookEntry,
  warningEntry,
  stoppedEntry,
]);

export type ReadyEntry = z.infer<typeof readyEntry>;
export type EventEntry = z.infer<typeof eventEntry>;
export type AttemptEntry = z.infer<typeof attemptEntry>;
export type TunnelEntry = z.infer<typeof tunnelEntry>;
export type StoppedEntry = z.infer<typeof stoppedEntry>;
export type FeedEntry = z.infer<typeof feedEntry>;

type Untimed<T> = T extends FeedEntry ? Omit<T, 'v' | 'at'> : never;
/** An entry before the listener stamps `v` and `at`. */
export type NewFeedEntry = Untimed<FeedEntry>;

/** Where a listener puts its entries. Never throws, never blocks. */
export type Post = (entry: NewFeedEntry) => void;
