/** Finds the events that a query means: their `seq`s, in the order of the list. */

import { queryWords } from '../platform/folded-text.ts';
import type { Value } from './driver.ts';
import type { EventQuery } from './history.ts';
import { readUpkeep, WORD_COLUMNS, wordsOfRow } from './search-index.ts';
import type { Statements } from './statements.ts';
import { ftsQuery, hasWords } from './words.ts';

/** Every target that an event waits for: found by jumps, since targets are few and their rows many. */
export const WAITING_TARGETS = `
  WITH RECURSIVE targets (target) AS (
    SELECT min(target) FROM waiting
    UNION ALL
    SELECT (SELECT min(target) FROM waiting WHERE target > targets.target)
    FROM targets WHERE target IS NOT NULL
  )`;

/** Whether the event `e` waits for some target; needs {@link WAITING_TARGETS} before the SELECT. */
export const WAITS = `EXISTS (
  SELECT 1 FROM targets CROSS JOIN waiting ON waiting.target = targets.target
  WHERE waiting.event_seq = e.seq)`;

const FAILS = 'EXISTS (SELECT 1 FROM failing WHERE event_at = e.at AND event_seq = e.seq)';

const EVENT_NAMES = `
  WITH RECURSIVE names (name) AS (
    SELECT min(event) FROM events
    UNION ALL
    SELECT (SELECT min(event) FROM events WHERE event > name) FROM names WHERE name IS NOT NULL
  )
  SELECT name FROM names WHERE name IS NOT NULL`;

/** Rows that are not indexed yet are read in pages of this size. */
const PAGE = 100;
/** SQLite takes this LIMIT for none. */
const ALL = -1;
/** Beyond every `seq`. */
const END = Number.MAX_SAFE_INTEGER;
/** Where the first page of a list begins. */
const FIRST_PAGE = { at: Number.MAX_SAFE_INTEGER, seq: END };
/** Most indexed events that are looked at for one message, newest first. */
const CANDIDATES = 1000;
/** Most events without an index that are looked at for one message, newest first. */
const UNINDEXED = 10_000;

interface Conditions {
  readonly text: string;
  readonly values: readonly Value[];
}

/** The names of all stored events. */
export function eventNames(sql: Statements): string[] {
  return sql(EVENT_NAMES)
    .all()
    .map((row) => String(row.name));
}

/** The `seq`s that a query means, in the order of the list. */
export function matching(sql: Statements, query: EventQuery): number[] {
  const limit = query.limit ?? ALL;
  if (limit === 0) return [];
  if (query.search !== undefined) return searched(sql, query, queryWords(query.search), limit);
  if (query.after !== undefined) return following(sql, query, query.after, limit);
  if (query.failed) return failing(sql, query, limit);
  if (query.waiting) return waiting(sql, query, limit);
  return byTime(sql, query, limit);
}

/** Oldest first after a `seq`: walks the rest of the table; the caller pages. */
function following(sql: Statements, query: EventQuery, after: number, limit: number): number[] {
  const where = conditions(query);
  const text = `${WAITING_TARGETS} SELECT seq FROM events e WHERE seq > ? AND ${where.text} ORDER BY seq LIMIT ?`;
  return seqs(sql(text).all(after, ...where.values, limit));
}

/** Failed events have a table in the order of the list. */
function failing(sql: Statements, query: EventQuery, limit: number): number[] {
  const { since = 0, until = Number.MAX_SAFE_INTEGER } = query;
  const { at, seq } = query.before ?? FIRST_PAGE;
  const where = conditions(query);
  const text = `${WAITING_TARGETS} SELECT e.seq FROM failing f CROSS JOIN events e ON e.seq = f.event_seq
    WHERE f.event_at >= ? AND f.event_at < ? AND f.event_at <= ? AND (+f.event_at < ? OR +f.event_seq < ?)
      AND ${where.text} GROUP BY f.event_at, f.event_seq
    ORDER BY f.event_at DESC, f.event_seq DESC LIMIT ?`;
  return seqs(sql(text).all(since, until, at, at, seq, ...where.values, limit));
}

/** Waiting events are stored by target: sorts them, without reading the events where possible. */
function waiting(sql: Statements, query: EventQuery, limit: number): number[] {
  const { at, seq } = query.before ?? FIRST_PAGE;
  const where = conditions({ ...query, waiting: false });
  const from =
    query.events === undefined
      ? 'SELECT DISTINCT event_seq AS seq, at FROM waiting'
      : 'SELECT DISTINCT seq, w.at, event FROM waiting w CROSS JOIN events ON seq = event_seq';
  const text = `SELECT e.seq FROM (${from}) e
    WHERE e.at <= ? AND (e.at < ? OR e.seq < ?) AND ${where.text}
    ORDER BY e.at DESC, e.seq DESC LIMIT ?`;
  return seqs(sql(text).all(at, at, seq, ...where.values, limit));
}

/** Merges the newest of each name, by the index on name and time: as fast with a million as with a few. */
function byTime(sql: Statements, query: EventQuery, limit: number): number[] {
  const { since = 0, until = Number.MAX_SAFE_INTEGER } = query;
  const { at, seq } = query.before ?? FIRST_PAGE;
  const names = query.events === undefined ? eventNames(sql) : new Set(query.events);
  const newest = sql(`SELECT at, seq FROM events
    WHERE event = ? AND at >= ? AND at < ? AND at <= ? AND (+at < ? OR +seq < ?)
    ORDER BY at DESC, seq DESC LIMIT ?`);
  const found = [...names].flatMap((name) => newest.all(name, since, until, at, at, seq, limit));
  found.sort((a, b) => Number(b.at) - Number(a.at) || Number(b.seq) - Number(a.seq));
  return seqs(limit === ALL ? found : found.slice(0, limit));
}

/** Uses the index up to the watermark, and reads bodies beyond it. In order of `seq`, so that both can stop early. */
function searched(
  sql: Statements,
  query: EventQuery,
  words: readonly string[],
  limit: number,
): number[] {
  if (words.length === 0) return [];
  const { indexed } = readUpkeep(sql);
  const after = query.after ?? 0;
  const left = (found: readonly number[]) => (limit === ALL ? ALL : limit - found.length);
  if (query.after !== undefined) {
    const found = inIndex(sql, query, words, after, indexed, limit, 'ASC');
    const from = Math.max(after, indexed);
    return [...found, ...beyond(sql, query, words, from, END, left(found), 'ASC')];
  }
  const end = query.before?.seq ?? END;
  const found = beyond(sql, query, words, indexed, end, limit, 'DESC');
  const upTo = Math.min(indexed, end - 1);
  return [...found, ...inIndex(sql, query, words, 0, upTo, left(found), 'DESC')];
}

function inIndex(
  sql: Statements,
  query: EventQuery,
  words: readonly string[],
  after: number,
  upTo: number,
  limit: number,
  order: 'ASC' | 'DESC',
): number[] {
  if (limit === 0 || after >= upTo) return [];
  const where = conditions(query);
  const text = `${WAITING_TARGETS} SELECT e.seq FROM search CROSS JOIN events e ON e.seq = search.rowid
    WHERE search MATCH ? AND search.rowid > ? AND search.rowid <= ? AND ${where.text}
    ORDER BY search.rowid ${order} LIMIT ?`;
  return seqs(sql(text).all(ftsQuery(words), after, upTo, ...where.values, limit));
}

function beyond(
  sql: Statements,
  query: EventQuery,
  words: readonly string[],
  after: number,
  end: number,
  limit: number,
  order: 'ASC' | 'DESC',
): number[] {
  const where = conditions(query);
  const text = `${WAITING_TARGETS} SELECT ${WORD_COLUMNS} FROM events e
    WHERE e.seq > ? AND e.seq < ? AND ${where.text} ORDER BY e.seq ${order} LIMIT ${PAGE}`;
  const found: number[] = [];
  let low = after;
  let high = end;
  while (limit === ALL || found.length < limit) {
    const rows = sql(text).all(low, high, ...where.values);
    for (const row of rows) if (hasWords(wordsOfRow(row), words)) found.push(Number(row.seq));
    if (rows.length < PAGE) break;
    const last = Number(rows.at(-1)?.seq);
    if (order === 'ASC') low = last;
    else high = last;
  }
  return limit === ALL ? found : found.slice(0, limit);
}

/**
 * The newest events about a message, oldest first. Message ids have no index of their own
 * (docs/decisions.md says what one costs); the search index, which has their text, finds the candidates.
 */
export function aboutMessage(sql: Statements, messageId: string, limit: number): number[] {
  const { indexed } = readUpkeep(sql);
  // Words of one or two letters narrow nothing down, and are the slowest to look up.
  const words = queryWords(messageId).filter((word) => word.length > 2);
  const old = words.length === 0 ? [] : sql(INDEXED_ABOUT).all(ftsQuery(words), messageId, limit);
  const recent = sql(UNINDEXED_ABOUT).all(indexed, messageId, limit);
  return [...new Set([...seqs(recent), ...seqs(old)])].slice(0, limit).reverse();
}

const INDEXED_ABOUT = `
  SELECT e.seq FROM (
    SELECT rowid AS seq FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ${CANDIDATES}
  ) found CROSS JOIN events e ON e.seq = found.seq
  WHERE e.message_id = ? ORDER BY e.seq DESC LIMIT ?`;

const UNINDEXED_ABOUT = `
  SELECT seq FROM events
  WHERE seq > max(?, (SELECT max(seq) FROM events) - ${UNINDEXED}) AND message_id = ?
  ORDER BY seq DESC LIMIT ?`;

/** What must hold for the event `e`; needs {@link WAITING_TARGETS} before the SELECT. */
function conditions(query: EventQuery): Conditions {
  const parts: string[] = ['TRUE'];
  const values: Value[] = [];
  if (query.events !== undefined) {
    // One parameter for any number of names: few texts, each prepared once.
    parts.push('e.event IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(query.events));
  }
  if (query.since !== undefined) {
    parts.push('e.at >= ?');
    values.push(query.since);
  }
  if (query.until !== undefined) {
    parts.push('e.at < ?');
    values.push(query.until);
  }
  if (query.failed) parts.push(FAILS);
  if (query.waiting) parts.push(WAITS);
  return { text: parts.join(' AND '), values };
}

function seqs(rows: readonly { readonly seq?: Value }[]): number[] {
  return rows.map((row) => Number(row.seq));
}
