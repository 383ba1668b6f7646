/** Summarises an event in one line, and collects its text for the search. */

import { safeText } from '../platform/safe-text.ts';
import { CATALOGUE } from './events.ts';
import { isBase64, isObject, type JsonObject, listIn, numberIn, objectIn, textIn } from './json.ts';
import { clip, join, listed, name, quote } from './phrases.ts';
import { groupChange } from './summary-group.ts';
import { authorIn, chatOf, content, isOwn, optionName, parties } from './summary-message.ts';
import { jidIn, readData } from './webhook.ts';

const LONGEST = 120;
/** In UTF-16 units. */
const SEARCHED = 8 * 1024;
/** WhatsApp allows 12. */
const MOST_OPTIONS = 100;

/** Which way a message went: `in` from somebody, `out` from the instance. */
export type Direction = 'in' | 'out';

/** What an event says, for a line of text and for the columns of a list. Texts are safe for a terminal. */
export interface Summary {
  /** One line of at most 120 characters; empty for an unknown event that has no message. */
  readonly summary: string;
  /** The same without its people, and a message's text without quotes; at most 120 characters. */
  readonly text: string;
  /** Null where nothing went between two people. */
  readonly direction: Direction | null;
  /**
   * The push name of whoever acted, never of the instance itself; their number in a group where
   * there is none; the new name of a group that was renamed. Null where the body has none.
   */
  readonly name: string | null;
}

/** Summarises an event. Falls back to the catalogue's description. */
export function summarize(event: string, data: JsonObject): Summary {
  const said = words(event, data);
  const [all, text] = typeof said === 'string' ? [said, said] : said;
  const about = CATALOGUE.get(event)?.description ?? '';
  return {
    summary: safeText(all || about, LONGEST),
    text: safeText(text || about, LONGEST),
    ...actor(event, data),
  };
}

/** The text of an event for the search index: its summary, then every text in its body but base64; at most 8 kB. */
export function searchText(summary: string, body: Uint8Array): string {
  const parts = [summary];
  let size = 0;
  for (const text of textsIn(readData(body) ?? {})) {
    parts.push(text.slice(0, SEARCHED - size));
    size += text.length + 1;
    if (size >= SEARCHED) break;
  }
  return parts.join('\n').slice(0, SEARCHED);
}

function* textsIn(root: unknown): Generator<string> {
  // An explicit stack: a hostile body may be nested deeper than recursion can go.
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value === 'string') {
      if (value !== '' && !isBase64(value)) yield value;
    } else if (typeof value === 'object' && value !== null) {
      const inner = Object.values(value);
      for (let i = inner.length - 1; i >= 0; i--) stack.push(inner[i]);
    }
  }
}

/** The summary, and its text for a list where that differs. */
type Words = string | readonly [summary: string, text: string];

/** `people: what`, and `what` alone; of a text message its text without the quotes. */
function told(people: string, what: string): Words {
  const isQuote = what.length > 1 && what.startsWith('"') && what.endsWith('"');
  return [`${people}: ${what}`, isQuote ? what.slice(1, -1) : what];
}

/** Who acted, and which way it went. */
function actor(event: string, data: JsonObject): Pick<Summary, 'direction' | 'name'> {
  const { reaction, vote, notification, call } = data;
  if (event === 'message_ack') return { direction: null, name: null };
  if (isObject(reaction)) return acted(reaction.senderId, objectIn(reaction.id));
  if (isObject(vote)) return acted(vote.voter, objectIn(vote.parentMsgKey), false);
  if (isObject(notification)) {
    const renamed = notification.type === 'subject' ? textIn(notification.body) : null;
    return { direction: 'in', name: renamed === null ? null : clip(renamed) };
  }
  if (isObject(call)) return { direction: call.fromMe === true ? 'out' : 'in', name: null };
  const message = [data.message, data.before, data.after].find(isObject);
  if (message === undefined) return { direction: null, name: null };
  return isOwn(message)
    ? { direction: 'out', name: null }
    : { direction: 'in', name: authorIn(message) };
}

/** In a group only a number tells the members apart. */
function acted(who: unknown, { fromMe, remote }: JsonObject, isOwnAct = fromMe === true) {
  if (isOwnAct) return { direction: 'out' as const, name: null };
  return { direction: 'in' as const, name: isShared(jidIn(remote)) ? name(who) : null };
}

function words(event: string, data: JsonObject): Words {
  const message = objectIn(data.message);
  switch (event) {
    case 'message_edit':
      return edited(message, data);
    case 'message_revoke_everyone':
      return revoked(objectIn(data.after), objectIn(data.before));
    case 'message_revoke_me':
      return deleted(parties(message), 'on the own phone', message);
    case 'message_ack':
      return acknowledged(message, data);
    case 'message_reaction':
      return reacted(objectIn(data.reaction));
    case 'vote_update':
      return voted(objectIn(data.vote));
    case 'group_join':
    case 'group_leave':
    case 'group_update':
      return groupChange(objectIn(data.notification));
    case 'call':
      return calling(objectIn(data.call));
    case 'loading_screen':
      return loading(numberIn(data.percent));
    case 'auth_failure':
    case 'disconnected':
      return textIn(data.reason) ?? textIn(data.message) ?? '';
    case 'change_state':
      return textIn(data.state) ?? '';
    case 'presence_update':
      return presence(data);
    default:
      // A future event with a message is summarised like one.
      return isMessage(event) || isObject(data.message)
        ? told(parties(message), content(message, objectIn(data.media)))
        : '';
  }
}

function isMessage(event: string): boolean {
  return event === 'message' || event === 'message_create' || event === 'media_uploaded';
}

/** The new text comes first: it matters more when both are long. */
function edited(message: JsonObject, data: JsonObject): Words {
  const [now, before] = [data.newBody, data.prevBody].map(textIn);
  const text = now ?? textIn(message.body);
  const changed = text === null ? 'edited to an empty text' : `edited to ${quote(text, 70)}`;
  return told(parties(message), `${changed}${before == null ? '' : `, was ${quote(before)}`}`);
}

function revoked(after: JsonObject, before: JsonObject): Words {
  const { subtype, revokeSender } = objectIn(after._data);
  const where =
    subtype === 'admin' ? `for everyone by the admin ${name(revokeSender)}` : 'for everyone';
  return deleted(parties(chatOf(after) === null ? before : after), where, before);
}

/** A deleted message with its known content. */
function deleted(whose: string, where: string, message: JsonObject): Words {
  const type = textIn(message.type);
  const text =
    type === 'revoked' || (type ?? textIn(message.body)) === null ? '' : content(message);
  return told(whose, `deleted ${where}${text && `: ${text}`}`);
}

const RECEIPTS = ['pending for', 'sent to', 'delivered to', 'read by', 'played by'];

/** A group's ack does not name the reader. The ack is under one of three keys (VENDOR §1.6). */
function acknowledged(message: JsonObject, data: JsonObject): Words {
  const ack = numberIn(data.ack) ?? numberIn(data.acknowledged) ?? numberIn(message.ack);
  const chat = jidIn(objectIn(message.id).remote) ?? jidIn(message.to);
  const receipt = ack === -1 ? 'failed for' : (RECEIPTS[ack ?? -1] ?? 'acknowledged by');
  const whole = `${isShared(chat) ? receipt.replace(/ \w+$/, ' in') : receipt} ${name(chat)}`;
  return [whole, receipt.replace(/ \w+$/, '')];
}

/** Whether a chat has several members. */
function isShared(chat: string | null): boolean {
  return chat !== null && /@(?:g\.us|newsletter|broadcast)$/.test(chat.slice(-20));
}

function reacted(reaction: JsonObject): Words {
  const { senderId } = reaction;
  const emoji = textIn(reaction.reaction);
  const { remote, fromMe, id } = objectIn(reaction.msgId);
  const chat = jidIn(remote);
  const target = textIn(id);
  const message = `to ${fromMe === true ? 'own message' : 'message'}`;
  const all = join(
    name(senderId),
    emoji === null ? 'removed a reaction' : `reacted ${clip(emoji, 8)}`,
    chat !== null &&
      chat !== jidIn(senderId) &&
      `in ${isShared(chat) ? '' : 'the chat with '}${name(chat)}`,
    target !== null && `${message} ${clip(target)}`,
  );
  return [all, join(emoji === null ? 'removed a reaction' : clip(emoji, 8), message)];
}

function voted(vote: JsonObject): Words {
  const poll = objectIn(vote.parentMessage);
  const options = listed(vote.selectedOptions, (option) => optionIn(poll, option));
  const asked = textIn(poll.pollName) ?? textIn(poll.body);
  const what = join(
    options === '' ? 'withdrew a vote' : `voted ${options}`,
    asked !== null && `in ${quote(asked)}`,
  );
  return [join(name(vote.voter), what), what];
}

/** Newer versions send only an option's number (VENDOR §7 *vote*); the poll may have its name. */
function optionIn(poll: JsonObject, option: unknown): string {
  const number = numberIn(objectIn(option).localId);
  const known = listIn(poll.pollOptions)
    .slice(0, MOST_OPTIONS)
    .find((candidate) => numberIn(objectIn(candidate).localId) === number);
  return (
    optionName(option) ??
    (number === null ? 'an option' : (optionName(known) ?? `option ${number}`))
  );
}

function calling(call: JsonObject): Words {
  const what = join(call.isGroup === true && 'group', call.isVideo === true && 'video', 'call');
  return [join(what, call.fromMe === true ? 'to' : 'from', name(call.from)), what];
}

function loading(percent: number | null): string {
  return percent === null ? '' : `${clip(String(Math.round(percent)), 8)} %`;
}

/** The key of the fields is not known (VENDOR §7 *Extra events*). */
function presence(data: JsonObject): Words {
  const said = [data, ...Object.values(data).slice(0, 10)].map(objectIn);
  const found = said.find((fields) => 'isOnline' in fields || 'chatstate' in fields) ?? {};
  const { isOnline, chatstate, typingParticipants, recordingParticipants } = found;
  const who = [data, found].map(({ chatId, id, from }) => chatId ?? id ?? from).find(jidIn);
  const doing = [
    listed(typingParticipants, (jid) => `${name(jid)} typing`),
    listed(recordingParticipants, (jid) => `${name(jid)} recording`),
    textIn(chatstate) ?? textIn(objectIn(chatstate).type) ?? '',
    isOnline === true ? 'online' : isOnline === false ? 'offline' : '',
  ].find((words) => words !== '');
  if (doing === undefined) return '';
  return who === undefined ? doing : told(name(who), doing);
}
