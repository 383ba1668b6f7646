/** Summarises a change of a group (VENDOR §6 *group notification type*, §7 *notification*). */

import { type JsonObject, listIn, objectIn, textIn } from './json.ts';
import { clip, join, listed, name, quote } from './phrases.ts';
import { jidIn } from './webhook.ts';

/** `…@g.us: 12025550117 added 12025550142`, and the same without the group. Notifications have its id, no name. */
export function groupChange(notification: JsonObject): readonly [summary: string, text: string] {
  const { chatId, id } = notification;
  const group = jidIn(chatId) ?? jidIn(objectIn(id).remote);
  const what = words(notification);
  return [`${group === null ? 'a group' : name(group)}: ${what}`, what];
}

function words(notification: JsonObject): string {
  const type = textIn(notification.type) ?? '';
  const author = jidIn(notification.author);
  const recipients = listIn(notification.recipientIds);
  const by = name(author);
  const who = recipients.length === 0 ? 'somebody' : listed(recipients, name);
  const isOwnDoing = recipients.length === 1 && jidIn(recipients[0]) === author;
  const text = textIn(notification.body);
  switch (type) {
    case 'add':
      return isOwnDoing ? `${who} joined` : `${by} added ${who}`;
    case 'invite':
      return `${who} joined by the invitation link`;
    case 'linked_group_join':
      return `${who} joined through the community`;
    case 'remove':
      return isOwnDoing ? `${who} left` : `${by} removed ${who}`;
    case 'leave':
      return `${recipients.length === 0 ? by : who} left`;
    case 'subject':
      return join(by, 'renamed the group', text !== null && quote(text));
    case 'description':
      return join(by, 'changed the description', text !== null && quote(text));
    case 'picture':
      return `${by} changed the picture`;
    case 'announce':
      return `${by} changed who may send messages`;
    case 'restrict':
      return `${by} changed who may edit the group`;
    default:
      return join(
        type === '' ? 'changed' : clip(type),
        recipients.length > 0 && who,
        text !== null && quote(text, 40),
        author !== null && `by ${by}`,
      );
  }
}
