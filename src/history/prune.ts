/** Pruning: what a person asked to be deleted is gone from the file, not only from the lists. */

import type { Row } from './driver.ts';
import { HistoryBusyError } from './history.ts';
import { deleteAll } from './retention.ts';
import { type HistoryOptions, openFile } from './sqlite.ts';
import { inTransaction, type Statements, statementsOf } from './statements.ts';

/** Which events to delete: all for which everything that is given holds, the waiting ones too. */
export interface Prune {
  /** Received before this time, in ms since 1970. */
  readonly before?: number;
  /** Of this chat (a jid). */
  readonly chat?: string;
}

/** What a {@link pruneHistory} did. */
export interface Pruned {
  readonly events: number;
  /** False when another process kept the write-ahead log from being emptied: it may hold old copies for a while. */
  readonly wiped: boolean;
}

const CHUNK = 200;

/**
 * Deletes events with their attempts, from the search index and from the bytes of the file. Throws what
 * {@link openFile} throws, and {@link HistoryBusyError} when another process writes without a pause.
 */
export async function pruneHistory(
  path: string,
  what: Prune,
  options: Pick<HistoryOptions, 'kind'> = {},
): Promise<Pruned> {
  const db = await openFile(path, { ...options, readOnly: true, busyTimeoutMs: 2000 });
  try {
    db.exec('PRAGMA secure_delete = ON');
    const sql = statementsOf(db);
    const events = deleteMatching(sql, what);
    // Deleted words stay in the index's segments until they are merged.
    sql("INSERT INTO search (search) VALUES ('optimize')").run();
    return { events, wiped: emptyLog(sql) };
  } finally {
    db.close();
  }
}

function deleteMatching(sql: Statements, what: Prune): number {
  const { before = Number.MAX_SAFE_INTEGER, chat = null } = what;
  const next = sql(`SELECT seq, at, size, body IS NULL AS dropped FROM events
    WHERE seq > ?1 AND at < ?2 AND (?3 IS NULL OR chat = ?3) ORDER BY seq LIMIT ${CHUNK}`);
  let events = 0;
  let last = 0;
  for (;;) {
    const rows = next.all(last, before, chat);
    if (rows.length === 0) return events;
    last = Number(rows.at(-1)?.seq);
    stopWaiting(sql, rows);
    events += deleteAll(sql, rows);
  }
}

function stopWaiting(sql: Statements, rows: readonly Row[]): void {
  const from = Number(rows[0]?.seq);
  const to = Number(rows.at(-1)?.seq);
  const pruned = new Set(rows.map(({ seq }) => seq));
  const waiting = sql('SELECT target, event_seq FROM waiting WHERE event_seq BETWEEN ? AND ?')
    .all(from, to)
    .filter(({ event_seq }) => pruned.has(event_seq));
  if (waiting.length === 0) return;
  inTransaction(sql, () => {
    const remove = sql('DELETE FROM waiting WHERE target = ? AND event_seq = ?');
    for (const { target, event_seq } of waiting) remove.run(String(target), Number(event_seq));
  });
}

function emptyLog(sql: Statements): boolean {
  try {
    return sql('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0;
  } catch (error) {
    if (error instanceof HistoryBusyError) return false;
    throw error;
  }
}
