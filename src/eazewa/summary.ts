/** An event in one line, in the words of somebody who reads chats; and its text, for searching. */

import { safeText } from '../platform/safe-text.ts';
import { CATALOGUE } from './events.ts';
import { isBase64, isObject, type JsonObject, listIn, numberIn, objectIn, textIn } from './json.ts';
import { clip, join, listed, name, quote } from './phrases.ts';
import { groupChange } from './summary-group.ts';
import { chatOf, content, optionName, parties } from './summary-message.ts';
import { jidIn, readData } from './webhook.ts';

const LONGEST = 120;
/** In UTF-16 units. */
const SEARCHED = 8 * 1024;
/** A poll has 12 at most. */
const MOST_OPTIONS = 100;

/**
 * The line for an event: at most 120 characters, safe for a terminal. What the catalogue says of the
 * event where there is no more to say, empty for an unknown one.
 */
export function summarize(event: string, data: JsonObject): string {
  return safeText(words(event, data) || (CATALOGUE.get(event)?.description ?? ''), LONGEST);
}

/** The text of an event for the search index: its summary, then every text in its body but base64; 8 kB at most. */
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
  // A stack of its own: a hostile body may be nested deeper than the language's stack.
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

function words(event: string, data: JsonObject): string {
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
      // An event of tomorrow that carries a message is told like one.
      return isMessage(event) || isObject(data.message)
        ? `${parties(message)}: ${content(message, objectIn(data.media))}`
        : '';
  }
}

function isMessage(event: string): boolean {
  return event === 'message' || event === 'message_create' || event === 'media_uploaded';
}

/** The new text comes first: where both are long, it is what somebody wants to see. */
function edited(message: JsonObject, data: JsonObject): string {
  const [now, before] = [data.newBody, data.prevBody].map(textIn);
  const text = now ?? textIn(message.body);
  const changed = text === null ? 'edited to an empty text' : `edited to ${quote(text, 70)}`;
  return `${parties(message)}: ${changed}${before == null ? '' : `, was ${quote(before)}`}`;
}

function revoked(after: JsonObject, before: JsonObject): string {
  const { subtype, revokeSender } = objectIn(after._data);
  const where =
    subtype === 'admin' ? `for everyone by the admin ${name(revokeSender)}` : 'for everyone';
  return deleted(parties(chatOf(after) === null ? before : after), where, before);
}

/** With what is still known of the message. */
function deleted(whose: string, where: string, message: JsonObject): string {
  const type = textIn(message.type);
  const text =
    type === 'revoked' || (type ?? textIn(message.body)) === null ? '' : content(message);
  return `${whose}: deleted ${where}${text && `: ${text}`}`;
}

const RECEIPTS = ['pending for', 'sent to', 'delivered to', 'read by', 'played by'];

/** In a group it is not told who read. Which key holds the ack differs (VENDOR §1.6). */
function acknowledged(message: JsonObject, data: JsonObject): string {
  const ack = numberIn(data.ack) ?? numberIn(data.acknowledged) ?? numberIn(message.ack);
  const chat = jidIn(objectIn(message.id).remote) ?? jidIn(message.to);
  const receipt = ack === -1 ? 'failed for' : (RECEIPTS[ack ?? -1] ?? 'acknowledged by');
  return `${isShared(chat) ? receipt.replace(/ \w+$/, ' in') : receipt} ${name(chat)}`;
}

/** Whether a chat has more people in it than one. */
function isShared(chat: string | null): boolean {
  return chat !== null && /@(?:g\.us|newsletter|broadcast)$/.test(chat.slice(-20));
}

function reacted(reaction: JsonObject): string {
  const { senderId } = reaction;
  const emoji = textIn(reaction.reaction);
  const { remote, fromMe, id } = objectIn(reaction.msgId);
  const chat = jidIn(remote);
  const target = textIn(id);
  return join(
    name(senderId),
    emoji === null ? 'removed a reaction' : `reacted ${clip(emoji, 8)}`,
    chat !== null &&
      chat !== jidIn(senderId) &&
      `in ${isShared(chat) ? '' : 'the chat with '}${name(chat)}`,
    target !== null && `to ${fromMe === true ? 'own message' : 'message'} ${clip(target)}`,
  );
}

function voted(vote: JsonObject): string {
  const poll = objectIn(vote.parentMessage);
  const options = listed(vote.selectedOptions, (option) => optionIn(poll, option));
  const asked = textIn(poll.pollName) ?? textIn(poll.body);
  return join(
    name(vote.voter),
    options === '' ? 'withdrew a vote' : `voted ${options}`,
    asked !== null && `in ${quote(asked)}`,
  );
}

/** Newer versions name an option by its number only (VENDOR §7 *vote*); the poll may know its name. */
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

function calling(call: JsonObject): string {
  return join(
    call.isGroup === true && 'group',
    call.isVideo === true && 'video',
    'call',
    call.fromMe === true ? 'to' : 'from',
    name(call.from),
  );
}

function loading(percent: number | null): string {
  return percent === null ? '' : `${clip(String(Math.round(percent)), 8)} %`;
}

/** Which key its fields stand under is not known (VENDOR §7 *Extra events*). */
function presence(data: JsonObject): string {
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
  return who === undefined ? doing : `${name(who)}: ${doing}`;
}
