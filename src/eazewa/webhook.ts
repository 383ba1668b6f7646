/** Parses the envelope of a webhook request (VENDOR §2): event, issues, chat and message. */

import type * as z from 'zod';
import { CATALOGUE } from './events.ts';
import { integerIn, isObject, type JsonObject, objectIn, storableIn, textIn } from './json.ts';

/** A webhook body that can be stored. */
export interface Webhook {
  readonly event: string;
  /** Always a string (VENDOR §1.3); null when missing. */
  readonly instanceId: string | null;
  /** `data`, or an empty object when missing or no object (VENDOR §1.2). */
  readonly data: JsonObject;
  /** The whole body, parsed. */
  readonly body: JsonObject;
  /** Deviations from the documented shape, in short clauses that are safe to show; never a reason to refuse. */
  readonly issues: readonly string[];
  /** The jid of its chat; null without one. */
  readonly chat: string | null;
  /** `_serialized` of its message; null without one. */
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
 * Parses the bytes of a webhook body. Refuses only a body that is no JSON object or has no `event`.
 * Everything else is a webhook with `issues`, since a refused event is lost for good.
 */
export function readWebhook(bytes: Uint8Array): Webhook | NotAWebhook {
  const body = parseJson(bytes);
  if (!isObject(body)) return { reason: 'the body is not a JSON object' };
  const event = storableIn(body.event);
  if (event === null) return { reason: 'the body has no event' };

  const { instanceId, data } = body;
  // An empty id names no other instance, so it counts as missing.
  const id = typeof instanceId === 'number' ? String(instanceId) : storableIn(instanceId);
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

/** One clause each, safe to show: paths consist of our shapes' keys, never of the body's. */
function deviations(found: readonly Pick<z.core.$ZodIssue, 'path' | 'message'>[]): string[] {
  const told = found
    .slice(0, MOST_DEVIATIONS)
    .map(({ path, message }) => `${['data', ...path].join('.')} ${message}`);
  const rest = found.length - told.length;
  return rest > 0 ? [...told, `and ${rest} more`] : told;
}

/** The chat, message and ack of an event. Their keys differ between events (VENDOR §7). */
function subject(event: string, data: JsonObject): Pick<Webhook, 'chat' | 'messageId' | 'ack'> {
  if (event === 'message_revoke_everyone') {
    const after = objectIn(data.after);
    const deleted = objectIn(after.protocolMessageKey);
    const own = aboutMessage(after);
    return { ...own, messageId: storableIn(deleted._serialized) ?? own.messageId };
  }
  if (isObject(data.message)) {
    const about = aboutMessage(data.message);
    const ack = integerIn(data.ack) ?? integerIn(data.acknowledged) ?? about.ack;
    return { ...about, ack: event === 'message_ack' ? ack : null };
  }
  if (isObject(data.reaction)) {
    const reacted = objectIn(data.reaction.msgId);
    return { chat: jidIn(reacted.remote), messageId: storableIn(reacted._serialized), ack: null };
  }
  if (isObject(data.vote)) {
    const vote = data.vote;
    const poll = aboutMessage(objectIn(vote.parentMessage));
    const key = objectIn(vote.parentMsgKey);
    return {
      chat: poll.chat ?? jidIn(key.remote) ?? jidIn(vote.voter),
      messageId: poll.messageId ?? storableIn(key._serialized),
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
    messageId: storableIn(id._serialized),
    ack: integerIn(message.ack),
  };
}

/** A jid, sent as a string or, by some versions, as a wid object (VENDOR §3, §5). */
export function jidIn(value: unknown): string | null {
  return storableIn(value) ?? storableIn(objectIn(value)._serialized);
}
