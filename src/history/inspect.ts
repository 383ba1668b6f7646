/** What a view asks of a listener's history: a page of the list, and all that is known of one event. */

import { setImmediate } from 'node:timers/promises';
import { ACKS, type Fact, factsOf } from '../eazewa/facts.ts';
import { elide, textIn } from '../eazewa/json.ts';
import { readWebhook } from '../eazewa/webhook.ts';
import type { AttemptEntry, EventEntry } from '../feed/feed.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { attemptEntryOf, eventEntryOf } from './entries.ts';
import { findEvent } from './find.ts';
import { shownHeaders } from './headers.ts';
import type { History, StoredAttempt, StoredEvent } from './history.ts';

// A view asks for these shapes by its own types, which no room below it may import: where the two are
// put together (commands/tui-actions.ts) the compiler sees to it that they fit.

/** Which events, and which piece of them: the newest, those before an event, or those after one. */
export interface PageRequest {
  /** Names; empty for all. */
  readonly events: readonly string[];
  readonly only: 'all' | 'failed' | 'waiting';
  readonly search: string;
  /** The id of the event that all of them are older than. */
  readonly before?: string;
  /** The id of the event that all of them were received after. */
  readonly after?: string;
  readonly limit: number;
}

/** Events of a page, oldest first. */
export interface EventPage {
  readonly rows: readonly {
    readonly event: EventEntry;
    /** The last on each target. */
    readonly attempts: readonly AttemptEntry[];
    /** A target has not had it. */
    readonly waits: boolean;
  }[];
  /** There are more in that direction. */
  readonly isMore: boolean;
}

/** Names and values; those of secret headers are `***`. */
type Headers = readonly { readonly name: string; readonly value: string }[];

/** One event. Texts are as they came. */
export interface EventDetail {
  readonly event: EventEntry;
  readonly headers: Headers;
  /** JSON with two spaces and base64 elided, else the text that came; cut to a bound. */
  readonly body: string;
  readonly isCut: boolean;
  readonly facts: readonly Fact[];
  /** The events about the same message, oldest first. */
  readonly timeline: readonly {
    readonly id: string;
    readonly at: string;
    readonly event: string;
    readonly summary: string;
    readonly ack: number | null;
    /** Why it is out of order; null where it is not. */
    readonly odd: string | null;
  }[];
  readonly attempts: readonly {
    readonly entry: AttemptEntry;
    readonly headers: Headers;
    readonly body: string;
  }[];
  readonly waitsFor: readonly string[];
  readonly qr: string | null;
}

const MOST_ROWS = 500;
/** In UTF-16 units. */
const LONGEST_BODY = 256 * 1024;
const LONGEST_ANSWER = 16 * 1024;
const MOST_ATTEMPTS = 20;
const MOST_MOMENTS = 100;

type Read = Pick<
  History,
  'list' | 'event' | 'find' | 'attempts' | 'waitingTargets' | 'aboutMessage'
>;

/** A page. Throws `no_such_event` when the event that it begins at is not kept any more. */
export async function pageOf(history: Read, request: PageRequest): Promise<EventPage> {
  const { events, only, search, before, after } = request;
  const limit = Math.min(Math.max(1, request.limit), MOST_ROWS);
  const seqs = history.list({
    ...(events.length > 0 && { events }),
    ...(only === 'failed' && { failed: true }),
    ...(only === 'waiting' && { waiting: true }),
    ...(search !== '' && { search }),
    ...(before !== undefined && { before: findEvent(history, before) }),
    ...(after !== undefined && { after: findEvent(history, after).seq }),
    // One more than asked for: then there are more.
    limit: limit + 1,
  });
  const page = seqs.slice(0, limit);
  if (after === undefined) page.reverse();
  const rows: EventPage['rows'][number][] = [];
  for await (const stored of eventsOf(history, page)) rows.push(rowOf(history, stored));
  return { rows, isMore: seqs.length > limit };
}

/** Bodies may be large, and requests come in meanwhile: after so many bytes it is their turn. */
const SLICE = 256 * 1024;

/** The events with these `seq`s that are still kept, one after the other. */
async function* eventsOf(history: Read, seqs: readonly number[]): AsyncGenerator<StoredEvent> {
  let bytes = 0;
  for (const seq of seqs) {
    const stored = history.event(seq);
    if (stored === null) continue;
    bytes += stored.body.length;
    yield stored;
    if (bytes < SLICE) continue;
    bytes = 0;
    await setImmediate();
  }
}

function rowOf(history: Read, stored: StoredEvent): EventPage['rows'][number] {
  const last = new Map<string, StoredAttempt>();
  for (const attempt of history.attempts(stored.seq)) last.set(attempt.target, attempt);
  return {
    event: withoutBody(stored),
    attempts: [...last.values()].map((attempt) => attemptEntryOf(stored.id, attempt)),
    waits: history.waitingTargets(stored.seq).length > 0,
  };
}

function withoutBody(stored: StoredEvent): EventEntry {
  return eventEntryOf(stored, 'none');
}

/** All of one event. Throws `no_such_event` when it is not kept any more. */
export async function detailOf(history: Read, id: string): Promise<EventDetail> {
  const stored = findEvent(history, id);
  const webhook = readWebhook(stored.body);
  const isWebhook = !('reason' in webhook);
  const body = isWebhook
    ? (JSON.stringify(elide(webhook.body), null, 2) ?? '')
    : Buffer.from(stored.body).toString();
  const attempts = history.attempts(stored.seq).slice(-MOST_ATTEMPTS);
  return {
    event: withoutBody(stored),
    headers: shownHeaders(stored.headers),
    body: body.slice(0, LONGEST_BODY),
    isCut: body.length > LONGEST_BODY || stored.bodyDropped === true,
    facts: isWebhook ? factsOf(webhook) : [],
    timeline: await timelineOf(history, stored),
    attempts: attempts.map((attempt) => ({
      entry: attemptEntryOf(stored.id, attempt),
      headers: shownHeaders(attempt.responseHeaders),
      body: Buffer.from(attempt.responseBody).toString().slice(0, LONGEST_ANSWER),
    })),
    waitsFor: history.waitingTargets(stored.seq).map((url) => maskUrl(url)),
    qr: isWebhook && stored.event === 'qr' ? textIn(webhook.data.qr) : null,
  };
}

/** Events that a message begins with: all others come after one of them. */
const BEGINS: ReadonlySet<string> = new Set(['message', 'message_create', 'media_uploaded']);

async function timelineOf(
  history: Read,
  { messageId }: StoredEvent,
): Promise<EventDetail['timeline']> {
  if (messageId === null) return [];
  const seqs = history.aboutMessage(messageId, MOST_MOMENTS);
  const about: EventDetail['timeline'][number][] = [];
  for await (const { id, at, event, ack, ...stored } of eventsOf(history, seqs)) {
    const { summary } = withoutBody({ id, at, event, ack, ...stored });
    about.push({ id, at: new Date(at).toISOString(), event, summary, ack, odd: null });
  }
  const begins = about.some(({ event }) => BEGINS.has(event));
  let hasBegun = false;
  let highest = Number.NEGATIVE_INFINITY;
  return about.map((moment) => {
    const { event, ack } = moment;
    hasBegun ||= BEGINS.has(event);
    const odd =
      ack !== null && ack >= 0 && ack < highest
        ? `after it was ${ACKS[highest] ?? highest} already`
        : begins && !hasBegun
          ? 'before the message itself'
          : null;
    if (event !== 'message_ack') return { ...moment, ack: null, odd };
    highest = Math.max(highest, ack ?? highest);
    return { ...moment, odd };
  });
}
