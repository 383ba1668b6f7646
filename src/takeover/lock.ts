/** The lock of an instance on this machine: one listener, or one command that writes its webhook, at a time. */

import { join } from 'node:path';
import { isReachable } from '../control/client.ts';
import { CliError } from '../errors.ts';
import { openDatabase } from '../history/driver.ts';
import { isAlive } from '../platform/is-alive.ts';
import { localTime } from '../platform/local-time.ts';
import { acquireLock } from '../platform/lock.ts';
import { privateFolder } from '../platform/paths.ts';
import { guardAtWork } from './guard/report.ts';
import { fileJournal } from './journal.ts';

/** How long a guard may hold the lock, in ms: two requests to the vendor with all their attempts. */
const GUARD_MS = 45_000;

/** The database, never written to, whose exclusive lock is the lock of the instance. */
export function lockPath(folder: string): string {
  return join(folder, 'lock.db');
}

/**
 * Locks an instance on this machine, and waits for a guard at work. Resolves with the function that
 * unlocks. Throws `instance_busy` (busy), which names the listener that holds the instance, and state
 * errors when the folder cannot be used.
 */
export async function lockInstance(
  folder: string,
  instanceId: string,
  signal?: AbortSignal,
): Promise<() => void> {
  await privateFolder(folder);
  const atOnce = await tryLock(folder, { signal });
  if (atOnce !== null) return atOnce;
  if (await guardAtWork(folder)) {
    const later = await tryLock(folder, { signal, waitMs: GUARD_MS });
    if (later !== null) return later;
  }
  const holder = await fileJournal(folder).read();
  if (holder === null || !isAlive(holder.pid)) {
    throw new CliError(
      'busy',
      'instance_busy',
      `Another command or listener on this machine uses instance ${instanceId}`,
      { hint: 'Try again in a moment. Stop a listener with Ctrl-C where it runs.' },
    );
  }
  const who = ` (process ${holder.pid}, since ${localTime(holder.since)})`;
  throw new CliError(
    'busy',
    'instance_busy',
    `Another listener on this machine holds instance ${instanceId}${who}`,
    { hint: 'Stop it with Ctrl-C where it runs, then try again.' },
  );
}

/**
 * Resolves with the function that unlocks; null when the lock was held for all of `waitMs` (default
 * 2000). Without SQLite there is no lock: a listener that answers on its control socket holds the
 * instance. Throws state errors.
 */
export async function tryLock(
  folder: string,
  { waitMs, signal }: { waitMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<(() => void) | null> {
  try {
    const lock = await acquireLock(lockPath(folder), openDatabase, {
      ...(waitMs !== undefined && { waitMs }),
      ...(signal && { signal }),
    });
    return lock === null ? null : () => lock.release();
  } catch (error) {
    if (!(error instanceof CliError && error.code === 'no_sqlite')) throw error;
    return (await isReachable(folder)) ? null : () => {};
  }
}
