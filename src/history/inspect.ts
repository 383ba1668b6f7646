/** What a view reads from a listener's history: a page of the list, and the details of one event. */

import { setImmediate } from 'node:timers/promises';
import { answerText, readable } from '../eazewa/content-encoding.ts';
import { ACKS, factsOf, messageText } from '../eazewa/facts.ts';
import { elide, textIn } from '../eazewa/json.ts';
import { readWebhook } from '../eazewa/webhook.ts';
import type { Detail, Page, PageOf } from '../feed/pages.ts';
import { attemptEntryOf, eventEntryOf, outcomesIn } from './entries.ts';
import { findEvent, findHead } from './find.ts';
import { shownHeaders } from './headers.ts';
import type { EventHead, History, StoredEvent } from './history.ts';
import { type ForwardWindow, targetsOf } from './outcome.ts';

const MOST_ROWS = 500;
/** The bounds of a detail: texts in UTF-16 units. */
const WHOLE = { body: 256 * 1024, answer: 16 * 1024, attempts: 20, moments: 100 };
/** The bounds of a brief detail, which is read for each event that is selected. */
const BRIEF = { body: 16 * 1024, answer: 4 * 1024, attempts: 5, moments: 30 };
/** A brief detail has nothing of a body of more bytes: parsing it would hold up the next requests. */
const LARGEST_BRIEF = 512 * 1024;

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
export async function pageOf(history: Read, request: PageOf, window: ForwardWindow): Promise<Page> {
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
  const rows: Page['rows'][number][] = [];
  for await (const head of headsOf(history, page)) rows.push(rowOf(history, head, window));
  return { rows, isMore: seqs.length > limit };
}

/** Requests to the receiver get a turn after this many bytes: the row of an older file reads its body. */
const SLICE = 256 * 1024;
/** How many bytes a row counts for where its body is not read. */
const ROW = 2 * 1024;

/** The events with these `seq`s that are still stored, one after the other. */
async function* headsOf(history: Read, seqs: readonly number[]): AsyncGenerator<EventHead> {
  let bytes = 0;
  for (const seq of seqs) {
    const head = history.head(seq);
    if (head === null) continue;
    bytes += head.size + ROW;
    yield head;
    if (bytes < SLICE) continue;
    bytes = 0;
    await setImmediate();
  }
}

function rowOf(history: Read, head: EventHead, window: ForwardWindow): Page['rows'][number] {
  const attempts = history.lastAttempts(head.seq);
  const waiting = history.waitingTargets(head.seq);
  return {
    event: eventEntryOf(head, targetsOf({ ...head, waiting, attempts }, window)),
    attempts: attempts.map((attempt) => attemptEntryOf(head.id, attempt)),
  };
}

/**
 * All of one event, cut to bounds: with `isBrief` to those of a preview. `window` is the listener's.
 * Throws `no_such_event` when the event is gone.
 */
export async function detailOf(
  history: Read,
  id: string,
  window: ForwardWindow,
  isBrief = false,
): Promise<Detail> {
  const most = isBrief ? BRIEF : WHOLE;
  const head = findHead(history, id);
  const stored = isBrief && head.size > LARGEST_BRIEF ? withoutBody(head) : findEvent(history, id);
  const bytes = readable(stored.headers, stored.body);
  const webhook = readWebhook(bytes);
  const isWebhook = !('reason' in webhook);
  const body = isWebhook
    ? (JSON.stringify(elide(webhook.body), null, 2) ?? '')
    : Buffer.from(bytes).toString();
  const attempts = history.attempts(stored.seq).slice(-most.attempts);
  return {
    event: eventEntryOf(stored, outcomesIn(history, stored, window)),
    headers: shownHeaders(stored.headers),
    body: body.slice(0, most.body),
    isCut: body.length > most.body || stored.bodyDropped === true,
    text: isWebhook ? messageText(webhook) : null,
    facts: isWebhook ? factsOf(webhook) : [],
    timeline: await timelineOf(history, stored, most.moments),
    attempts: attempts.map((attempt) => ({
      entry: attemptEntryOf(stored.id, attempt),
      headers: shownHeaders(attempt.responseHeaders),
      body: answerText(attempt.responseHeaders, attempt.responseBody).slice(0, most.answer),
    })),
    qr: isWebhook && stored.event === 'qr' ? textIn(webhook.data.qr) : null,
  };
}

function withoutBody(head: EventHead): StoredEvent {
  return { ...head, headers: [], body: Buffer.of(), bodyDropped: true };
}

/** Events that begin a message's timeline: all others come after one of them. */
const BEGINS: ReadonlySet<string> = new Set(['message', 'message_create', 'media_uploaded']);

async function timelineOf(
  history: Read,
  { messageId }: EventHead,
  most: number,
): Promise<Detail['timeline']> {
  if (messageId === null) return [];
  const seqs = history.aboutMessage(messageId, most);
  const about: Detail['timeline'][number][] = [];
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
