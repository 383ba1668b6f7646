/** Names of chats, learned from events: a receipt has only a number, and an earlier message had the name. */

import type { EventEntry } from '../../feed/feed.ts';

/** Names by the jid of the chat. */
export type Names = ReadonlyMap<string, string>;

/** Most names in memory; the oldest is forgotten. */
const MOST_NAMES = 500;

/** The names after these events. */
export function learned(
  names: Names,
  events: readonly Pick<EventEntry, 'chat' | 'name' | 'direction' | 'event'>[],
): Names {
  let after: Map<string, string> | null = null;
  for (const { chat, name, direction, event } of events) {
    if (chat === null || name === null || direction !== 'in') continue;
    if (isShared(chat) && event !== 'group_update') continue;
    if ((after ?? names).get(chat) === name) continue;
    after ??= new Map(names);
    after.delete(chat);
    after.set(chat, name);
    if (after.size > MOST_NAMES) after.delete(after.keys().next().value ?? '');
  }
  return after ?? names;
}

/** Who an event is from or to: a name, and beside it what is dim. */
export interface Who {
  readonly name: string;
  /** The number of a person, the group or kind of chat of a member; empty for none. */
  readonly aside: string;
}

/** Who an event is about; empty for an event about no chat. */
export function whoOf(
  { chat, name, direction }: Pick<EventEntry, 'chat' | 'name' | 'direction'>,
  names: Names,
): Who {
  if (chat === null) return { name: name ?? '', aside: '' };
  const called = names.get(chat);
  if (!isShared(chat)) {
    const known = called ?? (direction === 'in' ? name : null);
    return known === null
      ? { name: numberOf(chat), aside: '' }
      : { name: known, aside: numberOf(chat) };
  }
  const place = called ?? kindOf(chat);
  // The own name says nothing of where a message went.
  if (direction === 'out' || name === null || name === called) {
    return { name: place, aside: called === undefined ? numberOf(chat) : 'group' };
  }
  return { name: numberOf(name), aside: `(${place})` };
}

/** Whether a chat has several members. */
function isShared(chat: string): boolean {
  return /@(?:g\.us|newsletter|broadcast)$/.test(chat);
}

function kindOf(chat: string): string {
  if (chat.endsWith('@newsletter')) return 'channel';
  return chat === 'status@broadcast' ? 'status' : 'group';
}

/** A jid without its server. */
function numberOf(jid: string): string {
  return jid.replace(/@(?:c\.us|s\.whatsapp\.net|lid|g\.us|newsletter|broadcast)$/, '');
}
