/** The tables of a history file, and the migrations from older versions. */

import { CliError } from '../errors.ts';
import { setAside } from './damage.ts';
import type { Database } from './driver.ts';

/** A body above this many bytes counts as media. Part of an index: changing it needs a migration. */
export const MEDIA_BYTES = 256 * 1024;

/** About how many events share one `generation`. */
export const GENERATION = 512;

/**
 * One entry for each version: it migrates a file of the version before. Ids are indexed within their
 * generation, and neither times nor message ids have an index of their own (docs/decisions.md, "A
 * commit never waits for the disk", says what one costs).
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    origin TEXT NOT NULL,
    chat TEXT,
    message_id TEXT,
    ack INTEGER,
    duplicate_of TEXT,
    repeats TEXT,
    ack_went_back INTEGER NOT NULL,
    issues TEXT,
    size INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB
  );
  CREATE INDEX events_id ON events (generation, id);
  CREATE INDEX events_time ON events (event, at);
  CREATE INDEX events_media ON events (at) WHERE size > ${MEDIA_BYTES} AND body IS NOT NULL;

  CREATE TABLE waiting (
    target TEXT NOT NULL,
    event_seq INTEGER NOT NULL,
    chat TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (target, event_seq)
  ) WITHOUT ROWID;

  CREATE TABLE attempts (
    event_seq INTEGER NOT NULL,
    target TEXT NOT NULL,
    number INTEGER NOT NULL,
    replay INTEGER NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER,
    error TEXT,
    duration_ms REAL NOT NULL,
    response_headers TEXT NOT NULL,
    response_body BLOB
  );
  CREATE INDEX attempts_of ON attempts (event_seq, target, number);

  -- Targets whose last attempt failed: a later success removes the row.
  CREATE TABLE failing (
    event_at INTEGER NOT NULL,
    event_seq INTEGER NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (event_at, event_seq, target)
  ) WITHOUT ROWID;

  -- Words are split and folded by words.ts: events that are not indexed yet must match alike.
  CREATE VIRTUAL TABLE search USING fts5(
    words, content='', contentless_delete=1, detail=none, tokenize='ascii'
  );

  -- indexed: events up to this seq are in the search index; bytes: the sum of their bodies.
  CREATE TABLE upkeep (indexed INTEGER NOT NULL, bytes INTEGER NOT NULL);
  INSERT INTO upkeep VALUES (0, 0);
  `,
  // What a list shows of an event, in front of the body. Old rows have no summary: rows.ts reads
  // it from their bodies. Copying 1 GiB of bodies takes some seconds, once.
  `
  CREATE TABLE events_2 (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    origin TEXT NOT NULL,
    chat TEXT,
    message_id TEXT,
    ack INTEGER,
    duplicate_of TEXT,
    repeats TEXT,
    ack_went_back INTEGER NOT NULL,
    issues TEXT,
    size INTEGER NOT NULL,
    instance_id TEXT,
    summary TEXT,
    skipped TEXT,
    headers TEXT NOT NULL,
    body BLOB
  );
  INSERT INTO events_2 (seq, generation, id, at, event, origin, chat, message_id, ack, duplicate_of,
    repeats, ack_went_back, issues, size, headers, body)
  SELECT seq, generation, id, at, event, origin, chat, message_id, ack, duplicate_of,
    repeats, ack_went_back, issues, size, headers, body FROM events;
  -- A seq is never used twice, not even that of an event which retention removed.
  DELETE FROM sqlite_sequence WHERE name = 'events_2';
  INSERT INTO sqlite_sequence (name, seq) SELECT 'events_2', seq FROM sqlite_sequence WHERE name = 'events';
  DROP TABLE events;
  ALTER TABLE events_2 RENAME TO events;
  CREATE INDEX events_id ON events (generation, id);
  CREATE INDEX events_time ON events (event, at);
  CREATE INDEX events_media ON events (at) WHERE size > ${MEDIA_BYTES} AND body IS NOT NULL;

  -- Events up to this seq came in before the last listener started: it does not forward them by itself.
  ALTER TABLE upkeep ADD COLUMN forwards_after INTEGER NOT NULL DEFAULT 0;
  `,
  // A table of its own: without a secret it stays empty, and no body is copied for a new column.
  `
  CREATE TABLE signatures (event_seq INTEGER PRIMARY KEY, state TEXT NOT NULL);
  `,
  // Any part of a word is found: words.ts makes the grams, and upkeep indexes all events again.
  `
  DROP TABLE search;
  CREATE VIRTUAL TABLE search USING fts5(
    grams, content='', contentless_delete=1, detail=full, tokenize='ascii'
  );
  UPDATE upkeep SET indexed = 0, bytes = 0;
  `,
];

/** The version that this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings the file to `to`, by default {@link SCHEMA_VERSION}. Throws `history_newer`, `history_foreign`. */
export function migrate(db: Database, path: string, to: number = SCHEMA_VERSION): void {
  if (versionOf(db, path) === to) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again under the lock: another process may have been faster.
    const from = versionOf(db, path);
    if (from < 0 || (from === 0 && hasTables(db))) throw foreign(path, null);
    for (let version = from; version < to; version++) {
      db.exec(MIGRATIONS[version] ?? '');
    }
    // Before the commit: the file of another program stays as it is.
    if (to === SCHEMA_VERSION) refuseForeign(db, path);
    db.exec(`PRAGMA user_version = ${to}`);
    db.exec('COMMIT');
  } catch (error) {
    try {
      db.exec('ROLLBACK');
    } catch {
      // After a full disk SQLite has rolled back itself.
    }
    throw isOfOtherTables(error) ? foreign(path, error) : error;
  }
}

/** The tables of {@link SCHEMA_VERSION}, with the columns that this program reads. */
const TABLES = [
  `SELECT seq, generation, id, at, event, origin, chat, message_id, ack, duplicate_of, repeats,
    ack_went_back, issues, size, instance_id, summary, skipped, headers, body FROM events`,
  'SELECT target, event_seq, chat, at FROM waiting',
  `SELECT event_seq, target, number, replay, at, status, error, duration_ms, response_headers,
    response_body FROM attempts`,
  'SELECT target, event_seq, event_at FROM failing',
  'SELECT grams FROM search',
  'SELECT event_seq, state FROM signatures',
  'SELECT indexed, bytes, forwards_after FROM upkeep',
];

/** Throws `history_foreign` (state) where the file has other tables than this program's. */
export function refuseForeign(db: Database, path: string): void {
  try {
    for (const table of TABLES) db.prepare(`${table} LIMIT 0`).all();
  } catch (error) {
    throw isOfOtherTables(error) ? foreign(path, error) : error;
  }
}

function isOfOtherTables(error: unknown): boolean {
  return !(error instanceof CliError) && /no such (table|column)/.test((error as Error).message);
}

function foreign(path: string, cause: unknown): CliError {
  const message = `${path} is the database of another program, or of a development version: it has other tables`;
  return new CliError('state', 'history_foreign', message, {
    hint: `To set the file aside and begin a new one: ${setAside(path)}. To run without one: --no-history.`,
    cause,
    facts: { path },
  });
}

/** Whether a file without our version has tables already. */
function hasTables(db: Database): boolean {
  return db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' LIMIT 1").get() !== undefined;
}

function versionOf(db: Database, path: string): number {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version <= SCHEMA_VERSION) return version;
  throw new CliError('state', 'history_newer', `${path} was written by a newer eazewa-hooks`, {
    hint: 'Update this one (npm install -g eazewa-hooks), or move the file away to start a new history.',
    facts: { path, version },
  });
}
