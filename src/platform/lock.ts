/** A lock on this machine that the system releases when its holder dies, however it dies. */

import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';

/** What a lock needs of a SQLite database; `exec` throws an error named `HistoryBusyError` when it is held. */
export interface LockFile {
  exec(sql: string): void;
  close(): void;
}

/** Opens the SQLite database at a path. */
export type OpenLockFile = (path: string) => Promise<LockFile>;

/** A lock that is held. */
export interface Lock {
  /** Gives it free; a second call does nothing. */
  release(): void;
}

export interface LockOptions {
  /** How long to wait for another holder, in ms (default 2000). */
  readonly waitMs?: number;
  /** Ends the waiting: the promise rejects with an AbortError. */
  readonly signal?: AbortSignal;
}

const WAIT_MS = 2000;
const RETRY_MS = 50;

/**
 * Takes the lock on `file`; null when another process (or another call in this one) holds it all the time.
 * Throws `lock_unusable` (state) when the file cannot be used.
 *
 * Node has no file locks, SQLite has: they are the system's, so kill -9 gives them free. Nothing but
 * SQLite may open this file: closing any descriptor of it drops all locks of the process on it (POSIX).
 */
export async function acquireLock(
  file: string,
  open: OpenLockFile,
  options: LockOptions = {},
): Promise<Lock | null> {
  const { waitMs = WAIT_MS, signal } = options;
  const giveUpAt = performance.now() + waitMs;
  signal?.throwIfAborted();
  createPrivate(file);
  const db = await opened(file, open);
  try {
    db.exec('PRAGMA busy_timeout = 0');
    while (!tryOnce(db, file)) {
      const left = giveUpAt - performance.now();
      if (left <= 0) {
        db.close();
        return null;
      }
      await sleep(Math.min(RETRY_MS, left), undefined, signal ? { signal } : {});
    }
  } catch (error) {
    db.close();
    throw error;
  }
  return held(db);
}

/** Whether somebody holds the lock on `file` at this moment. Throws `lock_unusable`. */
export async function isLocked(file: string, open: OpenLockFile): Promise<boolean> {
  if (!existsSync(file)) return false;
  const lock = await acquireLock(file, open, { waitMs: 0 });
  lock?.release();
  return lock === null;
}

function held(db: LockFile): Lock {
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      // Not left to `close`: libsql may keep the connection until it is collected.
      db.exec('ROLLBACK');
      db.close();
    },
  };
}

function tryOnce(db: LockFile, file: string): boolean {
  try {
    // SQLite begins to write a first page when it locks a database that has none, which a full disk
    // would refuse: so it gets one when it is new, and is never written to again.
    if (statSync(file).size === 0) db.exec('BEGIN EXCLUSIVE; PRAGMA user_version = 1; COMMIT');
    db.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'HistoryBusyError') return false;
    throw unusable(file, error);
  }
}

async function opened(file: string, open: OpenLockFile): Promise<LockFile> {
  try {
    return await open(file);
  } catch (error) {
    throw error instanceof CliError ? error : unusable(file, error);
  }
}

/** Only makes a new file: see {@link acquireLock} for why one that is there is not touched. */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(file, error);
  }
}

function unusable(file: string, cause: unknown): CliError {
  const reason = (cause as Error).message;
  return new CliError('state', 'lock_unusable', `${file} cannot be locked: ${reason}`, {
    hint: 'Check that its folder can be written, or remove the file when no listener runs.',
    cause,
    facts: { path: file },
  });
}
