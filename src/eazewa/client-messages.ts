/** Parses chats and messages in the API's answers: any shape, but bounded in number and depth. */

import * as z from 'zod';
import { isObject, isTooDeep, type JsonObject, numberIn, objectIn, textIn } from './json.ts';
import { jidIn } from './webhook.ts';

/** The parameters of `get-chats` (the vendor's description of its API). */
export interface ChatQuery {
  /** The number of chats to skip. */
  readonly offset: number;
  readonly limit: number;
}

/** The fields of a chat that we need. */
export interface Chat {
  /** A jid. */
  readonly id: string;
  /** Time of the last activity in Unix seconds; null where the vendor does not say. */
  readonly timestamp: number | null;
}

export interface ChatPage {
  readonly chats: readonly Chat[];
  /** The number of items in the answer, readable or not. */
  readonly total: number;
}

/** The parameters of `fetch-messages`. `offset` is left out: the vendor does not say what it counts from. */
export interface MessageQuery {
  readonly chatId: string;
  readonly limit: number;
  /** True for own messages, false for others' messages; absent for both. */
  readonly fromMe?: boolean;
}

/** A message of a chat. */
export interface FetchedMessage {
  /** `_serialized`. */
  readonly id: string;
  readonly fromMe: boolean;
  /** Unix seconds. */
  readonly timestamp: number;
  /** The whole message, as in the `data.message` of a webhook (VENDOR §3). */
  readonly message: JsonObject;
}

export interface MessagePage {
  readonly messages: readonly FetchedMessage[];
  /** The number of items in the answer, readable or not. */
  readonly total: number;
  /** The number of read items without an id, without a time, or nested too deep to send on. */
  readonly unreadable: number;
}

/** The most items that are read from a list of any length. */
export const MOST_LISTED = 1_000;
const LONGEST_ID = 1_000;
/** A larger number of seconds is milliseconds or nonsense. */
const LATEST = 1e11;

/** The list is in `data.data`, as users read it, or in `data`, as the vendor documents it (VENDOR §8). */
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

/** whatsapp-web.js lists the newest messages last, so the end of a long list is read. */
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

/** Items have their message in `message`, where all users read it; a bare message is accepted, too. */
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
