/** Events and attempts to database rows and back. */

import { SIGNATURES, type Signature } from '../eazewa/signature.ts';
import { type Direction, type Summary, summarize } from '../eazewa/summary.ts';
import { readWebhook } from '../eazewa/webhook.ts';
import { messageOf } from '../errors.ts';
import { HistoryDamagedError } from './damage.ts';
import type { Row, Value } from './driver.ts';
import type {
  About,
  AttemptHead,
  EventHead,
  NewAttempt,
  NewEvent,
  Origin,
  StoredAttempt,
  StoredEvent,
} from './history.ts';

/** Inserts an event: bind {@link eventValues}. The body is last, so that reading the rest skips its pages. */
export const INSERT_EVENT = `
  INSERT INTO events (generation, id, at, event, origin, chat, message_id, ack, duplicate_of, repeats,
    ack_went_back, issues, size, instance_id, summary, skipped, headers, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The values of an event's row, in the order of {@link INSERT_EVENT}. */
export function eventValues(generation: number, event: NewEvent): Value[] {
  return [
    generation,
    event.id,
    event.at,
    event.event,
    event.origin,
    event.chat,
    event.messageId,
    event.ack,
    event.duplicateOf,
    event.repeats,
    event.ackWentBack ? 1 : 0,
    event.issues.length === 0 ? null : JSON.stringify(event.issues),
    event.body.length,
    event.instanceId,
    summaryColumn(event),
    event.skipped.length === 0 ? null : JSON.stringify(event.skipped),
    JSON.stringify(event.headers),
    event.body,
  ];
}

const SIGNATURE_COLUMN = '(SELECT state FROM signatures WHERE event_seq = seq) AS signature';

/** The columns that {@link toHead} needs: all that come before headers and body. */
export const HEAD_COLUMNS = `seq, id, at, event, origin, chat, message_id, ack, duplicate_of, repeats,
  ack_went_back, issues, size, instance_id, summary, skipped, ${SIGNATURE_COLUMN}`;

/** The columns that {@link toEvent} needs. */
export const EVENT_COLUMNS = `events.*, ${SIGNATURE_COLUMN}`;

/** An event without headers and body, of a row with {@link HEAD_COLUMNS}. */
export function toHead(row: Row): EventHead {
  return {
    ...toAbout(row),
    seq: Number(row.seq),
    at: Number(row.at),
    origin: row.origin as Origin,
    chat: row.chat as string | null,
    duplicateOf: row.duplicate_of as string | null,
    repeats: row.repeats as string | null,
    ackWentBack: row.ack_went_back === 1,
    issues: row.issues === null ? [] : parsed(row.issues),
    size: Number(row.size),
    instanceId: row.instance_id as string | null,
    ...readSummary(String(row.summary ?? '')),
    skipped: row.skipped === null ? [] : parsed(row.skipped),
    ...toSignature(row),
  };
}

/** The signature of a row; absent without one, and for a word that this program does not know. */
function toSignature(row: Row): { signature?: Signature } {
  const signature = SIGNATURES.find((state) => state === row.signature);
  return signature === undefined ? {} : { signature };
}

/** An event of a row with {@link EVENT_COLUMNS}. */
export function toEvent(row: Row): StoredEvent {
  return {
    ...toHead(row),
    ...toSummary(row),
    headers: toHeaders(row.headers),
    body: toBody(row.body),
    ...(row.body === null && { bodyDropped: true }),
  };
}

/** What an event stores of a {@link Summary}. */
type StoredSummary = Pick<EventHead, 'summary' | 'columns'>;

/** A summary as an event has it. */
export function storedSummary({ summary, ...columns }: Summary): StoredSummary {
  return { summary, columns };
}

/**
 * The column `summary`: summary, direction, name and text, a line each. Safe texts have no line ends.
 * New columns would come after the body: reading one would touch all of the body's pages.
 */
function summaryColumn({ summary, columns: { direction, name, text } }: StoredSummary): string {
  return [summary, direction ?? '', name ?? '', text].join('\n');
}

/** Reads the column `summary`. Older versions wrote the summary alone. */
function readSummary(column: string): StoredSummary {
  const [summary = '', direction, name, text = summary] = column.split('\n');
  const columns = { direction: (direction || null) as Direction | null, name: name || null, text };
  return { summary, columns };
}

/** The summary and instance of a row with both and `body`: in rows of version 1 only the body has them. */
export function toSummary(row: Row): Pick<EventHead, 'instanceId' | 'summary' | 'columns'> {
  if (row.summary !== null) {
    return { instanceId: row.instance_id as string | null, ...readSummary(String(row.summary)) };
  }
  const webhook = readWebhook(toBody(row.body));
  if ('reason' in webhook) return { instanceId: null, ...readSummary('') };
  const { instanceId, event, data } = webhook;
  return { instanceId, ...storedSummary(summarize(event, data)) };
}

/** What the event of a row was about; needs only the columns named here. */
export function toAbout(row: Row): About {
  return {
    id: String(row.id),
    event: String(row.event),
    messageId: row.message_id as string | null,
    ack: row.ack as number | null,
  };
}

/** Inserts an attempt: bind {@link attemptValues}. */
export const INSERT_ATTEMPT = `
  INSERT INTO attempts (event_seq, target, number, replay, at, status, error, duration_ms,
    response_headers, response_body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The values of an attempt's row, in the order of {@link INSERT_ATTEMPT}. */
export function attemptValues(attempt: NewAttempt, number: number): Value[] {
  return [
    attempt.eventSeq,
    attempt.target,
    number,
    attempt.replay ? 1 : 0,
    attempt.at,
    attempt.status,
    attempt.error,
    attempt.durationMs,
    JSON.stringify(attempt.responseHeaders),
    // Node 22 binds an empty one as NULL anyway.
    attempt.responseBody.length === 0 ? null : attempt.responseBody,
  ];
}

/** The columns that {@link toAttemptHead} needs. */
export const ATTEMPT_HEAD_COLUMNS =
  'event_seq, target, number, replay, at, status, error, duration_ms';

/** An attempt without its answer, of a row with {@link ATTEMPT_HEAD_COLUMNS}. */
export function toAttemptHead(row: Row): AttemptHead {
  return {
    eventSeq: Number(row.event_seq),
    target: String(row.target),
    number: Number(row.number),
    replay: row.replay === 1,
    at: Number(row.at),
    status: row.status as number | null,
    error: row.error as string | null,
    durationMs: Number(row.duration_ms),
  };
}

/** An attempt of a row with all columns. */
export function toAttempt(row: Row): StoredAttempt {
  return {
    ...toAttemptHead(row),
    responseHeaders: parsed(row.response_headers),
    responseBody: toBody(row.response_body),
  };
}

function parsed<T>(json: Value | undefined): T {
  try {
    return JSON.parse(String(json)) as T;
  } catch (error) {
    // SQLite does not notice where bytes within a text changed.
    throw new HistoryDamagedError(messageOf(error), { cause: error });
  }
}

/** The headers of a row. */
export function toHeaders(json: Value | undefined): readonly string[] {
  return parsed(json);
}

/** A blob; empty where the column is NULL. */
export function toBody(value: Value | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}
