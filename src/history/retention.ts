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
  /** Events older than this are removed, in ms; by the clock, and by the newest event. */
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
  const tooMuch = createTooMuch(sql, limits.maxBytes);
  const rules = [
    createSweep(
      (before) => oldest(sql, before),
      (before) => deleteAll(sql, tooOld(sql, before)),
      limits.maxAgeMs,
      sql,
    ),
    createSweep(
      (before) => oldestMedia(sql, before),
      (before) => emptyMedia(sql, before),
      limits.mediaAgeMs,
      sql,
    ),
    pausing(() => deleteAll(sql, tooMuch())),
  ];
  // Every rule gets its turn, whatever the others found.
  return (now) => rules.map((rule) => rule(now)).includes(true);
}

/** A rule that pauses when it found nothing; `pauseMs` is asked then. */
function pausing(
  rule: (now: number) => number,
  pauseMs = () => PAUSE_MS,
): (now: number) => boolean {
  let pausedAt = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  return (now) => {
    // A clock that was set back must not stretch the pause.
    if (now < pausedUntil && now >= pausedAt) return false;
    const went = rule(now);
    pausedAt = now;
    pausedUntil = went === 0 ? now + pauseMs() : Number.NEGATIVE_INFINITY;
    return went > 0;
  };
}

/**
 * A rule by age: `remove` what is older than `maxAgeMs`, by the clock and by the newest event. A clock
 * that is years ahead must not cost all of history: a sweep ends a day after the `oldest` that it
 * found, and when that is too early, the next one begins a day later.
 */
function createSweep(
  oldest: (before: number) => number | null,
  remove: (before: number) => number,
  maxAgeMs: number,
  sql: Statements,
): (now: number) => boolean {
  let before: number | null = null;
  let isShort = false;
  const sweep = (now: number): number => {
    if (before === null) {
      const wanted = Math.min(now, newest(sql) ?? now) - maxAgeMs;
      const first = oldest(wanted) ?? wanted;
      before = Math.min(wanted, first + DAY_MS);
      isShort = before < wanted;
    }
    const went = remove(before);
    if (went === 0) before = null;
    return went;
  };
  return pausing(sweep, () => (isShort ? DAY_MS : PAUSE_MS));
}

/** Only indexed events are candidates: `bytes` of the upkeep counts no others. */
const CANDIDATES = `${WAITING_TARGETS}
  SELECT e.seq, e.at, e.body IS NULL AS dropped, e.size, ${WAITS} AS waits FROM events e
  WHERE e.seq <= (SELECT indexed FROM upkeep)`;

const HAS_MEDIA = `AND e.size > ${MEDIA_BYTES} AND e.body IS NOT NULL`;

/** When the oldest event before a time came that waits for no target, in ms since 1970. */
function oldest(sql: Statements, before: number): number | null {
  const text = `${CANDIDATES} AND e.event = ? AND e.at < ? AND NOT waits ORDER BY e.at LIMIT 1`;
  const times = eventNames(sql).flatMap((name) => sql(text).all(name, before).map(timeOf));
  return times.length === 0 ? null : Math.min(...times);
}

/** The same of an event with a large body. The bound by time makes SQLite use the index of those. */
function oldestMedia(sql: Statements, before: number): number | null {
  const text = `${CANDIDATES} ${HAS_MEDIA} AND e.at < ? AND NOT waits ORDER BY e.at LIMIT 1`;
  const row = sql(text).get(before);
  return row === undefined ? null : timeOf(row);
}

/** When the newest event came, in ms since 1970. */
function newest(sql: Statements): number | null {
  const row = sql('SELECT at FROM events ORDER BY seq DESC LIMIT 1').get();
  return row === undefined ? null : timeOf(row);
}

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
  const text = `${CANDIDATES} ${HAS_MEDIA} AND e.at < ? AND NOT waits ORDER BY e.at LIMIT ${MEDIA_CHUNK}`;
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
      sql('DELETE FROM signatures WHERE event_seq = ?').run(seq);
      sql('DELETE FROM failing WHERE event_at = ? AND event_seq = ?').run(Number(row.at), seq);
      if (seq > indexed) continue;
      sql('DELETE FROM search WHERE rowid = ?').run(seq);
      freed += bytesOf(row);
    }
    sql('UPDATE upkeep SET bytes = bytes - ?').run(freed);
    return rows.length;
  });
}

function timeOf(row: Row): number {
  return Number(row.at);
}

function bytesOf(row: Row): number {
  return row.dropped ? 0 : Number(row.size);
}
