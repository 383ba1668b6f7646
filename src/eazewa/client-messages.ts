/** Chats and messages in the API's answers: lenient about their shape, strict about how many and how deep. */

import * as z from 'zod';
import { isObject, isTooDeep, type JsonObject, numberIn, objectIn, textIn } from './json.ts';
import { jidIn } from './webhook.ts';

/** What `get-chats` may be asked (the vendor's description of its API). */
export interface ChatQuery {
  /** So many chats are passed over. */
  readonly offset: number;
  readonly limit: number;
}

/** A chat, as far as we need it. */
export interface Chat {
  /** A jid. */
  readonly id: string;
  /** When it was last used, in Unix seconds; null where the vendor does not say. */
  readonly timestamp: number | null;
}

export interface ChatPage {
  readonly chats: readonly Chat[];
  /** How many the vendor gave, understood or not. */
  readonly total: number;
}

/** What `fetch-messages` may be asked, less `offset`, of which it is not said what it counts from. */
export interface MessageQuery {
  readonly chatId: string;
  readonly limit: number;
  /** True for own messages, false for those of others; both without it. */
  readonly fromMe?: boolean;
}

/** A message of a chat. */
export interface FetchedMessage {
  /** `_serialized`. */
  readonly id: string;
  readonly fromMe: boolean;
  /** Unix seconds. */
  readonly timestamp: number;
  /** All of it, as in the `data.message` of a webhook (VENDOR §3). */
  readonly message: JsonObject;
}

export interface MessagePage {
  readonly messages: readonly FetchedMessage[];
  /** How many the vendor gave, understood or not. */
  readonly total: number;
  /** How many of those that were looked at have no id, no time, or more depth than can be sent on. */
  readonly unreadable: number;
}

/** So many of a list are looked at, whatever was asked for and however long it is. */
export const MOST_LISTED = 1_000;
const LONGEST_ID = 1_000;
/** Seconds above this are milliseconds, or nonsense. */
const LATEST = 1e11;

/** In `data.data`, as users read it, or in `data`, as the vendor describes it (VENDOR §8). */
const list = z.object({ data: z.unknown() }).transform(({ data }, context) => {
  const found = Array.isArray(data) ? data : objectIn(data).data;
  if (Array.isArray(found)) return found as readonly unknown[];
  context.addIssue({ code: 'custom', path: ['data'], message: 'is not a list' });
  return z.NEVER;
});

export const chatsAnswer = list.transform((items): ChatPage => {
  const chats = items.slice(0, MOST_LISTED).map(readChat);
  return { chats: chats.filter((chat) => chat !== null), total: items.length };
});

/** whatsapp-web.js gives the newest messages last: of a list that is too long those are looked at. */
export const messagesAnswer = list.transform((items): MessagePage => {
  const looked = items.slice(-MOST_LISTED).map(readMessage);
  const messages = looked.filter((message) => message !== null);
  return { messages, total: items.length, unreadable: looked.length - messages.length };
});

function readChat(item: unknown): Chat | null {
  const { id, timestamp, lastMessage } = objectIn(item);
  const jid = jidIn(id);
  if (jid === null || jid.length > LONGEST_ID) return null;
  const times = [timestamp, objectIn(lastMessage).timestamp].map(seconds);
  return { id: jid, timestamp: times.reduce(later, null) };
}

/** An item has its message in `message` (all users read it there); one that is a message itself will do. */
function readMessage(item: unknown): FetchedMessage | null {
  const { message = item } = objectIn(item);
  if (!isObject(message) || isTooDeep(message)) return null;
  const key = objectIn(message.id);
  const id = textIn(key._serialized);
  const timestamp = seconds(message.timestamp);
  if (id === null || id.length > LONGEST_ID || timestamp === null) return null;
  return { id, fromMe: key.fromMe === true || message.fromMe === true, timestamp, message };
}

function seconds(value: unknown): number | null {
  const number = numberIn(value);
  return number !== null && number >= 0 && number < LATEST ? number : null;
}

function later(one: number | null, other: number | null): number | null {
  return one === null || (other !== null && other > one) ? other : one;
}
