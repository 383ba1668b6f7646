/** The facts of an event's message as names and values, for its detail page. */

import { isBase64, type JsonObject, listIn, numberIn, objectIn, textIn } from './json.ts';
import { duration, listed, size } from './phrases.ts';
import { chatOf, content } from './summary-message.ts';
import { jidIn, type Webhook } from './webhook.ts';

/** A name and a value; the value is untrusted text. */
export type Fact = readonly [name: string, value: string];

/** The longest value, in UTF-16 units. */
const LONGEST = 4096;
/** The most mentioned people to list. */
const MOST_MENTIONED = 20;

/** The facts of an event, the most useful first. Sources: VENDOR §3, §4, §6. */
export function factsOf({ data, instanceId, messageId, chat, ack }: Webhook): Fact[] {
  const message = objectIn(data.message);
  const media = objectIn(data.media);
  const isMessage = Object.keys(message).length > 0;
  const facts: (Fact | null)[] = [
    fact('instance', instanceId),
    fact('chat', isMessage ? chatOf(message) : chat),
    fact('from', jidIn(message.from)),
    fact('to', jidIn(message.to)),
    fact('author', jidIn(message.author)),
    fact('called', textIn(objectIn(message._data).notifyName)),
    fact('type', textIn(message.type)),
    fact('sent', moment(message.timestamp)),
    fact('message id', messageId),
    fact('ack', ack === null ? null : `${ack} ${ack === -1 ? 'error' : (ACKS[ack] ?? '')}`.trim()),
    ...mediaFacts(message, media),
    fact('quotes', quoted(message)),
    fact('mentions', mentions(message)),
    fact('forwarded', forwarded(message)),
  ];
  return facts.filter((one) => one !== null);
}

/** The text of a message with its line ends, or a file's caption; null for a message without one (VENDOR §3, §4). */
export function messageText({ data }: Pick<Webhook, 'data'>): string | null {
  const message = objectIn(data.message);
  const text = textIn(message.body) ?? textIn(objectIn(message._data).caption);
  // Some types have a thumbnail or a contact card as their text.
  const isNone = text === null || text.trim() === '' || isBase64(text.slice(0, LONGEST));
  return isNone || NO_TEXT.has(textIn(message.type) ?? '') ? null : text.slice(0, LONGEST);
}

/** Types whose `body` is no text of a person. */
const NO_TEXT: ReadonlySet<string> = new Set(['location', 'vcard', 'multi_vcard', 'revoked']);

/** The meaning of an ack's number, from 0 on; -1 is an error (VENDOR §6). */
export const ACKS: readonly string[] = ['pending', 'sent', 'delivered', 'read', 'played'];

function fact(name: string, value: string | null): Fact | null {
  return value === null ? null : [name, value.slice(0, LONGEST)];
}

/** Seconds since 1970 (VENDOR §3) as ISO 8601. */
function moment(timestamp: unknown): string | null {
  const seconds = numberIn(timestamp);
  if (seconds === null || seconds <= 0 || seconds > 1e11) return null;
  return new Date(seconds * 1000).toISOString();
}

function mediaFacts(message: JsonObject, media: JsonObject): (Fact | null)[] {
  const inner = objectIn(message._data);
  const [width, height] = [inner.width, inner.height].map(numberIn);
  return [
    fact('media type', textIn(media.mimetype) ?? textIn(inner.mimetype)),
    fact('file', textIn(media.filename) ?? textIn(inner.filename)),
    fact('size', size(numberIn(media.filesize) ?? numberIn(inner.size))),
    fact('pixels', width == null || height == null ? null : `${width} × ${height}`),
    fact('duration', duration(message.duration)),
  ];
}

function quoted(message: JsonObject): string | null {
  const answered = objectIn(objectIn(message._data).quotedMsg);
  if (message.hasQuotedMsg !== true) return null;
  return Object.keys(answered).length > 0
    ? content(answered)
    : 'a message that the event does not contain';
}

function mentions(message: JsonObject): string | null {
  const ids = listIn(message.mentionedIds).slice(0, MOST_MENTIONED);
  return ids.length === 0 ? null : listed(ids, (id) => jidIn(id) ?? '?');
}

function forwarded(message: JsonObject): string | null {
  if (message.isForwarded !== true) return null;
  const often = numberIn(message.forwardingScore);
  return often === null ? 'yes' : `${often} times`;
}
