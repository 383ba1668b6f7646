/** Every request to a running listener, whoever makes it: the terminal UI over its worker's port, a command over the socket. */

import * as z from 'zod';
import { CliError } from '../errors.ts';
import type { Detail, Page } from '../feed/pages.ts';
import { webhookShape } from '../feed/webhook.ts';
import { replayItems } from '../replay/item.ts';

const eventId = z.string().min(1).max(100);
const eventNames = z.array(z.string().max(256)).max(1000).readonly();
const url = z.string().max(4096).nullable();

/** A change of an instance's own webhook; what is absent stays as it is. */
const webhookChange = z.strictObject({
  /** Null for none. */
  url: url.optional(),
  /** The url that the user agreed to replace. If the webhook has another url by now, it stays. */
  from: url.optional(),
  /** The events afterwards: all of `only`, or those it has, with and without some. */
  events: z
    .union([
      z.strictObject({ only: eventNames }),
      z.strictObject({ add: eventNames, remove: eventNames }),
    ])
    .optional(),
});

export type WebhookChange = z.infer<typeof webhookChange>;
/** Events to add and to remove. */
export type EventsChange = Extract<WebhookChange['events'], { readonly add: unknown }>;

/** A request. An event is named by its id; `replay` and `body` also take what `findEvent` finds. */
const request = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('status') }),
  z.strictObject({ action: z.literal('change'), change: webhookChange }),
  /** Subscribes the listener to exactly these events; the instance's own webhook stays as it is. */
  z.strictObject({ action: z.literal('subscribe'), events: eventNames }),
  z.strictObject({
    action: z.literal('replay'),
    items: replayItems,
    /** The target that was named; null for the listener's own. */
    to: z
      .strictObject({ url: z.url({ protocol: /^https?$/ }).max(4096), hasPath: z.boolean() })
      .nullable(),
    /** The bodies in the entries that come before the answer. */
    bodies: z.enum(['none', 'elided']),
    /** Stores and shows new events also where no target gets them. */
    evenWithoutTarget: z.boolean().optional(),
    /** Signs fixtures and changed events; absent for the listener's own secret. */
    secret: z.string().max(8192).optional(),
  }),
  /** Pauses or resumes; null only asks. */
  z.strictObject({ action: z.literal('forwarding'), pause: z.boolean().nullable() }),
  /** Dismisses what waits up to this `seq`; null only asks. */
  z.strictObject({ action: z.literal('dismiss'), upTo: z.number().int().min(0).nullable() }),
  z.strictObject({
    action: z.literal('page'),
    events: eventNames,
    only: z.enum(['all', 'failed', 'waiting']),
    search: z.string().max(4096),
    before: eventId.optional(),
    after: eventId.optional(),
    limit: z.number().int().positive(),
  }),
  /** `brief` asks for what a preview shows: short texts, and nothing of a large body. */
  z.strictObject({ action: z.literal('detail'), id: eventId, brief: z.literal(true).optional() }),
  /** The exact body as text. */
  z.strictObject({ action: z.literal('body'), id: eventId }),
  z.strictObject({ action: z.literal('curl'), id: eventId }),
]);

export type Request = z.infer<typeof request>;
export type RequestOf<A extends Request['action']> = Extract<Request, { action: A }>;

/** What each request is answered with. */
export const answers = {
  /** The instance: what it has now, and what is restored when the listener stops. */
  status: z.object({
    instanceId: z.string(),
    name: z.string().nullable(),
    /** What its WhatsApp client does (VENDOR §6); null where the vendor does not say. */
    state: z.string().nullable(),
    webhook: webhookShape,
    original: webhookShape,
    /** Whether the webhook that it has now is this listener's. */
    held: z.boolean(),
    /** The listener has a subscription beside the instance's own webhook. */
    sideBySide: z.boolean(),
  }),
  /** The instance's own webhook before and after. */
  change: z.object({
    before: webhookShape,
    after: webhookShape,
    /** Whether the instance has the listener's webhook now. */
    held: z.boolean(),
  }),
  /** The events that the instance sends now. */
  subscribe: z.array(z.string()).readonly(),
  replay: z.object({
    /** POSTs that were written: the answered and the unanswered ones. */
    sent: z.number(),
    answered: z.number(),
    unanswered: z.number(),
    /** Items that were not sent because the client disconnected. */
    left: z.number(),
    /** The status of each answer. */
    statuses: z.array(z.number()).readonly(),
  }),
  forwarding: z.object({
    isPaused: z.boolean(),
    /** How many events wait and are sent by themselves. */
    waiting: z.number(),
  }),
  dismiss: z.object({
    /** The `seq` of the newest event. */
    upTo: z.number(),
    /** How many events wait for a target; how many did, when they were dismissed. */
    count: z.number(),
  }),
  // Large shapes that history makes and only views read.
  page: z.custom<Page>(),
  detail: z.custom<Detail>(),
  body: z.string(),
  curl: z.string(),
} satisfies Record<Request['action'], z.ZodType>;

export type AnswerTo<A extends Request['action']> = z.infer<(typeof answers)[A]>;

/** Asks a listener. Rejects with what went wrong, in words for the person at the keyboard. */
export type Ask = <R extends Request>(request: R) => Promise<AnswerTo<R['action']>>;

/** Reads a request from another process. Throws `request_refused` (usage) for an invalid request. */
export function parseRequest(raw: unknown): Request {
  const read = request.safeParse(raw);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const what = `${issue?.path.join('.') || 'the request'}: ${issue?.message}`;
  throw new CliError('usage', 'request_refused', `The listener refuses the request (${what})`, {
    hint: 'If the listener is of another version, stop it and start it again.',
  });
}
