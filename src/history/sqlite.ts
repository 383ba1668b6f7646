/** History in a SQLite file: one for each instance, and several processes may write it at once. */

import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import { createCommit } from './commit.ts';
import { HistoryDamagedError, historyDamaged, naming, setAside } from './damage.ts';
import { type Database, openDatabase, type SqliteKind } from './driver.ts';
import { type EventHead, type History, HistoryBusyError } from './history.ts';
import { aboutMessage, matching, WAITING_TARGETS } from './queries.ts';
import { createRetention, DEFAULT_LIMITS, type Limits } from './retention.ts';
import {
  ATTEMPT_HEAD_COLUMNS,
  EVENT_COLUMNS,
  HEAD_COLUMNS,
  toAbout,
  toAttempt,
  toAttemptHead,
  toEvent,
  toHead,
} from './rows.ts';
import { migrate, refuseForeign } from './schema.ts';
import { indexSlice } from './search-index.ts';
import { inTransaction, statementsOf } from './statements.ts';

/** How a history file is opened. */
export interface HistoryOptions {
  /** Which SQLite; the first that loads when not given. */
  readonly kind?: SqliteKind;
  /** The file must exist: it is not created. */
  readonly mustExist?: boolean;
  /** How long a call blocks while another process writes, in ms: 50 for a listener, 2000 suits other commands. */
  readonly busyTimeoutMs?: number;
  /** False where an {@link openCheckpointer} runs: commits then run a checkpoint only when that falls far behind. */
  readonly checkpoints?: boolean;
  readonly limits?: Partial<Limits>;
  /** Looks through the whole file for damage first, unless that would take long. */
  readonly check?: boolean;
}

/** The largest file that is looked through, in bytes: less than half a second. */
const MOST_CHECKED = 64 * 1024 * 1024;

/** How long opening waits for another process that is creating the file, in ms. */
const OPEN_WAIT_MS = 2000;
const OPEN_RETRY_MS = 20;
/** 64 MiB: bounds the log should the checkpointer crash or never finish. */
const FAR_BEHIND_PAGES = 4096;

/**
 * Opens the history at `path`; its folder must exist. Throws a state error: `no_history` (read only and
 * not there), `history_newer`, `history_foreign`, `history_damaged`, `history_unusable` (not writable), `history_busy`, `no_sqlite`.
 */
export async function openHistory(path: string, options: HistoryOptions = {}): Promise<History> {
  const db = await openFile(path, options);
  const sql = statementsOf(db);
  const lastSeq = () => Number(sql('SELECT max(seq) AS seq FROM events').get()?.seq ?? 0);
  const event = (seq: number) => {
    const row = sql(EVENT).get(seq);
    return row === undefined ? null : toEvent(row);
  };
  const head = (seq: number): EventHead | null => {
    const row = sql(HEAD).get(seq);
    if (row === undefined) return null;
    // A row of version 1 has no summary; its body has.
    return row.summary === null ? event(seq) : toHead(row);
  };
  /** The start of this process's listener, until it is stored. */
  let unstoredStart: number | null = null;
  const storeStart = () => {
    if (unstoredStart === null) return;
    inTransaction(sql, () => {
      sql('UPDATE upkeep SET forwards_after = ?').run(unstoredStart);
      sql(STOP_WAITING_OF_REPLAYED).run();
    });
    unstoredStart = null;
  };
  const newest = firstRead(path, lastSeq);
  const retain = createRetention(sql, { ...DEFAULT_LIMITS, ...options.limits });

  const history: History = {
    commit: createCommit(sql, newest),
    waiting: (target, after, since, limit) =>
      sql(WAITING)
        .all(target, after, since, limit)
        .map((row) => ({
          seq: Number(row.seq),
          chat: row.chat as string | null,
          at: Number(row.at),
        })),
    countWaiting: ({ after = 0, since = 0, before = Number.MAX_SAFE_INTEGER } = {}) =>
      Number(sql(COUNT_WAITING).get(after, since, before)?.count),
    startForwarding() {
      const after = lastSeq();
      unstoredStart = after;
      try {
        storeStart();
      } catch (error) {
        if (error instanceof HistoryDamagedError) throw error;
        // The file is busy or the disk is full: the next upkeep stores it.
      }
      return after;
    },
    forwardsAfter: () =>
      Number(sql('SELECT forwards_after FROM upkeep').get()?.forwards_after ?? 0),
    event,
    head,
    find: (prefix, limit) =>
      sql(FIND)
        .all(prefix, `${prefix}\u{10ffff}`, limit)
        .map((row) => head(Number(row.seq)))
        .filter((found) => found !== null),
    list: (query) => matching(sql, query),
    recent: (limit) => sql(RECENT).all(limit).map(toAbout),
    messagesStored: (ids, since) =>
      new Set(
        sql(MESSAGES_STORED)
          .all(since, JSON.stringify(ids))
          .map((row) => String(row.id)),
      ),
    aboutMessage: (messageId, limit) => aboutMessage(sql, messageId, limit),
    attempts: (eventSeq) =>
      sql('SELECT * FROM attempts WHERE event_seq = ? ORDER BY rowid').all(eventSeq).map(toAttempt),
    lastAttempts: (eventSeq) => sql(LAST_ATTEMPTS).all(eventSeq).map(toAttemptHead),
    attemptCount: (eventSeq, target) =>
      Number(sql(ATTEMPT_COUNT).get(eventSeq, target)?.count ?? 0),
    waitingTargets: (eventSeq) =>
      sql(TARGETS_OF)
        .all(eventSeq)
        .map((row) => String(row.target)),
    stopWaiting: (seqs) =>
      inTransaction(sql, () => {
        for (const { target = null } of sql(TARGETS).all()) {
          sql(STOP_WAITING).run(target, JSON.stringify(seqs));
        }
      }),
    lastSeq,
    maintain: (now) =>
      unlessBusy(() => {
        storeStart();
        const indexing = indexSlice(sql);
        return retain(now) || indexing;
      }),
    close: () => db.close(),
  };
  return naming(history, path);
}

/** Copies the write-ahead log into its file, in a thread that may block. */
export interface Checkpointer {
  /** Copies what can be copied without waiting for other connections. Blocks for as long as the disk takes. */
  run(): void;
  close(): void;
}

/** Opens a checkpointer for the history at `path`. Throws as {@link openHistory} does. */
export async function openCheckpointer(path: string, kind?: SqliteKind): Promise<Checkpointer> {
  const db = await openFile(path, { mustExist: true, ...(kind !== undefined && { kind }) });
  const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  return { run: () => void checkpoint.get(), close: () => db.close() };
}

const EVENT = `SELECT ${EVENT_COLUMNS} FROM events WHERE seq = ?`;

const HEAD = `SELECT ${HEAD_COLUMNS} FROM events WHERE seq = ?`;

// Beside max(), SQLite takes the other columns from the row that has it.
const LAST_ATTEMPTS = `
  SELECT ${ATTEMPT_HEAD_COLUMNS} FROM (
    SELECT rowid AS row, max(number) FROM attempts WHERE event_seq = ? GROUP BY target
  ) last CROSS JOIN attempts ON attempts.rowid = last.row ORDER BY attempts.rowid`;

const ATTEMPT_COUNT =
  'SELECT max(number) AS count FROM attempts WHERE event_seq = ? AND target = ?';

const COUNT_WAITING = `${WAITING_TARGETS}
  SELECT count(DISTINCT waiting.event_seq) AS count
  FROM targets CROSS JOIN waiting ON waiting.target = targets.target
  WHERE waiting.event_seq > ? AND waiting.at >= ? AND waiting.at < ?`;

const RECENT = 'SELECT id, event, message_id, ack FROM events ORDER BY seq DESC LIMIT ?';

// Message ids have no index (docs/decisions.md says what one costs): all events since then are read.
const MESSAGES_STORED = `
  SELECT DISTINCT message_id AS id FROM events
  WHERE event IN ('message', 'message_create') AND at >= ?
    AND message_id IN (SELECT value FROM json_each(?))`;

const WAITING = `
  SELECT event_seq AS seq, chat, at FROM waiting
  WHERE target = ? AND event_seq > ? AND at >= ? ORDER BY event_seq LIMIT ?`;

const TARGETS = `${WAITING_TARGETS} SELECT target FROM targets WHERE target IS NOT NULL`;

const STOP_WAITING =
  'DELETE FROM waiting WHERE target = ? AND event_seq IN (SELECT value FROM json_each(?))';

const STOP_WAITING_OF_REPLAYED = `
  DELETE FROM waiting WHERE EXISTS (
    SELECT 1 FROM attempts WHERE attempts.event_seq = waiting.event_seq AND attempts.replay = 1
  )`;

const FIND = `
  WITH RECURSIVE generations (generation) AS (
    SELECT max(generation) FROM events
    UNION ALL
    SELECT (SELECT max(generation) FROM events WHERE generation < generations.generation)
    FROM generations WHERE generation IS NOT NULL
  )
  SELECT seq FROM generations CROSS JOIN events ON events.generation = generations.generation
  WHERE id >= ? AND id < ? LIMIT ?`;

const TARGETS_OF = `${WAITING_TARGETS}
  SELECT waiting.target FROM targets CROSS JOIN waiting ON waiting.target = targets.target
  WHERE waiting.event_seq = ?`;

/** Does `work`; while another process is writing, returns true instead (more is left): upkeep can wait. */
function unlessBusy(work: () => boolean): boolean {
  try {
    return work();
  } catch (error) {
    if (error instanceof HistoryBusyError) return true;
    throw error;
  }
}

/** Opens a file and sets it up. */
async function openFile(path: string, options: HistoryOptions): Promise<Database> {
  if (options.mustExist && !existsSync(path)) {
    throw new CliError('state', 'no_history', `There is no history at ${path}`, {
      hint: 'The first `eazewa-hooks listen` for this instance creates it. For that of `listen --simulate`, use -i simulator.',
      facts: { path },
    });
  }
  const giveUpAt = performance.now() + OPEN_WAIT_MS;
  for (;;) {
    try {
      return await openOnce(path, options);
    } catch (error) {
      if (error instanceof CliError) throw error;
      if (!(error instanceof HistoryBusyError)) throw unusable(path, error);
      // SQLite does not wait for the change to WAL, which two new listeners may both attempt.
      if (performance.now() > giveUpAt) throw busy(path, error);
      await sleep(OPEN_RETRY_MS);
    }
  }
}

async function openOnce(path: string, options: HistoryOptions): Promise<Database> {
  createPrivate(path);
  const db = await openDatabase(path, options.kind);
  try {
    db.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? 50}`);
    // Takes effect on a new file only, and only before WAL. Measured: worth a third of the rate.
    db.exec('PRAGMA page_size = 16384');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = NORMAL');
    if (options.checkpoints === false) db.exec(`PRAGMA wal_autocheckpoint = ${FAR_BEHIND_PAGES}`);
    migrate(db, path);
    refuseForeign(db, path);
    if (options.check) refuseDamaged(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function refuseDamaged(db: Database, path: string): void {
  if (statSync(path).size > MOST_CHECKED) return;
  const found = String(db.prepare('PRAGMA quick_check(1)').get()?.quick_check);
  if (found !== 'ok') throw historyDamaged(path, new Error(found));
}

/** What the first read of an open file returns. */
function firstRead<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof HistoryDamagedError ? historyDamaged(path, error) : error;
  }
}

/** Creates the file for its owner alone before SQLite opens it; `-wal` and `-shm` inherit its mode. */
function createPrivate(path: string): void {
  try {
    // `wx`: only a new file. Closing one that SQLite has open would drop this process's locks on it.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (process.platform !== 'win32') chmodSync(path, 0o600);
  }
}

function busy(path: string, cause: unknown): CliError {
  return new CliError('state', 'history_busy', `Another process keeps ${path} busy`, {
    hint: 'Try again in a moment.',
    cause,
    facts: { path },
  });
}

function unusable(path: string, cause: unknown): CliError {
  const reason = (cause as Error).message;
  return new CliError(
    'state',
    'history_unusable',
    `The history at ${path} cannot be used: ${reason}`,
    {
      hint:
        cause instanceof HistoryDamagedError
          ? `To set the file aside and begin a new one: ${setAside(path)}. To run without one: --no-history.`
          : 'Check that the file and its folder are writable, or move the file away to start a new history, or run without one: --no-history.',
      cause,
      facts: { path },
    },
  );
}
