/** History: the contract of what keeps events and attempts, and the shapes it takes and gives. */

/** Why this event is here. `live`: the vendor sent it; `replay`: a fixture; `recovered`: asked for afterwards. */
export type Origin = 'live' | 'replay' | 'recovered';

/** Header names and values in turn, in the order and case they came in: `['Host', 'x', 'Accept', 'y']`. */
export type RawHeaders = readonly string[];

/** What an event says about earlier ones and about the vendor's shapes. Never changes what is forwarded. */
export interface Marks {
  readonly duplicateOf: string | null;
  readonly repeats: string | null;
  readonly ackWentBack: boolean;
  readonly issues: readonly string[];
}

/** An event as it is handed to history. */
export interface NewEvent extends Marks {
  /** `evt_` and 16 random characters. */
  readonly id: string;
  /** When it was received, in ms since 1970. */
  readonly at: number;
  /** The vendor's name for it. */
  readonly event: string;
  readonly origin: Origin;
  /** The chat it belongs to (a jid), or null. Events of one chat stay in order. */
  readonly chat: string | null;
  /** `_serialized` of the message it is about, or null. */
  readonly messageId: string | null;
  readonly ack: number | null;
  readonly headers: RawHeaders;
  /** The exact bytes. */
  readonly body: Uint8Array;
  /** Targets that must still get it: they are waited for until an attempt on each is kept. */
  readonly waitFor: readonly string[];
}

/** An event as history gives it back. `seq` orders events as they were accepted. */
export interface StoredEvent extends Omit<NewEvent, 'waitFor'> {
  readonly seq: number;
  /** There when the body was too large to keep for long: `body` is empty now. */
  readonly bodyDropped?: true;
}

/** What an event is about, without its body. */
export type About = Pick<StoredEvent, 'id' | 'event' | 'messageId' | 'ack'>;

/** One POST of an event to a target, over. */
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
  /** The first bytes of the answer (bounded by who makes the attempt). */
  readonly responseBody: Uint8Array;
}

/** An attempt as history gives it back; `number` counts the attempts of its event on its target from 1. */
export interface StoredAttempt extends NewAttempt {
  readonly number: number;
}

/** An event that a target has not had yet. */
export interface Waiting {
  readonly seq: number;
  readonly chat: string | null;
  readonly at: number;
}

/** Which events to list. All that are given must hold. */
export interface EventQuery {
  /** With an attempt that failed (no response, or not 2xx) and none on the same target that succeeded later. */
  readonly failed?: boolean;
  /** That some target has not had yet. */
  readonly waiting?: boolean;
  /** Names of events. */
  readonly events?: readonly string[];
  /** From this time on, in ms since 1970. */
  readonly since?: number;
  /** Before this time, in ms since 1970. */
  readonly until?: number;
  /** Words that must all stand in its summary or text. */
  readonly search?: string;
  /** Only events accepted after this `seq`; turns the order to oldest first. */
  readonly after?: number;
  /** Only those that come after this event in the order of the list: the next page. Not with `after`. */
  readonly before?: Pick<StoredEvent, 'at' | 'seq'>;
  /** At most so many; the newest ones unless `after` is given. */
  readonly limit?: number;
}

/** What has to be kept in one transaction. */
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
 * Events and attempts, kept. All calls are synchronous and short.
 * `commit` is one transaction: all of the batch or nothing. It throws {@link HistoryBusyError} when
 * another process holds the file, any other error when it cannot be written (disk full, or too much waiting).
 */
export interface History {
  commit(batch: Batch): Committed;
  /** Events that `target` has not had, oldest first: `seq` above `after`, received at or after `since` (ms). */
  waiting(target: string, after: number, since: number, limit: number): Waiting[];
  /** How many (event, target) pairs wait, received before `before` (ms) or, without it, in all. */
  countWaiting(before?: number): number;
  event(seq: number): StoredEvent | null;
  /** Up to `limit` events whose id begins with `prefix`. */
  find(prefix: string, limit: number): StoredEvent[];

  /**
   * The `seq`s of the events that a query means, newest first by time of receipt unless `after` is
   * given. Not the events: a body may have 64 MiB, and who lists them needs one at a time.
   */
  list(query: EventQuery): number[];
  /** What the newest `limit` events were about, newest first. */
  recent(limit: number): About[];
  /**
   * Which of these message ids a `message` or `message_create` received at or after `since` (ms) was
   * about. It reads all of those: meant for a time that is not long past.
   */
  messagesStored(ids: readonly string[], since: number): Set<string>;
  /**
   * The `seq`s of the newest `limit` events about a message (its `_serialized` id), oldest first. It
   * looks at a bounded number of candidates: of a message of long ago some may be missed.
   */
  aboutMessage(messageId: string, limit: number): number[];
  attempts(eventSeq: number): StoredAttempt[];
  /** Targets that have not had this event. */
  waitingTargets(eventSeq: number): string[];
  /** The highest `seq` there is, 0 when empty. */
  lastSeq(): number;
  /** Does a bounded piece of upkeep (retention, search index); true when more is left to do. `now`: ms since 1970. */
  maintain(now: number): boolean;
  close(): void;
}
