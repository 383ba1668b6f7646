/** History: the interface to stored events and attempts, and the shapes it takes and returns. */

import type { Signature } from '../eazewa/signature.ts';
import type { Summary } from '../eazewa/summary.ts';
import type { RawHeaders } from '../platform/raw-headers.ts';

/** `live`: the vendor sent it; `replay`: a replay made it; `recovered`: the API told of it after an outage. */
export type Origin = 'live' | 'replay' | 'recovered';

/** How an event relates to earlier ones and to the vendor's documented shapes. Never changes what is forwarded. */
export interface Marks {
  readonly duplicateOf: string | null;
  readonly repeats: string | null;
  readonly ackWentBack: boolean;
  readonly issues: readonly string[];
}

/** An event to store. */
export interface NewEvent extends Marks {
  /** `evt_` and 16 random characters. */
  readonly id: string;
  /** When it was received, in ms since 1970. */
  readonly at: number;
  /** The vendor's name for it. */
  readonly event: string;
  /** The instance that the body names; null where it names none. */
  readonly instanceId: string | null;
  readonly origin: Origin;
  /** The chat it belongs to (a jid), or null. Events of one chat stay in order. */
  readonly chat: string | null;
  /** `_serialized` of the message it is about, or null. */
  readonly messageId: string | null;
  readonly ack: number | null;
  /** One line for people, safe for a terminal. */
  readonly summary: string;
  /** Absent where no secret was known, and of an event that did not arrive as a request. */
  readonly signature?: Signature;
  /** The same for the columns of a list, safe too; an event of an older version has its summary as `text`. */
  readonly columns: Pick<Summary, 'text' | 'direction' | 'name'>;
  readonly headers: RawHeaders;
  /** The exact bytes. */
  readonly body: Uint8Array;
  /** Targets that must still get it: each waits until an attempt on it is stored. */
  readonly waitFor: readonly string[];
  /** Targets that a filter excluded, and which filter. */
  readonly skipped: readonly Skipped[];
}

/** A target that does not get an event, and the filter that excludes it. */
export interface Skipped {
  readonly url: string;
  readonly reason: string;
}

/** A stored event without its headers and body: reading it touches no page of the body. */
export interface EventHead extends Omit<NewEvent, 'waitFor' | 'headers' | 'body'> {
  /** Orders events as they were accepted. */
  readonly seq: number;
  /** Size of the received body, in bytes. */
  readonly size: number;
}

/** A stored event. */
export interface StoredEvent extends EventHead, Pick<NewEvent, 'headers' | 'body'> {
  /** Present when retention has emptied a large body: `body` is empty then. */
  readonly bodyDropped?: true;
}

/** What an event is about, without its body. */
export type About = Pick<StoredEvent, 'id' | 'event' | 'messageId' | 'ack'>;

/** A finished POST of an event to a target. */
export interface NewAttempt {
  readonly eventSeq: number;
  readonly target: string;
  readonly replay: boolean;
  /** When it began, in ms since 1970. */
  readonly at: number;
  /** Null when no response came. */
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
  readonly responseHeaders: RawHeaders;
  /** The first bytes of the answer, bounded by the caller. */
  readonly responseBody: Uint8Array;
}

/** A stored attempt; `number` counts the attempts of its event on its target from 1. */
export interface StoredAttempt extends NewAttempt {
  readonly number: number;
}

/** A stored attempt without the answer's headers and body. */
export type AttemptHead = Omit<StoredAttempt, 'responseHeaders' | 'responseBody'>;

/** An event that waits for a target: no attempt at that target is stored yet. */
export interface Waiting {
  readonly seq: number;
  readonly chat: string | null;
  readonly at: number;
}

/** Which waiting events to count. All bounds that are given must hold. */
export interface WaitingRange {
  /** Only events after this `seq`. */
  readonly after?: number;
  /** Received at or after this time, in ms since 1970. */
  readonly since?: number;
  /** Received before this time, in ms since 1970. */
  readonly before?: number;
}

/** Which events to list. All that are given must hold. */
export interface EventQuery {
  /** Failed at some target (`history/outcome.ts`). */
  readonly failed?: boolean;
  /** Waiting or held at some target. */
  readonly waiting?: boolean;
  /** Names of events. */
  readonly events?: readonly string[];
  /** From this time on, in ms since 1970. */
  readonly since?: number;
  /** Before this time, in ms since 1970. */
  readonly until?: number;
  /** Words that must all be in its summary or text, whole or as parts of words (`words.ts`). */
  readonly search?: string;
  /** Only events accepted after this `seq`; turns the order to oldest first. */
  readonly after?: number;
  /** Only those that come after this event in the order of the list: the next page. Not with `after`. */
  readonly before?: Pick<StoredEvent, 'at' | 'seq'>;
  /** At most so many; the newest ones unless `after` is given. */
  readonly limit?: number;
}

/** What is stored in one transaction. */
export interface Batch {
  readonly events: readonly NewEvent[];
  readonly attempts: readonly NewAttempt[];
}

/** What a commit gave its members, in the order of the batch. */
export interface Committed {
  /** The `seq` of each event. */
  readonly seqs: readonly number[];
  /** The `number` of each attempt. */
  readonly numbers: readonly number[];
}

/** Another process is writing at this moment: try again shortly. */
export class HistoryBusyError extends Error {
  override readonly name = 'HistoryBusyError';
}

/**
 * Stored events and attempts. All calls are synchronous and short.
 * `commit` is one transaction: all of the batch or nothing. It throws {@link HistoryBusyError} when
 * another process holds the file, any other error when it cannot write (disk full, or too many events wait).
 */
export interface History {
  commit(batch: Batch): Committed;
  /** Events that wait for `target`, oldest first: `seq` above `after`, received at or after `since` (ms). */
  waiting(target: string, after: number, since: number, limit: number): Waiting[];
  /** How many events wait for at least one target; all of them without a range. */
  countWaiting(range?: WaitingRange): number;
  /**
   * Marks the start of a listener, which forwards only events after the returned `seq`. Earlier events
   * that a person has replayed meanwhile, to whatever target, wait no more.
   * Other processes read the same number with {@link forwardsAfter}.
   */
  startForwarding(): number;
  /** What the last {@link startForwarding} of any process returned; 0 before the first. */
  forwardsAfter(): number;
  event(seq: number): StoredEvent | null;
  head(seq: number): EventHead | null;
  /** Up to `limit` events whose id begins with `prefix`. */
  find(prefix: string, limit: number): EventHead[];

  /** The `seq`s of the events that a query means, newest first by time of receipt unless `after` is given. */
  list(query: EventQuery): number[];
  /** What the newest `limit` events were about, newest first. */
  recent(limit: number): About[];
  /**
   * Which of these message ids a `message` or `message_create` received at or after `since` (ms) was
   * about. Reads every event since then: use it for short times only.
   */
  messagesStored(ids: readonly string[], since: number): Set<string>;
  /**
   * The `seq`s of the newest `limit` events about a message (its `_serialized` id), oldest first.
   * Looks at a bounded number of candidates: events of long ago may be missing.
   */
  aboutMessage(messageId: string, limit: number): number[];
  /** All attempts of an event, oldest first. */
  attempts(eventSeq: number): StoredAttempt[];
  /** The last attempt on each target, oldest first, without answers. */
  lastAttempts(eventSeq: number): AttemptHead[];
  /** How many attempts of an event a target has had. */
  attemptCount(eventSeq: number, target: string): number;
  /** Targets that this event waits for. */
  waitingTargets(eventSeq: number): string[];
  /** These events wait for no target any more; nothing else about them changes. One transaction. */
  stopWaiting(seqs: readonly number[]): void;
  /** The highest `seq` there is, 0 when empty. */
  lastSeq(): number;
  /** Does a bounded piece of upkeep (retention, search index); true when more is left. `now`: ms since 1970. */
  maintain(now: number): boolean;
  close(): void;
}
