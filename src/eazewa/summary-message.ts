/** Summarises a message of any type: people, chat and content (VENDOR §3, §4). */

import { isBase64, type JsonObject, listIn, numberIn, objectIn, textIn } from './json.ts';
import { clip, duration, join, listed, name, pushName, quote, size } from './phrases.ts';
import { vCardName } from './vcard.ts';
import { jidIn } from './webhook.ts';

/** The jid of a message's chat; for an own message, of its receiver. */
export function chatOf(message: JsonObject): string | null {
  return jidIn(objectIn(message.id).remote) ?? jidIn(isOwn(message) ? message.to : message.from);
}

/**
 * The author and the chat of a message: `12025550142`, `to 12025550142`, `~Leo (12025550117) in …@g.us`,
 * `status of …`, `channel …`. A direct chat shows only the number, since people search by it.
 */
export function parties(message: JsonObject): string {
  const chat = chatOf(message);
  if (chat === 'status@broadcast' || message.isStatus === true) {
    return isOwn(message) ? 'own status' : `status of ${authorOf(message)}`;
  }
  const place = chat?.endsWith('@newsletter') ? `channel ${name(chat)}` : name(chat);
  if (isOwn(message)) return `to ${place}`;
  const author = jidIn(message.author);
  if (author !== null && author !== chat) return `${authorOf(message)} in ${place}`;
  return chat?.endsWith('@lid') ? withPushName(message, place) : place;
}

/** Whether the instance itself sent the message. */
export function isOwn(message: JsonObject): boolean {
  return objectIn(message.id).fromMe === true || message.fromMe === true;
}

/** The push name of a message's author, else in a group or channel their number; else null. */
export function authorIn(message: JsonObject): string | null {
  const author = jidIn(message.author) ?? jidIn(objectIn(message.id).participant);
  const called = pushName(message)?.slice(1) ?? null;
  return called ?? (author === null ? null : name(author));
}

/** The author; a push name says more than a lid. */
function authorOf(message: JsonObject): string {
  const author =
    jidIn(message.author) ?? jidIn(objectIn(message.id).participant) ?? jidIn(message.from);
  const called = author?.endsWith('@lid') ? pushName(message) : null;
  return called ?? withPushName(message, name(author));
}

function withPushName(message: JsonObject, who: string): string {
  const called = pushName(message);
  return called === null ? who : `${called} (${who})`;
}

/** The content of a message: `"Hello"`, `image/jpeg 240 kB "caption"`, `poll "Lunch?": "Pizza", "Sushi"`. */
export function content(message: JsonObject, media: JsonObject = {}): string {
  const said = kinds(message, media);
  if (message.hasQuotedMsg === true) return join('replied', said, quoted(message));
  return message.isForwarded === true ? `forwarded ${said}` : said;
}

function kinds(message: JsonObject, media: JsonObject): string {
  const type = clip(textIn(message.type) ?? 'message');
  const text = textIn(message.body);
  switch (type) {
    case 'chat':
      return text === null ? 'empty message' : quote(text);
    case 'location':
      return location(objectIn(message.location));
    case 'vcard':
      return join('contact', contact(textIn(message.body) ?? listIn(message.vCards)[0]));
    case 'multi_vcard':
      return contacts(listIn(message.vCards));
    case 'poll_creation':
      return poll(message);
    case 'groups_v4_invite': {
      const group = textIn(objectIn(message.inviteV4).groupName);
      return join('invitation to', group === null ? 'a group' : quote(group, 40), say(text));
    }
    case 'order':
    case 'product':
      return join(type, say(textIn(message.title)), say(text));
    case 'list_response':
      return join('chose', say(text), idIn(message.selectedRowId));
    case 'buttons_response':
    case 'template_button_reply':
      return join('pressed', say(text), idIn(message.selectedButtonId));
    case 'revoked':
      return 'deleted message';
    default:
      return FILES.has(type) ? file(type, message, media) : other(type, message, media);
  }
}

/** The quoted text; null for a thumbnail, which some types have as their text. */
const say = (text: string | null, most = 60) =>
  text === null || isBase64(text.slice(0, 2048)) ? null : quote(text, most);

/** An id or a type of the vendor's, in brackets. */
const idIn = (value: unknown) => {
  const text = textIn(value);
  return text !== null && `(${clip(text)})`;
};

/** The message that a reply quotes. It has no id (VENDOR §8 *Quoted replies*). */
function quoted(message: JsonObject): string | null {
  const answered = objectIn(objectIn(message._data).quotedMsg);
  const type = textIn(answered.type);
  // For media the body is a thumbnail (VENDOR §3 `_data`).
  const text = textIn(type === 'chat' ? answered.body : answered.caption);
  if (text !== null) return `to ${quote(text, 40)}`;
  return type === null || type === 'chat' ? null : `to ${clip(type)}`;
}

/** The name of a file's type; null to show its media type instead. */
const FILES: ReadonlyMap<string, string | null> = new Map([
  ['image', null],
  ['video', null],
  ['audio', null],
  ['ptt', 'voice note'],
  ['document', 'document'],
  ['sticker', 'sticker'],
]);

function file(type: string, message: JsonObject, media: JsonObject): string {
  const raw = objectIn(message._data);
  const mimetype = textIn(media.mimetype) ?? textIn(raw.mimetype);
  const filename = textIn(media.filename) ?? textIn(raw.filename);
  const caption = textIn(message.body) ?? textIn(raw.caption);
  return join(
    raw.isViewOnce === true && 'view-once',
    message.isGif === true && 'GIF',
    FILES.get(type) ?? clip(mimetype?.slice(0, 100).split(';', 1)[0]?.trim() || type),
    filename !== null && quote(filename, 40),
    duration(message.duration),
    size(sizeOf(media, raw)),
    caption !== null && caption !== filename && quote(caption),
  );
}

/** Any other type of message: its type, and its text or subtype. */
function other(type: string, message: JsonObject, media: JsonObject): string {
  if (message.hasMedia === true || textIn(media.mimetype) !== null) {
    return file(type, message, media);
  }
  const text = say(textIn(message.body), 120);
  return join(type, text ?? idIn(objectIn(message._data).subtype));
}

/** The size in bytes: the stated size, else from the base64, else the sender's. */
function sizeOf(media: JsonObject, raw: JsonObject): number | null {
  const base64 = textIn(media.data);
  const stated = numberIn(media.filesize);
  if (stated !== null || base64 === null) return stated ?? numberIn(raw.size);
  const start = base64.startsWith('data:') ? base64.slice(0, 200).indexOf(',') + 1 : 0;
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor(((base64.length - start) * 3) / 4) - padding;
}

/** The coordinates come first, since names can be long. The body is only a thumbnail. */
function location(place: JsonObject): string {
  const [latitude, longitude] = [place.latitude, place.longitude].map(numberIn);
  const at =
    latitude == null || longitude == null
      ? null
      : `${Number(latitude.toFixed(5))}, ${Number(longitude.toFixed(5))}`;
  const called = [place.name, place.address].flatMap((part) => textIn(part) ?? []).join(', ');
  const words = called || textIn(place.description);
  return join('location', at, words !== null && quote(words));
}

function contacts(vCards: readonly unknown[]): string {
  const names = listed(vCards, (vCard) => contact(vCard) ?? '?');
  return join(`${vCards.length} contact${vCards.length === 1 ? '' : 's'}`, names);
}

function contact(vCard: unknown): string | null {
  const called = vCardName(textIn(vCard) ?? '');
  return called === null ? null : quote(called, 40);
}

function poll(message: JsonObject): string {
  const asked = textIn(message.pollName) ?? textIn(message.body);
  const options = listed(message.pollOptions, (option) => optionName(option) ?? '?');
  const head = join('poll', asked !== null && quote(asked, 50));
  return options === '' ? head : `${head}: ${options}`;
}

/** The quoted name of a poll's option; null without one. */
export function optionName(option: unknown): string | null {
  const called = textIn(objectIn(option).name);
  return called === null ? null : quote(called, 30);
}
