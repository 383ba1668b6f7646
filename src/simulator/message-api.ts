/** The API's `get-chats` and `fetch-messages` (the vendor's description of its API). */

import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import { objectIn, textIn } from '../eazewa/json.ts';
import { check } from './http.ts';
import type { StoredMessage } from './messages.ts';
import { readValue } from './request-body.ts';

const LONGEST_BODY = 64 * 1024;
/** Documented for `fetch-messages`; `get-chats` has no limit. */
const DEFAULT_LIMIT = 100;

/** A whole number. Some clients send it as text, `"200"`, and the vendor accepts that. */
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

/** Yes or no; in a form it is text. */
const yesNo = z.union(
  [
    z.boolean(),
    z.enum(['1', 'true']).transform(() => true),
    z.enum(['0', 'false']).transform(() => false),
  ],
  'It must be true or false.',
);

const chatsRequest = z.object({
  offset: whole(0).default(0),
  limit: whole(1).optional(),
});
const messagesRequest = z.object({
  chatId: z.string('The chatId is required, as text.').min(1).max(200),
  offset: whole(0).default(0),
  limit: whole(1).default(DEFAULT_LIMIT),
  fromMe: yesNo.nullish(),
  includeMedia: yesNo.nullish(),
});

/** Reads the body of `get-chats`. Throws what {@link readValue} throws, and a refusal (422). */
export async function readChatsRequest(request: IncomingMessage) {
  return check(chatsRequest, await bodyOf(request));
}

/** Reads the body of `fetch-messages`. Throws as {@link readChatsRequest} does. */
export async function readMessagesRequest(request: IncomingMessage) {
  return check(messagesRequest, await bodyOf(request));
}

function bodyOf(request: IncomingMessage): Promise<unknown> {
  return readValue(request, { limit: LONGEST_BODY });
}

/** The chats of these messages (oldest first), the most recent chat first. */
export function chatsOf(
  all: readonly StoredMessage[],
  { offset, limit = Number.POSITIVE_INFINITY }: z.infer<typeof chatsRequest>,
): object[] {
  const chats = new Map<string, StoredMessage[]>();
  for (const one of all) {
    const others = chats.get(one.chat);
    if (others === undefined) chats.set(one.chat, [one]);
    else others.push(one);
  }
  const newest = (of: readonly StoredMessage[]) => of.at(-1)?.timestamp ?? 0;
  return [...chats]
    .sort(([, one], [, other]) => newest(other) - newest(one))
    .slice(offset, offset + limit)
    .map(([jid, messages]) => chat(jid, messages));
}

/**
 * The newest messages of a chat, oldest first. `offset` skips that many of the newest: the vendor does
 * not document what it counts from. There is no media, since none is stored.
 */
export function messagesOf(
  all: readonly StoredMessage[],
  { chatId, offset, limit, fromMe }: z.infer<typeof messagesRequest>,
): object[] {
  const found = all.filter(
    (one) => one.chat === chatId && (fromMe == null || one.fromMe === fromMe),
  );
  const end = Math.max(0, found.length - offset);
  return found
    .slice(Math.max(0, end - limit), end)
    .map(({ message }) => ({ message, media: null }));
}

function chat(jid: string, messages: readonly StoredMessage[]): object {
  const last = messages.at(-1);
  const [user = '', server = ''] = jid.split('@');
  return {
    id: { server, user, _serialized: jid },
    name: pushNameIn(messages) ?? user,
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

/** The push name of the other side of a direct chat; null where no message has it. */
function pushNameIn(messages: readonly StoredMessage[]): string | null {
  const theirs = messages.findLast(({ fromMe, chat }) => !fromMe && !chat.endsWith('@g.us'));
  return textIn(objectIn(theirs?.message._data).notifyName);
}

/** The documented fields for the last message of a chat. */
function inShort({ message }: StoredMessage): object {
  const { id, body, type, timestamp, from, to } = message;
  return { id, body, type, timestamp, from, to };
}
