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

/** Remembers what was heard of the last 10,000 messages and their acknowledgements. */
export interface Marker {
  /** The marks of `webhook`, which from now on is remembered as the event `id`. */
  mark(webhook: Webhook, id: string): SeenMarks;
}

const UNMARKED: SeenMarks = { duplicateOf: null, repeats: null, ackWentBack: false };

/** A marker that has seen nothing yet. */
export function createMarker(): Marker {
  const events = recent<string>();
  const acks = recent<number>();
  return {
    mark(webhook, id) {
      const { event, messageId, ack } = webhook;
      if (messageId === null) return UNMARKED;
      const about = clip(messageId);
      const key = `${clip(event)} ${about} ${ack ?? ''} ${revision(webhook)}`;
      const duplicateOf = events.get(key) ?? null;
      if (duplicateOf === null) events.set(key, id);
      const other = TWIN.get(event);
      const repeats =
        other === undefined ? null : (events.get(`${clip(other)} ${about}  `) ?? null);
      const highest = ack === null ? null : (acks.get(about) ?? null);
      if (ack !== null && ack > (highest ?? Number.NEGATIVE_INFINITY)) acks.set(about, ack);
      return {
        duplicateOf,
        repeats,
        ackWentBack: ack !== null && highest !== null && ack < highest,
      };
    },
  };
}

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

/** A map that forgets its oldest entries. */
function recent<T>(): Pick<Map<string, T>, 'get' | 'set'> {
  const map = new Map<string, T>();
  return {
    get: (key) => map.get(key),
    set(key, value) {
      map.delete(key);
      map.set(key, value);
      const oldest = map.keys().next();
      if (map.size > REMEMBERED && !oldest.done) map.delete(oldest.value);
      return map;
    },
  };
}
