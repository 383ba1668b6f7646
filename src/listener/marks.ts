/** Marks an event that repeats, or comes out of order with, earlier events about the same message. */

import { createHash } from 'node:crypto';
import { elide, numberIn, objectIn, textIn } from '../eazewa/json.ts';
import { REQUEST_ID } from '../eazewa/signature.ts';
import { jidIn, type Webhook } from '../eazewa/webhook.ts';
import { type RawHeaders, valuesOf } from '../platform/raw-headers.ts';

const REMEMBERED = 10_000;

/** The marks of an event. They are shown, and do not change what is forwarded. */
export interface SeenMarks {
  /** The id of the first event with the same request id and body, or about the same (see {@link Marker}). */
  readonly duplicateOf: string | null;
  /** For a `message_create`: the id of the `message` it repeats, and the other way round. */
  readonly repeats: string | null;
  /** The message had a higher acknowledgement before. */
  readonly ackWentBack: boolean;
}

/** A webhook request, for the id that some have in a header (VENDOR §2). */
export interface MarkedRequest {
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
}

/**
 * Remembers the last 5,000 to 10,000 events about messages, and their acknowledgements. Two events are
 * the same when they have one name and message, and the same ack; for an edit, a reaction or a vote:
 * who did what and when. The same request id with another body is another event, whatever is in it.
 */
export interface Marker {
  /** The marks of `webhook`, which is remembered as the event `id`. */
  mark(webhook: Webhook, id: string, request?: MarkedRequest): SeenMarks;
  /** Forgets the event `id`, which was not stored: no later event is its duplicate. */
  forget(webhook: Webhook, id: string, request?: MarkedRequest): void;
  /** Remembers an event of an earlier listener. */
  remember(earlier: Pick<Webhook, 'event' | 'messageId' | 'ack'> & { readonly id: string }): void;
}

const UNMARKED: SeenMarks = { duplicateOf: null, repeats: null, ackWentBack: false };

/** A marker that has seen nothing yet. `reused` is called once, for the first request id with another body. */
export function createMarker(reused: () => void = () => {}): Marker {
  const requests = createRequests(reused);
  const events = recent<string>();
  /** By message and who: the last revision that has no time. */
  const revisions = recent<{ readonly what: string; readonly id: string }>();
  const acks = recent<number>();
  const rememberAck = (messageId: string, ack: number | null) => {
    if (ack !== null && ack > (acks.get(clip(messageId)) ?? Number.NEGATIVE_INFINITY)) {
      acks.set(clip(messageId), ack);
    }
  };
  /** The id of the same event, which is remembered when there is none. */
  const sameContent = (webhook: Webhook, messageId: string, id: string): string | null => {
    const key = keyOf(webhook.event, messageId, webhook.ack);
    const revision = revisionOf(webhook);
    const whole = revision === null ? key : `${key} ${revision.who} ${revision.what}`;
    if (revision === null || revision.hasTime) {
      const first = events.get(whole) ?? null;
      if (first === null) events.set(whole, id);
      return first;
    }
    // Without a time, a vote that was changed and changed back is a new one.
    const last = revisions.get(`${key} ${revision.who}`);
    if (last?.what === revision.what) return last.id;
    revisions.set(`${key} ${revision.who}`, { what: revision.what, id });
    return null;
  };
  return {
    mark(webhook, id, request) {
      const { event, messageId, ack } = webhook;
      const byRequest = requests.firstOf(request, id);
      if (messageId === null) return { ...UNMARKED, duplicateOf: byRequest ?? null };
      const byContent = sameContent(webhook, messageId, id);
      const twin = TWIN.get(event);
      const repeats = twin === undefined ? null : events.get(keyOf(twin, messageId, null));
      const highest = acks.get(clip(messageId));
      rememberAck(messageId, ack);
      return {
        duplicateOf: byRequest === undefined ? byContent : byRequest,
        repeats: repeats ?? null,
        ackWentBack: ack !== null && highest !== undefined && ack < highest,
      };
    },
    forget(webhook, id, request) {
      requests.forget(request, id);
      const { event, messageId, ack } = webhook;
      if (messageId === null) return;
      const key = keyOf(event, messageId, ack);
      const revision = revisionOf(webhook);
      const whole = revision === null ? key : `${key} ${revision.who} ${revision.what}`;
      if (events.get(whole) === id) events.delete(whole);
      const who = `${key} ${revision?.who}`;
      if (revisions.get(who)?.id === id) revisions.delete(who);
    },
    remember({ event, messageId, ack, id }) {
      // Revisions of a message cannot be told apart without their bodies.
      if (messageId === null || REVISED.has(event)) return;
      const key = keyOf(event, messageId, ack);
      if (events.get(key) === undefined) events.set(key, id);
      rememberAck(messageId, ack);
    },
  };
}

function keyOf(event: string, messageId: string, ack: number | null): string {
  return `${clip(event)} ${clip(messageId)} ${ack ?? ''}`;
}

/** The ids of requests, of which some deliveries have one in a header (VENDOR §2). */
function createRequests(reused: () => void) {
  const known = recent<{ readonly digest: string; readonly id: string }>();
  let wasReused = false;
  const keyIn = (request: MarkedRequest | undefined): string | null => {
    const [id = ''] = request === undefined ? [] : valuesOf(request.headers, REQUEST_ID);
    return id === '' ? null : clip(id);
  };
  return {
    /** The first event of the same request: null for none, undefined where the request does not say. */
    firstOf(request: MarkedRequest | undefined, id: string): string | null | undefined {
      const key = keyIn(request);
      if (request === undefined || key === null) return undefined;
      const digest = createHash('sha256').update(request.body).digest('base64');
      const first = known.get(key);
      if (first === undefined) {
        known.set(key, { digest, id });
        return undefined;
      }
      if (first.digest === digest) return first.id;
      if (!wasReused) reused();
      wasReused = true;
      return null;
    },
    forget(request: MarkedRequest | undefined, id: string): void {
      const key = keyIn(request);
      if (key !== null && known.get(key)?.id === id) known.delete(key);
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

/** Who did what to a message, and when; null for an event that comes once about a message. */
function revisionOf({ event, data }: Webhook): {
  readonly who: string;
  /** With its time, where it has one. */
  readonly what: string;
  readonly hasTime: boolean;
} | null {
  const revision = (who: string | null, what: string, when: string | number | null) => ({
    ...{ who: clip(who), what: `${what} ${clip(String(when ?? ''))}`, hasTime: when !== null },
  });
  switch (event) {
    case 'message_edit': {
      const message = objectIn(data.message);
      const { latestEditSenderTimestampMs: at, latestEditMsgKey: key } = message;
      const when = numberIn(at) ?? textIn(objectIn(key)._serialized);
      const what = `${clip(textIn(data.prevBody))} ${clip(textIn(data.newBody))}`;
      return revision(jidIn(message.author), what, when);
    }
    case 'message_reaction': {
      const { senderId, reaction, timestamp } = objectIn(data.reaction);
      return revision(jidIn(senderId), clip(textIn(reaction)), numberIn(timestamp));
    }
    case 'vote_update': {
      const { voter, selectedOptions, interractedAtTs } = objectIn(data.vote);
      // Cut where it is nested deep: JSON.stringify recurses.
      const what = clip(JSON.stringify(elide(selectedOptions, true)) ?? null);
      return revision(jidIn(voter), what, numberIn(interractedAtTs));
    }
    default:
      return null;
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
