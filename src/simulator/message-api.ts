/** What the API tells of chats and messages: `get-chats` and `fetch-messages` (the vendor's description of its API). */

import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import { objectIn, textIn } from '../eazewa/json.ts';
import { check, parseJson, readBody } from './http.ts';
import type { Said } from './messages.ts';

const LONGEST_BODY = 64 * 1024;
/** Documented for `fetch-messages`; `get-chats` has none, and gives all. */
const DEFAULT_LIMIT = 100;

/** A number as a client sends it: some send `"200"`, and are answered. */
const whole = (least: number) =>
  z
    .union(
      [
        z.int(),
        z
          .string()
          .regex(/^\d{1,9}$/)
          .transform(Number),
      ],
      'It must be an integer.',
    )
    .refine((value) => value >= least, `It must be at least ${least}.`);

const chatsRequest = z.object({
  offset: whole(0).default(0),
  limit: whole(1).optional(),
});
const messagesRequest = z.object({
  chatId: z.string('The chatId is required, as text.').min(1).max(200),
  offset: whole(0).default(0),
  limit: whole(1).default(DEFAULT_LIMIT),
  fromMe: z.boolean().nullish(),
  includeMedia: z.boolean().nullish(),
});

/** Reads what `get-chats` is asked. Throws a refusal: 400 for what is no JSON, 413, 422. */
export async function readChatsRequest(request: IncomingMessage) {
  return check(chatsRequest, await bodyOf(request));
}

/** Reads what `fetch-messages` is asked. Throws as {@link readChatsRequest} does. */
export async function readMessagesRequest(request: IncomingMessage) {
  return check(messagesRequest, await bodyOf(request));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBody(request, LONGEST_BODY);
  return bytes.length === 0 ? {} : parseJson(bytes);
}

/** The chats of these messages (oldest first), the one that was used last first. */
export function chatsOf(
  said: readonly Said[],
  { offset, limit = Number.POSITIVE_INFINITY }: z.infer<typeof chatsRequest>,
): object[] {
  const chats = new Map<string, Said[]>();
  for (const one of said) {
    const others = chats.get(one.chat);
    if (others === undefined) chats.set(one.chat, [one]);
    else others.push(one);
  }
  const newest = (of: readonly Said[]) => of.at(-1)?.timestamp ?? 0;
  return [...chats]
    .sort(([, one], [, other]) => newest(other) - newest(one))
    .slice(offset, offset + limit)
    .map(([jid, messages]) => chat(jid, messages));
}

/**
 * The newest messages of a chat, oldest first. `offset` leaves out so many of the newest: what it
 * counts from is not documented. Media is not kept, so none is given.
 */
export function messagesOf(
  said: readonly Said[],
  { chatId, offset, limit, fromMe }: z.infer<typeof messagesRequest>,
): object[] {
  const found = said.filter(
    (one) => one.chat === chatId && (fromMe == null || one.fromMe === fromMe),
  );
  const end = Math.max(0, found.length - offset);
  return found
    .slice(Math.max(0, end - limit), end)
    .map(({ message }) => ({ message, media: null }));
}

function chat(jid: string, messages: readonly Said[]): object {
  const last = messages.at(-1);
  const [user = '', server = ''] = jid.split('@');
  return {
    id: { server, user, _serialized: jid },
    name: calledBy(messages) ?? user,
    isGroup: server === 'g.us',
    isReadOnly: false,
    unreadCount: messages.length - 1 - messages.findLastIndex(({ fromMe }) => fromMe),
    timestamp: last?.timestamp,
    archived: false,
    pinned: false,
    isMuted: false,
    muteExpiration: 0,
    lastMessage: last && inShort(last),
  };
}

/** What the other side of a chat of two calls itself; null where no message tells. */
function calledBy(messages: readonly Said[]): string | null {
  const theirs = messages.findLast(({ fromMe, chat }) => !fromMe && !chat.endsWith('@g.us'));
  return textIn(objectIn(theirs?.message._data).notifyName);
}

/** The fields that are documented for the last message of a chat. */
function inShort({ message }: Said): object {
  const { id, body, type, timestamp, from, to } = message;
  return { id, body, type, timestamp, from, to };
}
