/** The shapes of `data` (VENDOR) in zod. A deviation becomes an issue of the event, never a refusal. */

import * as z from 'zod';
import { numberIn, objectIn } from './json.ts';

// Only fields that summaries, marks and developers use are checked. Unknown keys are neither walked
// nor copied, so depth and size of a hostile body cost nothing here.

/** The most entries of a list to check. */
const LOOKED_AT = 20;

/** The message for a value that should be `what`: one clause that follows its path. */
const wrong = (value: unknown, what: string) =>
  value === undefined ? 'is missing' : value === null ? 'is null' : `is not ${what}`;

const text = z.string({ error: ({ input }) => wrong(input, 'a string') });
const number = z.number({ error: ({ input }) => wrong(input, 'a number') });
const flag = z.boolean({ error: ({ input }) => wrong(input, 'true or false') });

/** The id of a person, a group or a channel; some versions send a wid object (VENDOR §3, §5). */
const jid = z.custom<string | object>(
  (value) => typeof value === 'string' || typeof objectIn(value)._serialized === 'string',
  { error: ({ input }) => wrong(input, 'a jid') },
);

/** A number, or the text of one (VENDOR §7: `percent`). */
const numeric = z.custom<number | string>((value) => numberIn(value) !== null, {
  error: ({ input }) => wrong(input, 'a number'),
});

const object = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.object(shape, { error: ({ input }) => wrong(input, 'an object') });

const list = (item: z.ZodType) =>
  z.preprocess(
    (value) => (Array.isArray(value) ? value.slice(0, LOOKED_AT) : value),
    z.array(item, { error: ({ input }) => wrong(input, 'a list') }),
  );

/** An optional field; some come as `null`. */
const maybe = <Type extends z.ZodType>(type: Type) => type.nullish();

/** The key of a message (VENDOR §3 `id`). */
const key = object({
  _serialized: text,
  remote: jid,
  fromMe: flag,
  id: maybe(text),
  participant: maybe(jid),
});

/** A WhatsApp message (VENDOR §3). */
const message = object({
  id: key,
  type: text,
  body: text,
  timestamp: number,
  from: jid,
  to: jid,
  fromMe: flag,
  ack: number,
  hasMedia: flag,
  author: maybe(jid),
  hasQuotedMsg: maybe(flag),
  isForwarded: maybe(flag),
  isStatus: maybe(flag),
  duration: maybe(text),
  location: maybe(object({ latitude: numeric, longitude: numeric })),
  vCards: maybe(list(text)),
  inviteV4: maybe(object({ groupName: maybe(text) })),
  pollName: maybe(text),
  pollOptions: maybe(list(object({ name: text }))),
  _data: maybe(object({})),
});

/** A shortened message, as in the vendor's samples: only its id is certain (VENDOR §7). */
const messageInShort = object({ id: object({ _serialized: text }), ack: maybe(number) });

/** The file beside a message; null or absent without one (VENDOR §3 `data.media`). */
const media = object({
  mimetype: text,
  data: text,
  filename: maybe(text),
  filesize: maybe(number),
});

/** VENDOR §7 *reaction*. */
const reaction = object({
  msgId: key,
  reaction: text,
  senderId: jid,
  timestamp: number,
  id: maybe(key),
  read: maybe(flag),
  ack: maybe(number),
});

/** VENDOR §7 *notification*. */
const notification = object({
  id: key,
  type: text,
  body: text,
  timestamp: number,
  chatId: jid,
  author: maybe(jid),
  recipientIds: list(jid),
});

/** VENDOR §7 *vote*; `parentMessage` may be empty, an option may have no name. */
const vote = object({
  voter: jid,
  selectedOptions: list(object({ localId: number, name: maybe(text) })),
  interractedAtTs: number,
  parentMessage: object({ id: maybe(object({ _serialized: text })) }),
  parentMsgKey: maybe(key),
});

/** VENDOR §7 *call*; newer versions send no time. */
const call = object({
  id: text,
  from: jid,
  timestamp: maybe(number),
  isVideo: maybe(flag),
  isGroup: maybe(flag),
  fromMe: maybe(flag),
});

/** An object with uncertain keys. */
export const anything = object({});

export const messageData = object({ message, media: maybe(media) });
export const editData = object({ message, newBody: text, prevBody: text });
export const revokeData = object({ after: message, before: maybe(message) });
export const reactionData = object({ reaction });
export const groupData = object({ notification });
export const callData = object({ call });
export const voteData = object({ vote });
export const loadingData = object({ percent: numeric, message: maybe(text) });
export const qrData = object({ qr: text, base64: text });
export const disconnectedData = object({ reason: maybe(text) });
export const stateData = object({ state: text });

/** The ack is under one of three keys (VENDOR §1.6). */
export const ackData = object({
  message: messageInShort,
  ack: maybe(number),
  acknowledged: maybe(number),
}).refine((data) => typeof (data.ack ?? data.acknowledged ?? data.message.ack) === 'number', {
  path: ['ack'],
  error: 'is missing',
});
