/** An event in one line, in the words of somebody who reads chats; and its text, for searching. */

import { safeText } from '../platform/safe-text.ts';
import { isBase64, isObject, type JsonObject, listIn, numberIn, objectIn, textIn } from './json.ts';
import { jidIn, readWebhook } from './webhook.ts';

const LONGEST = 120;
/** Of a list: more than a line has room for. */
const MOST_LISTED = 100;
/** Of a text, in UTF-16 units: far more than a line has room for. */
const QUOTED = 16 * 1024;
const SEARCHED = 8 * 1024;

/** The line for an event: at most 120 characters, safe for a terminal, empty where there is nothing to say. */
export function summarize(event: string, data: JsonObject): string {
  return safeText(words(event, data), LONGEST);
}

/** The text of an event for the search index: its summary, then every text in it but base64; 8 kB at most. */
export function searchText(event: string, body: Uint8Array): string {
  const webhook = readWebhook(body);
  if ('reason' in webhook) return '';
  const parts = [summarize(event, webhook.data)];
  let size = 0;
  for (const text of textsIn(webhook.data)) {
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
    case 'message':
    case 'message_create':
    case 'media_uploaded':
      return `${parties(message)}: ${content(message, objectIn(data.media))}`;
    case 'message_edit':
      return `${parties(message)}: ${quote(data.prevBody)} is now ${quote(data.newBody)}`;
    case 'message_revoke_everyone':
      return deleted(objectIn(data.after), objectIn(data.before), 'for everyone');
    case 'message_revoke_me':
      return deleted(message, message, 'on the own phone');
    case 'message_ack':
      return acknowledged(data, message);
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
      return `${numberIn(data.percent) ?? '?'} %`;
    case 'qr':
      return 'a new code to scan';
    case 'disconnected':
      return textIn(data.reason) ?? '';
    case 'change_state':
      return textIn(data.state) ?? '';
    default:
      return '';
  }
}

/** `491511234567`; a hidden id, a group or a channel stays whole, since nothing else names it (VENDOR §5). */
function name(value: unknown): string {
  return jidIn(value)?.replace(/@c\.us$/, '') ?? 'somebody';
}

function parties(message: JsonObject): string {
  const id = objectIn(message.id);
  const own = id.fromMe === true || message.fromMe === true;
  const chat = jidIn(id.remote) ?? jidIn(own ? message.to : message.from);
  if (own) return `to ${name(chat)}`;
  const author = jidIn(message.author);
  return author === null || author === chat ? name(chat) : `${name(author)} in ${name(chat)}`;
}

function content(message: JsonObject, media: JsonObject): string {
  const text = textIn(message.body);
  const type = textIn(message.type) ?? 'message';
  if (type === 'chat') return quote(text);
  const kind = textIn(media.mimetype) ?? type;
  return text === null || type.endsWith('vcard') ? kind : `${kind} ${quote(text)}`;
}

function deleted(message: JsonObject, before: JsonObject, where: string): string {
  const text = textIn(before.body);
  return `${parties(message)}: deleted ${where}${text === null ? '' : `: ${quote(text)}`}`;
}

const RECEIPTS = ['pending for', 'sent to', 'delivered to', 'read by', 'played by'];

function acknowledged(data: JsonObject, message: JsonObject): string {
  const ack = numberIn(data.ack) ?? numberIn(data.acknowledged) ?? numberIn(message.ack);
  const chat = objectIn(message.id).remote ?? message.to;
  const receipt = ack === -1 ? 'failed for' : (RECEIPTS[ack ?? -1] ?? 'acknowledged by');
  return `${receipt} ${name(chat)}`;
}

function reacted(reaction: JsonObject): string {
  const emoji = textIn(reaction.reaction);
  const who = name(reaction.senderId);
  return emoji === null ? `${who} removed a reaction` : `${who} reacted ${emoji}`;
}

function voted(vote: JsonObject): string {
  const options = listIn(vote.selectedOptions)
    .slice(0, MOST_LISTED)
    .filter(isObject)
    .map((option) => quote(textIn(option.name) ?? String(numberIn(option.localId) ?? '?')));
  const who = name(vote.voter);
  return options.length === 0 ? `${who} withdrew a vote` : `${who} voted ${options.join(', ')}`;
}

function groupChange(notification: JsonObject): string {
  const what = textIn(notification.type) ?? 'changed';
  const recipients = listIn(notification.recipientIds).slice(0, MOST_LISTED).map(name);
  const who = recipients.join(', ') || textIn(notification.body);
  const by = jidIn(notification.author);
  return `${name(notification.chatId)}: ${what}${who ? ` ${who}` : ''}${by ? ` by ${name(by)}` : ''}`;
}

function calling(call: JsonObject): string {
  return `${call.isVideo === true ? 'video call' : 'call'} from ${name(call.from)}`;
}

function quote(text: unknown): string {
  // Of a text of 64 MiB no more than a line could show is touched.
  return typeof text === 'string' ? `"${text.slice(0, QUOTED)}"` : '""';
}
