/** Marks: what an event says again, or out of order, about a message that was heard of before. */

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
      const key = `${event} ${clip(messageId)} ${ack ?? ''} ${revision(webhook)}`;
      const duplicateOf = events.get(key) ?? null;
      if (duplicateOf === null) events.set(key, id);
      const other = TWIN[event];
      const repeats =
        other === undefined ? null : (events.get(`${other} ${clip(messageId)}  `) ?? null);
      const highest = ack === null ? null : (acks.get(messageId) ?? null);
      if (ack !== null && ack > (highest ?? Number.NEGATIVE_INFINITY)) acks.set(messageId, ack);
      return {
        duplicateOf,
        repeats,
        ackWentBack: ack !== null && highest !== null && ack < highest,
      };
    },
  };
}

/** The vendor fires both for one incoming message (VENDOR §8 *Duplicates*). */
const TWIN: Readonly<Record<string, string>> = {
  message: 'message_create',
  message_create: 'message',
};

/** What tells two edits, reactions or votes about one message apart. */
function revision({ event, data }: Webhook): string {
  switch (event) {
    case 'message_edit':
      return clip(textIn(data.newBody));
    case 'message_reaction': {
      const { senderId, reaction, timestamp } = objectIn(data.reaction);
      return `${jidIn(senderId)} ${clip(textIn(reaction))} ${numberIn(timestamp)}`;
    }
    case 'vote_update':
      return String(numberIn(objectIn(data.vote).interractedAtTs) ?? '');
    default:
      return '';
  }
}

/** Enough of a text to tell it from another: keys are kept for 10,000 events, texts may be megabytes. */
function clip(text: string | null): string {
  return text === null ? '' : `${text.length}:${text.slice(0, 100)}`;
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
