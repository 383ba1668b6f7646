/** Marks an event that repeats, or comes out of order with, earlier events about the same message. */

import { createHash } from 'node:crypto';
import { numberIn, objectIn, textIn } from '../eazewa/json.ts';
import { jidIn, type Webhook } from '../eazewa/webhook.ts';

const REMEMBERED = 10_000;

/** The marks of an event. They are shown, and do not change what is forwarded. */
export interface SeenMarks {
  /** The id of the event with the same name, message id and ack. */
  readonly duplicateOf: string | null;
  /** For a `message_create`: the id of the `message` it repeats, and the other way round. */
  readonly repeats: string | null;
  /** The message had a higher acknowledgement before. */
  readonly ackWentBack: boolean;
}

/** Remembers the last 5,000 to 10,000 events about messages, and their acknowledgements. */
export interface Marker {
  /** The marks of `webhook`, which is remembered as the event `id`. */
  mark(webhook: Webhook, id: string): SeenMarks;
  /** Forgets the event `id`, which was not stored: no later event is its duplicate. */
  forget(webhook: Webhook, id: string): void;
  /** Remembers an event of an earlier listener. */
  remember(earlier: Pick<Webhook, 'event' | 'messageId' | 'ack'> & { readonly id: string }): void;
}

const UNMARKED: SeenMarks = { duplicateOf: null, repeats: null, ackWentBack: false };

/** A marker that has seen nothing yet. */
export function createMarker(): Marker {
  const events = recent<string>();
  const acks = recent<number>();
  const keyOf = (event: string, messageId: string, ack: number | null, revision: string) =>
    `${clip(event)} ${clip(messageId)} ${ack ?? ''} ${revision}`;
  const rememberAck = (messageId: string, ack: number | null) => {
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
      rememberAck(messageId, ack);
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
      // Revisions of a message cannot be told apart without their bodies.
      if (messageId === null || REVISED.has(event)) return;
      const key = keyOf(event, messageId, ack, '');
      if (events.get(key) === undefined) events.set(key, id);
      rememberAck(messageId, ack);
    },
  };
}

/** Events that may come several times about one message, each with other content. */
const REVISED: ReadonlySet<string> = new Set(['message_edit', 'message_reaction', 'vote_update']);

/** The vendor fires both for one incoming message (VENDOR §8 *Duplicates*). */
const TWIN: ReadonlyMap<string, string> = new Map([
  ['message', 'message_create'],
  ['message_create', 'message'],
]);

/** Tells two edits, reactions or votes about one message apart. */
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

/** A text as a part of a key: 10,000 keys are in memory, and a text may have megabytes. */
function clip(text: string | null): string {
  if (text === null) return '';
  if (text.length <= 200) return `${text.length}:${text}`;
  return createHash('sha256').update(text).digest('base64');
}

/**
 * A map that forgets old entries: when one half is full, the other is dropped. Deleting the oldest
 * entry each time would walk over all entries deleted before it.
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
