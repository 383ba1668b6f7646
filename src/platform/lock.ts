/** A lock on this machine that the system releases whenever its holder exits or crashes. */

import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';

/** The SQLite database of a lock; `exec` throws an error named `HistoryBusyError` while another holds it. */
export interface LockFile {
  exec(sql: string): void;
  close(): void;
}

/** Opens the SQLite database at a path. */
export type OpenLockFile = (path: string) => Promise<LockFile>;

/** A held lock. */
export interface Lock {
  /** Releases the lock; a second call does nothing. */
  release(): void;
}

export interface LockOptions {
  /** How long to wait for the lock, in ms (default 2000). */
  readonly waitMs?: number;
  /** Ends the wait: the promise rejects with an AbortError. */
  readonly signal?: AbortSignal;
}

const WAIT_MS = 2000;
const RETRY_MS = 50;

/**
 * Takes the lock on `file`; null when another process, or another call in this one, holds it throughout.
 * Throws `lock_unusable` (state) when the file cannot be used.
 *
 * Node has no file locks. SQLite's are the system's, so kill -9 releases them. Only SQLite may open
 * the file: closing any descriptor of it drops all locks of the process on it (POSIX).
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

/** Whether anybody holds the lock on `file` now. Throws `lock_unusable` (state). */
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
      // `close` is not enough: libsql may keep the connection until garbage collection.
      db.exec('ROLLBACK');
      db.close();
    },
  };
}

function tryOnce(db: LockFile, file: string): boolean {
  try {
    // SQLite writes a first page when it locks an empty database, which fails on a full disk.
    // A new file gets that page at once and is never written again.
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

/** Creates a missing file. {@link acquireLock} says why an existing one is not opened. */
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
