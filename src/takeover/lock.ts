/** The lock of an instance on this machine: one listener, or one command that writes its webhook, at a time. */

import { join } from 'node:path';
import { isReachable } from '../control/client.ts';
import { CliError } from '../errors.ts';
import { openDatabase } from '../history/driver.ts';
import { acquireLock } from '../platform/lock.ts';
import { privateFolder } from '../platform/paths.ts';
import { guardAtWork, isAlive } from './guard/report.ts';
import { fileJournal } from './journal.ts';

/** How long a guard may hold the lock: two requests to the vendor, each with all its tries. In ms. */
const GUARD_MS = 45_000;

/** The database that nothing is written to: who holds it exclusively, holds the instance. */
export function lockPath(folder: string): string {
  return join(folder, 'lock.db');
}

/**
 * Locks an instance on this machine; resolves with how to release it. A guard that is at work is
 * waited for. Throws `busy` when a listener holds it, naming that one, and state errors when the
 * folder cannot be used.
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
      `Another command or listener on this machine is busy with instance ${instanceId}`,
      { hint: 'Try again in a moment; a listener is stopped with Ctrl-C where it runs.' },
    );
  }
  const who = ` (process ${holder.pid}, since ${holder.since})`;
  throw new CliError(
    'busy',
    'instance_busy',
    `Another listener on this machine holds instance ${instanceId}${who}`,
    { hint: 'Stop it with Ctrl-C where it runs, then try again.' },
  );
}

/**
 * How to release the lock; null when somebody holds it for all of `waitMs` (default 2000). Without a
 * SQLite there is none to hold: who answers on its socket does. Throws state errors.
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
