/** What a view reads from a listener's history: a page of the list, and the details of one event. */

import { setImmediate } from 'node:timers/promises';
import { ACKS, type Fact, factsOf } from '../eazewa/facts.ts';
import { elide, textIn } from '../eazewa/json.ts';
import { readWebhook } from '../eazewa/webhook.ts';
import type { AttemptEntry, EventEntry } from '../feed/feed.ts';
import { attemptEntryOf, eventEntryOf, outcomesIn } from './entries.ts';
import { findEvent, findHead } from './find.ts';
import { shownHeaders } from './headers.ts';
import type { EventHead, History } from './history.ts';
import { type ForwardWindow, targetsOf } from './outcome.ts';

// Views have types of their own for these shapes: no folder below them may import theirs.
// commands/listen/tui-actions.ts joins the two, and the compiler checks that they fit.

/** Which events, and which piece of them: the newest, those before an event, or those after one. */
export interface PageRequest {
  /** Names; empty for all. */
  readonly events: readonly string[];
  readonly only: 'all' | 'failed' | 'waiting';
  readonly search: string;
  /** Only events older than the one with this id. */
  readonly before?: string;
  /** Only events received after the one with this id. */
  readonly after?: string;
  readonly limit: number;
}

/** Events of a page, oldest first. */
export interface EventPage {
  readonly rows: readonly {
    readonly event: EventEntry;
    /** The last attempt on each target. */
    readonly attempts: readonly AttemptEntry[];
  }[];
  /** There are more events in that direction. */
  readonly isMore: boolean;
}

/** Names and values; those of secret headers are `***`. */
type Headers = readonly { readonly name: string; readonly value: string }[];

/** One event. Texts are as received: whoever shows them makes them safe. */
export interface EventDetail {
  readonly event: EventEntry;
  readonly headers: Headers;
  /** JSON with two spaces and base64 elided, else the body's text; cut to a bound. */
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
  | 'list'
  | 'event'
  | 'head'
  | 'find'
  | 'attempts'
  | 'lastAttempts'
  | 'waitingTargets'
  | 'aboutMessage'
>;

/** A page. `window` is the listener's. Throws `no_such_event` when the event that it begins at is gone. */
export async function pageOf(
  history: Read,
  request: PageRequest,
  window: ForwardWindow,
): Promise<EventPage> {
  const { events, only, search, before, after } = request;
  const limit = Math.min(Math.max(1, request.limit), MOST_ROWS);
  const seqs = history.list({
    ...(events.length > 0 && { events }),
    ...(only === 'failed' && { failed: true }),
    ...(only === 'waiting' && { waiting: true }),
    ...(search !== '' && { search }),
    ...(before !== undefined && { before: findHead(history, before) }),
    ...(after !== undefined && { after: findHead(history, after).seq }),
    // One more than asked for tells whether there are more.
    limit: limit + 1,
  });
  const page = seqs.slice(0, limit);
  if (after === undefined) page.reverse();
  const rows: EventPage['rows'][number][] = [];
  for await (const head of headsOf(history, page)) rows.push(rowOf(history, head, window));
  return { rows, isMore: seqs.length > limit };
}

/** Requests to the receiver get a turn after this many rows. */
const SLICE = 100;

/** The events with these `seq`s that are still stored, one after the other. */
async function* headsOf(history: Read, seqs: readonly number[]): AsyncGenerator<EventHead> {
  for (const [index, seq] of seqs.entries()) {
    if (index % SLICE === SLICE - 1) await setImmediate();
    const head = history.head(seq);
    if (head !== null) yield head;
  }
}

function rowOf(history: Read, head: EventHead, window: ForwardWindow): EventPage['rows'][number] {
  const attempts = history.lastAttempts(head.seq);
  const waiting = history.waitingTargets(head.seq);
  return {
    event: eventEntryOf(head, targetsOf({ ...head, waiting, attempts }, window)),
    attempts: attempts.map((attempt) => attemptEntryOf(head.id, attempt)),
  };
}

/** All of one event. `window` is the listener's. Throws `no_such_event` when the event is gone. */
export async function detailOf(
  history: Read,
  id: string,
  window: ForwardWindow,
): Promise<EventDetail> {
  const stored = findEvent(history, id);
  const webhook = readWebhook(stored.body);
  const isWebhook = !('reason' in webhook);
  const body = isWebhook
    ? (JSON.stringify(elide(webhook.body), null, 2) ?? '')
    : Buffer.from(stored.body).toString();
  const attempts = history.attempts(stored.seq).slice(-MOST_ATTEMPTS);
  return {
    event: eventEntryOf(stored, outcomesIn(history, stored, window)),
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
    qr: isWebhook && stored.event === 'qr' ? textIn(webhook.data.qr) : null,
  };
}

/** Events that begin a message's timeline: all others come after one of them. */
const BEGINS: ReadonlySet<string> = new Set(['message', 'message_create', 'media_uploaded']);

async function timelineOf(
  history: Read,
  { messageId }: EventHead,
): Promise<EventDetail['timeline']> {
  if (messageId === null) return [];
  const seqs = history.aboutMessage(messageId, MOST_MOMENTS);
  const about: EventDetail['timeline'][number][] = [];
  for await (const { id, at, event, ack, summary } of headsOf(history, seqs)) {
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
