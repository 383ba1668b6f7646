/** The envelope of a webhook request (VENDOR §2): what is required, what is merely noted, and what it is about. */

import type * as z from 'zod';
import { CATALOGUE } from './events.ts';
import { isObject, type JsonObject, numberIn, objectIn, textIn } from './json.ts';

/** A webhook body that was understood far enough to be kept. */
export interface Webhook {
  readonly event: string;
  /** As a string, however it came (VENDOR §1.3); null where it was missing. */
  readonly instanceId: string | null;
  /** `data`, or an empty object where it was missing or none (VENDOR §1.2). */
  readonly data: JsonObject;
  /** The whole body, parsed. */
  readonly body: JsonObject;
  /** What deviates from the documented shape, in short clauses that are safe to show; never a reason to refuse. */
  readonly issues: readonly string[];
  /** The chat it belongs to, a jid; null for what belongs to none. */
  readonly chat: string | null;
  /** `_serialized` of the message it is about. */
  readonly messageId: string | null;
  /** 0 pending, 1 server, 2 device, 3 read, 4 played, -1 error (VENDOR §6). */
  readonly ack: number | null;
}

/** The body is not a webhook; `reason` is one clause, safe to show. */
export interface NotAWebhook {
  readonly reason: string;
}

const decoder = new TextDecoder('utf-8');

/**
 * Reads the bytes of a webhook body. Only what cannot be a webhook is turned down: no JSON object,
 * or no `event`. Everything else is a webhook with `issues`, for what is refused is lost for ever.
 */
export function readWebhook(bytes: Uint8Array): Webhook | NotAWebhook {
  const body = parseJson(bytes);
  if (!isObject(body)) return { reason: 'the body is not a JSON object' };
  const event = textIn(body.event);
  if (event === null) return { reason: 'the body has no event' };

  const { instanceId, data } = body;
  // An empty one names no other instance: it counts as missing.
  const id = typeof instanceId === 'number' ? String(instanceId) : textIn(instanceId);
  const known = objectIn(data);
  return {
    event,
    instanceId: id,
    data: known,
    body,
    issues: issuesOf(event, id, data),
    ...subject(event, known),
  };
}

/** The `data` of a webhook body, without the checks of {@link readWebhook}; null where that finds no webhook. */
export function readData(bytes: Uint8Array): JsonObject | null {
  const body = objectIn(parseJson(bytes));
  return textIn(body.event) === null ? null : objectIn(body.data);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function issuesOf(event: string, instanceId: string | null, data: unknown): readonly string[] {
  const issues: string[] = [];
  const entry = CATALOGUE.get(event);
  if (entry === undefined) issues.push("an event that is not in the vendor's list");
  if (instanceId === null) issues.push('no instanceId');
  if (data === undefined || data === null) {
    if (entry?.hasData) issues.push('no data');
  } else if (!isObject(data)) {
    issues.push('data is not an object');
  } else if (entry !== undefined) {
    const read = entry.data.safeParse(data);
    if (!read.success) issues.push(...deviations(read.error.issues));
  }
  return issues;
}

const MOST_DEVIATIONS = 10;

/** One clause each. Safe to show: a path is made of keys of our own shapes, never of one in the body. */
function deviations(found: readonly Pick<z.core.$ZodIssue, 'path' | 'message'>[]): string[] {
  const told = found
    .slice(0, MOST_DEVIATIONS)
    .map(({ path, message }) => `${['data', ...path].join('.')} ${message}`);
  const rest = found.length - told.length;
  return rest > 0 ? [...told, `and ${rest} more`] : told;
}

/** What an event is about. Which key holds it differs from event to event (VENDOR §7). */
function subject(event: string, data: JsonObject): Pick<Webhook, 'chat' | 'messageId' | 'ack'> {
  if (event === 'message_revoke_everyone') {
    const after = objectIn(data.after);
    const deleted = objectIn(after.protocolMessageKey);
    const own = aboutMessage(after);
    return { ...own, messageId: textIn(deleted._serialized) ?? own.messageId };
  }
  if (isObject(data.message)) {
    const about = aboutMessage(data.message);
    const ack = numberIn(data.ack) ?? numberIn(data.acknowledged) ?? about.ack;
    return { ...about, ack: event === 'message_ack' ? ack : null };
  }
  if (isObject(data.reaction)) {
    const reacted = objectIn(data.reaction.msgId);
    return { chat: jidIn(reacted.remote), messageId: textIn(reacted._serialized), ack: null };
  }
  if (isObject(data.vote)) {
    const vote = data.vote;
    const poll = aboutMessage(objectIn(vote.parentMessage));
    const key = objectIn(vote.parentMsgKey);
    return {
      chat: poll.chat ?? jidIn(key.remote) ?? jidIn(vote.voter),
      messageId: poll.messageId ?? textIn(key._serialized),
      ack: null,
    };
  }
  if (isObject(data.notification)) {
    const { chatId, id } = data.notification;
    return { chat: jidIn(chatId) ?? jidIn(objectIn(id).remote), messageId: null, ack: null };
  }
  return { chat: jidIn(objectIn(data.call).from), messageId: null, ack: null };
}

function aboutMessage(message: JsonObject): Pick<Webhook, 'chat' | 'messageId' | 'ack'> {
  const id = objectIn(message.id);
  return {
    chat: jidIn(id.remote) ?? jidIn(id.fromMe === true ? message.to : (message.from ?? message.to)),
    messageId: textIn(id._serialized),
    ack: numberIn(message.ack),
  };
}

/** A jid, which some versions send as a string and some as a wid object (VENDOR §3, §5). */
export function jidIn(value: unknown): string | null {
  return textIn(value) ?? textIn(objectIn(value)._serialized);
}
