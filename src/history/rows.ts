/** Between events and attempts, and their rows. */

import type { Row, Value } from './driver.ts';
import type {
  About,
  NewAttempt,
  NewEvent,
  Origin,
  RawHeaders,
  StoredAttempt,
  StoredEvent,
} from './history.ts';

/** Inserts an event: bind {@link eventValues}. The body is last, so that reading the rest skips its pages. */
export const INSERT_EVENT = `
  INSERT INTO events (generation, id, at, event, origin, chat, message_id, ack, duplicate_of, repeats,
    ack_went_back, issues, size, headers, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** What an event's row holds, in the order of {@link INSERT_EVENT}. */
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
    JSON.stringify(event.headers),
    event.body,
  ];
}

/** An event of a row with all columns. */
export function toEvent(row: Row): StoredEvent {
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
    headers: parsed(row.headers),
    body: bytes(row.body),
    ...(row.body === null && { bodyDropped: true }),
  };
}

/** What the event of a row was about; needs no column but those. */
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

/** What an attempt's row holds, in the order of {@link INSERT_ATTEMPT}. */
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

/** An attempt of a row with all columns. */
export function toAttempt(row: Row): StoredAttempt {
  return {
    eventSeq: Number(row.event_seq),
    target: String(row.target),
    number: Number(row.number),
    replay: row.replay === 1,
    at: Number(row.at),
    status: row.status as number | null,
    error: row.error as string | null,
    durationMs: Number(row.duration_ms),
    responseHeaders: parsed(row.response_headers),
    responseBody: bytes(row.response_body),
  };
}

function parsed(json: Value | undefined): RawHeaders {
  return JSON.parse(String(json)) as string[];
}

function bytes(value: Value | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}
