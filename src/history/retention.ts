/** Retention: removes what is too old or too much, a chunk at a time. What waits for a target stays. */

import type { Row } from './driver.ts';
import { eventNames, WAITING_TARGETS, WAITS } from './queries.ts';
import { MEDIA_BYTES } from './schema.ts';
import { readUpkeep } from './search-index.ts';
import { inTransaction, type Statements } from './statements.ts';

const DAY_MS = 86_400_000;
/** Most events that one rule deletes or looks at in one call. */
const CHUNK = 200;
/** Most bodies that one call empties: each may have many megabytes. */
const MEDIA_CHUNK = 10;
/** The pause after a call that found nothing, in ms. */
const PAUSE_MS = 10_000;

/** How much stays stored. */
export interface Limits {
  /** Events older than this are removed, in ms. */
  readonly maxAgeMs: number;
  /** The oldest events are removed while bodies sum up to more than this, in bytes. */
  readonly maxBytes: number;
  /** Bodies above 256 kB are emptied when older than this, in ms. */
  readonly mediaAgeMs: number;
}

/** 7 days or 1 GiB, media 24 hours. */
export const DEFAULT_LIMITS: Limits = {
  maxAgeMs: 7 * DAY_MS,
  maxBytes: 1024 ** 3,
  mediaAgeMs: DAY_MS,
};

/** Makes the step of upkeep that applies `limits`; the step returns true when more may be left. */
export function createRetention(sql: Statements, limits: Limits): (now: number) => boolean {
  let pausedUntil = Number.NEGATIVE_INFINITY;
  const tooMuch = createTooMuch(sql, limits.maxBytes);
  return (now) => {
    // A clock that was set back must not stretch the pause.
    if (now < pausedUntil && now >= pausedUntil - PAUSE_MS) return false;
    const went =
      emptyMedia(sql, now - limits.mediaAgeMs) +
      deleteAll(sql, tooOld(sql, now - limits.maxAgeMs)) +
      deleteAll(sql, tooMuch());
    if (went === 0) pausedUntil = now + PAUSE_MS;
    return went > 0;
  };
}

/** Only indexed events are candidates: `bytes` of the upkeep counts no others. */
const CANDIDATES = `${WAITING_TARGETS}
  SELECT e.seq, e.at, e.body IS NULL AS dropped, e.size, ${WAITS} AS waits FROM events e
  WHERE e.seq <= (SELECT indexed FROM upkeep)`;

function tooOld(sql: Statements, before: number): Row[] {
  const found: Row[] = [];
  for (const name of eventNames(sql)) {
    if (found.length >= CHUNK) break;
    const text = `${CANDIDATES} AND e.event = ? AND e.at < ? AND NOT waits ORDER BY e.at LIMIT ?`;
    found.push(...sql(text).all(name, before, CHUNK - found.length));
  }
  return found;
}

/** Finds the oldest events above `maxBytes`; passes over those that wait, and looks at them again later. */
function createTooMuch(sql: Statements, maxBytes: number): () => Row[] {
  let seen = 0;
  return () => {
    let over = readUpkeep(sql).bytes - maxBytes;
    if (over <= 0) return [];
    const rows = sql(`${CANDIDATES} AND e.seq > ? ORDER BY e.seq LIMIT ?`).all(seen, CHUNK);
    const going: Row[] = [];
    for (const row of rows) {
      if (over <= 0) break;
      seen = Number(row.seq);
      if (row.waits) continue;
      going.push(row);
      over -= bytesOf(row);
    }
    if (rows.length < CHUNK) seen = 0;
    return going;
  };
}

/** Empties large bodies received before a time; returns how many. */
function emptyMedia(sql: Statements, before: number): number {
  const text = `${CANDIDATES} AND e.size > ${MEDIA_BYTES} AND e.body IS NOT NULL AND e.at < ?
    AND NOT waits ORDER BY e.at LIMIT ${MEDIA_CHUNK}`;
  const rows = sql(text).all(before);
  if (rows.length === 0) return 0;
  return inTransaction(sql, () => {
    let freed = 0;
    for (const row of rows) {
      const { changes } = sql(
        'UPDATE events SET body = NULL WHERE seq = ? AND body IS NOT NULL',
      ).run(Number(row.seq));
      freed += changes * bytesOf(row);
    }
    sql('UPDATE upkeep SET bytes = bytes - ?').run(freed);
    return rows.length;
  });
}

/** Deletes events (rows of `seq`, `at`, `size`, `dropped`) with all that belongs to them; returns how many. */
export function deleteAll(sql: Statements, rows: readonly Row[]): number {
  if (rows.length === 0) return 0;
  return inTransaction(sql, () => {
    const { indexed } = readUpkeep(sql);
    let freed = 0;
    for (const row of rows) {
      const seq = Number(row.seq);
      const { changes } = sql('DELETE FROM events WHERE seq = ?').run(seq);
      // Another process was faster, and has subtracted the bytes.
      if (changes === 0) continue;
      sql('DELETE FROM attempts WHERE event_seq = ?').run(seq);
      sql('DELETE FROM failing WHERE event_at = ? AND event_seq = ?').run(Number(row.at), seq);
      if (seq > indexed) continue;
      sql('DELETE FROM search WHERE rowid = ?').run(seq);
      freed += bytesOf(row);
    }
    sql('UPDATE upkeep SET bytes = bytes - ?').run(freed);
    return rows.length;
  });
}

function bytesOf(row: Row): number {
  return row.dropped ? 0 : Number(row.size);
}
