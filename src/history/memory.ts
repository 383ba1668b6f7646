/** History in memory, for `--no-history`: the same interface, bounded, gone when the process ends. */

import { readable } from '../eazewa/content-encoding.ts';
import { searchText } from '../eazewa/summary.ts';
import { queryWords, wordsOf } from '../platform/folded-text.ts';
import type {
  AttemptHead,
  Batch,
  Committed,
  EventQuery,
  History,
  NewAttempt,
  NewEvent,
  StoredAttempt,
  StoredEvent,
} from './history.ts';
import { outcomeOfAttempt } from './outcome.ts';
import { hasWords } from './words.ts';

export interface MemoryLimits {
  readonly maxEvents: number;
  /** The sum of bodies and of answers, in bytes. */
  readonly maxBytes: number;
}

const MESSAGES: ReadonlySet<string> = new Set(['message', 'message_create']);
const DEFAULT_LIMITS: MemoryLimits = { maxEvents: 10_000, maxBytes: 256 * 1024 * 1024 };

interface Entry {
  readonly event: StoredEvent;
  readonly waitFor: Set<string>;
  readonly attempts: StoredAttempt[];
  /** Of its body and of the answers to it, in bytes. */
  size: number;
}

/**
 * Makes an empty history. When it is full, the oldest event that waits for nothing is removed; when
 * all of them wait, `commit` throws: the caller must not acknowledge what is not stored.
 */
export function createMemoryHistory(limits: Partial<MemoryLimits> = {}): History {
  const { maxEvents, maxBytes } = { ...DEFAULT_LIMITS, ...limits };
  const entries = new Map<number, Entry>();
  /** Events that wait for some target, in their order. */
  const waiting = new Set<number>();
  let bytes = 0;
  let last = 0;
  let forwardsAfter = 0;

  const commit = ({ events, attempts }: Batch): Committed => {
    makeRoom(events);
    return { seqs: events.map(storeEvent), numbers: attempts.map(storeAttempt) };
  };

  /** Makes room for all events of a batch, or throws and removes nothing. */
  const makeRoom = (events: readonly NewEvent[]) => {
    let tooMany = entries.size + events.length - maxEvents;
    let tooMuch = bytes + sizeOf(events) - maxBytes;
    const leaving: number[] = [];
    for (const [seq, { size }] of entries) {
      if (tooMany <= 0 && tooMuch <= 0) break;
      if (waiting.has(seq)) continue;
      leaving.push(seq);
      tooMany--;
      tooMuch -= size;
    }
    if (tooMany > 0 || tooMuch > 0) {
      throw new Error('the history in memory is full of events that wait for a target');
    }
    for (const seq of leaving) remove(seq);
  };

  const remove = (seq: number) => {
    bytes -= entries.get(seq)?.size ?? 0;
    entries.delete(seq);
  };

  const storeEvent = ({ waitFor, ...event }: NewEvent): number => {
    last++;
    const size = event.body.length;
    bytes += size;
    const stored = { ...event, seq: last, size };
    entries.set(last, { event: stored, waitFor: new Set(waitFor), attempts: [], size });
    if (waitFor.length > 0) waiting.add(last);
    return last;
  };

  const storeAttempt = (attempt: NewAttempt): number => {
    const entry = entries.get(attempt.eventSeq);
    if (entry === undefined) return 1;
    const number = countOn(entry, attempt.target) + 1;
    entry.attempts.push({ ...attempt, number });
    entry.size += attempt.responseBody.length;
    bytes += attempt.responseBody.length;
    entry.waitFor.delete(attempt.target);
    if (entry.waitFor.size === 0) waiting.delete(attempt.eventSeq);
    return number;
  };

  const waitingEntries = () =>
    [...waiting].map((seq) => entries.get(seq)).filter((entry) => entry !== undefined);

  const stopWaiting = (seqs: readonly number[]) => {
    for (const seq of seqs) {
      entries.get(seq)?.waitFor.clear();
      waiting.delete(seq);
    }
  };

  const list = (query: EventQuery): number[] => {
    const { after, limit = Number.MAX_SAFE_INTEGER } = query;
    const matches = matcher(query);
    const found = [...entries.values()].filter(matches).map(({ event }) => event);
    if (after === undefined) found.sort((a, b) => b.at - a.at || b.seq - a.seq);
    return found.slice(0, limit).map(({ seq }) => seq);
  };

  return {
    commit,
    waiting: (target, after, since, limit) =>
      waitingEntries()
        .filter(({ event, waitFor }) => {
          return waitFor.has(target) && event.seq > after && event.at >= since;
        })
        .slice(0, limit)
        .map(({ event: { seq, chat, at } }) => ({ seq, chat, at })),
    countWaiting: ({ after = 0, since = 0, before = Number.MAX_SAFE_INTEGER } = {}) =>
      waitingEntries().filter(({ event: { seq, at } }) => seq > after && at >= since && at < before)
        .length,
    startForwarding() {
      for (const { event, attempts } of waitingEntries()) {
        if (attempts.some(({ replay }) => replay)) stopWaiting([event.seq]);
      }
      forwardsAfter = last;
      return last;
    },
    forwardsAfter: () => forwardsAfter,
    event: (seq) => entries.get(seq)?.event ?? null,
    head: (seq) => entries.get(seq)?.event ?? null,
    find: (prefix, limit) =>
      [...entries.values()]
        .map(({ event }) => event)
        .filter(({ id }) => id.startsWith(prefix))
        .slice(0, limit),
    list,
    recent: (limit) =>
      [...entries.values()]
        .slice(-limit)
        .reverse()
        .map(({ event: { id, event, messageId, ack } }) => ({ id, event, messageId, ack })),
    messagesStored(ids, since) {
      const asked = new Set<string | null>(ids);
      const found = [...entries.values()]
        .map(({ event }) => event)
        .filter(({ event, at, messageId }) => {
          return MESSAGES.has(event) && at >= since && asked.has(messageId);
        });
      return new Set(found.flatMap(({ messageId }) => messageId ?? []));
    },
    aboutMessage: (messageId, limit) =>
      [...entries.values()]
        .filter(({ event }) => event.messageId === messageId)
        .slice(-limit)
        .map(({ event }) => event.seq),
    attempts: (eventSeq) => [...(entries.get(eventSeq)?.attempts ?? [])],
    lastAttempts: (eventSeq) => lastOf(entries.get(eventSeq)?.attempts ?? []),
    attemptCount: (eventSeq, target) => {
      const entry = entries.get(eventSeq);
      return entry === undefined ? 0 : countOn(entry, target);
    },
    waitingTargets: (eventSeq) => [...(entries.get(eventSeq)?.waitFor ?? [])].sort(),
    stopWaiting,
    lastSeq: () => last,
    // Nothing to do: each commit bounds this history, and a search reads all of it.
    maintain: () => false,
    close: () => entries.clear(),
  };
}

function matcher(query: EventQuery): (entry: Entry) => boolean {
  const { events, since = 0, until = Number.MAX_SAFE_INTEGER, after = 0 } = query;
  const words = query.search === undefined ? null : queryWords(query.search);
  const { before } = query;
  return ({ event, waitFor, attempts }) =>
    event.seq > after &&
    (before === undefined ||
      event.at < before.at ||
      (event.at === before.at && event.seq < before.seq)) &&
    event.at >= since &&
    event.at < until &&
    (events === undefined || events.includes(event.event)) &&
    (!query.waiting || waitFor.size > 0) &&
    (!query.failed || lastOf(attempts).some((last) => outcomeOfAttempt(last) === 'failed')) &&
    (words === null || found(event, words));
}

function found(event: StoredEvent, words: readonly string[]): boolean {
  return (
    words.length > 0 &&
    hasWords(wordsOf(searchText(event.summary, readable(event.headers, event.body))), words)
  );
}

/** The last attempt on each target, in the order of the attempts. */
function lastOf(attempts: readonly StoredAttempt[]): AttemptHead[] {
  const last = new Map(attempts.map((attempt) => [attempt.target, attempt]));
  return attempts.filter((attempt) => last.get(attempt.target) === attempt);
}

function countOn({ attempts }: Entry, target: string): number {
  return attempts.filter((attempt) => attempt.target === target).length;
}

function sizeOf(events: readonly NewEvent[]): number {
  return events.reduce((sum, { body }) => sum + body.length, 0);
}
