/** Marks: what an event says again, or out of order, about a message that was heard of before. */

import { createHash } from 'node:crypto';
import { numberIn, objectIn, textIn } from '../eazewa/json.ts';
import { jidIn, type Webhook } from '../eazewa/webhook.ts';

const REMEMBERED = 10_000;

/** The marks of DESIGN §3; they are shown, and change nothing of what is forwarded. */
export interface SeenMarks {
  readonly duplicateOf: string | null;
  readonly repeats: string | null;
  readonly ackWentBack: boolean;
}

/** Remembers what was heard of the last 5,000 to 10,000 messages and their acknowledgements. */
export interface Marker {
  /** The marks of `webhook`, which from now on is remembered as the event `id`. */
  mark(webhook: Webhook, id: string): SeenMarks;
  /** Forgets `webhook` as the event `id`, which was not kept after all: nothing can be a duplicate of it. */
  forget(webhook: Webhook, id: string): void;
  /** Remembers an event of earlier, of which no more is known than this. */
  remember(earlier: Pick<Webhook, 'event' | 'messageId' | 'ack'> & { readonly id: string }): void;
}

const UNMARKED: SeenMarks = { duplicateOf: null, repeats: null, ackWentBack: false };

/** A marker that has seen nothing yet. */
export function createMarker(): Marker {
  const events = recent<string>();
  const acks = recent<number>();
  const keyOf = (event: string, messageId: string, ack: number | null, revision: string) =>
    `${clip(event)} ${clip(messageId)} ${ack ?? ''} ${revision}`;
  const heardAck = (messageId: string, ack: number | null) => {
    if (ack !== null && ack > (acks.get(clip(messageId)) ?? Number.NEGATIVE_INFINITY)) {
      acks.set(clip(messageId), ack);
    }
  };
  return {
    mark(webhook, id) {
      const { event, messageId, ack } = webhook;
      if (messageId === null) return UNMARKED;
      const key = keyOf(event, messageId, ack, revision(webhook));
      const duplicateOf = events.get(key) ?? null;
      if (duplicateOf === null) events.set(key, id);
      const twin = TWIN.get(event);
      const repeats = twin === undefined ? null : events.get(keyOf(twin, messageId, null, ''));
      const highest = acks.get(clip(messageId));
      heardAck(messageId, ack);
      return {
        duplicateOf,
        repeats: repeats ?? null,
        ackWentBack: ack !== null && highest !== undefined && ack < highest,
      };
    },
    forget(webhook, id) {
      const { event, messageId, ack } = webhook;
      if (messageId === null) return;
      const key = keyOf(event, messageId, ack, revision(webhook));
      if (events.get(key) === id) events.delete(key);
    },
    remember({ event, messageId, ack, id }) {
      // Those that come again with another content cannot be told apart without it.
      if (messageId === null || REVISED.has(event)) return;
      const key = keyOf(event, messageId, ack, '');
      if (events.get(key) === undefined) events.set(key, id);
      heardAck(messageId, ack);
    },
  };
}

/** Events that several of can be about one message. */
const REVISED: ReadonlySet<string> = new Set(['message_edit', 'message_reaction', 'vote_update']);

/** The vendor fires both for one incoming message (VENDOR §8 *Duplicates*). */
const TWIN: ReadonlyMap<string, string> = new Map([
  ['message', 'message_create'],
  ['message_create', 'message'],
]);

/** What tells two edits, reactions or votes about one message apart. */
function revision({ event, data }: Webhook): string {
  switch (event) {
    case 'message_edit':
      return clip(textIn(data.newBody));
    case 'message_reaction': {
      const { senderId, reaction, timestamp } = objectIn(data.reaction);
      return `${clip(jidIn(senderId))} ${clip(textIn(reaction))} ${numberIn(timestamp)}`;
    }
    case 'vote_update':
      return String(numberIn(objectIn(data.vote).interractedAtTs) ?? '');
    default:
      return '';
  }
}

/** What stands for a text in a key: keys are kept for 10,000 events, and texts may be megabytes. */
function clip(text: string | null): string {
  if (text === null) return '';
  if (text.length <= 200) return `${text.length}:${text}`;
  return createHash('sha256').update(text).digest('base64');
}

/**
 * A map that forgets what is old: when one half is full, the other is dropped. Taking out the oldest
 * entry one by one would walk over all that were taken out before it.
 */
function recent<T>(): Pick<Map<string, T>, 'get' | 'set' | 'delete'> {
  let old = new Map<string, T>();
  let young = new Map<string, T>();
  return {
    get: (key) => young.get(key) ?? old.get(key),
    delete(key) {
      const wasYoung = young.delete(key);
      return old.delete(key) || wasYoung;
    },
    set(key, value) {
      if (young.size >= REMEMBERED / 2) {
        old = young;
        young = new Map();
      }
      return young.set(key, value);
    },
  };
}
