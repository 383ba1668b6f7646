/** An instance's state on this machine: the lock that one listener holds, its journal, its history. */

import { join } from 'node:path';
import { CliError } from '../errors.ts';
import type { Checkpoints } from '../history/checkpoints.ts';
import { openDatabase } from '../history/driver.ts';
import type { History } from '../history/history.ts';
import { createMemoryHistory } from '../history/memory.ts';
import { openHistory } from '../history/sqlite.ts';
import { acquireLock } from '../platform/lock.ts';
import { privateFolder } from '../platform/paths.ts';
import { isReachable } from './ask.ts';
import { fileJournal, type Journal, memoryJournal } from './journal.ts';
import type { ListenerDeps, ListenerOptions } from './options.ts';

/** The database that nothing is written to: who holds it exclusively, holds the instance. */
export function lockPath(folder: string): string {
  return join(folder, 'lock.db');
}

/** The history of the instance with this folder. */
export function historyPath(folder: string): string {
  return join(folder, 'history.db');
}

/**
 * Locks an instance on this machine; resolves with how to release it. Throws `busy` when a listener
 * holds it, naming that one, and state errors when the folder cannot be used.
 */
export async function lockInstance(
  folder: string,
  instanceId: string,
  signal?: AbortSignal,
): Promise<() => void> {
  await privateFolder(folder);
  const release = await lockOf(folder, signal);
  if (release !== null) return release;
  const holder = await fileJournal(folder).read();
  if (holder === null) {
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

/** How to release the lock; null when somebody holds it. Without a SQLite there is none to hold: who answers on its socket does. */
async function lockOf(folder: string, signal?: AbortSignal): Promise<(() => void) | null> {
  try {
    const lock = await acquireLock(lockPath(folder), openDatabase, signal ? { signal } : {});
    return lock === null ? null : () => lock.release();
  } catch (error) {
    if (!(error instanceof CliError && error.code === 'no_sqlite')) throw error;
    return (await isReachable(folder)) ? null : () => {};
  }
}

/** What a listener keeps of its instance; opened before the instance is touched. */
export interface InstanceState {
  readonly journal: Journal;
  readonly history: History;
  readonly unlock: () => void;
  readonly checkpoints: Checkpoints;
}

const NO_CHECKPOINTS: Checkpoints = { stop: async () => {} };

/**
 * Locks an instance and opens its journal and history. Throws what {@link lockInstance} throws, and
 * state errors when they cannot be written. Where Node has no SQLite, neither is there a lock to hold:
 * a real instance then needs `--no-history`, which says that its user knows.
 */
export async function openState(
  options: ListenerOptions,
  deps: Pick<ListenerDeps, 'checkpoints'>,
  signal: AbortSignal,
): Promise<InstanceState> {
  const { folder, instanceId, keepJournal, keepHistory } = options;
  const mayDoWithout = !keepHistory || !keepJournal;
  const journal = keepJournal ? fileJournal(folder) : memoryJournal();
  let unlock = () => {};
  try {
    unlock = await lockInstance(folder, instanceId, signal);
    if (!keepHistory) return inMemory(journal, unlock);
    const path = historyPath(folder);
    const history = await openHistory(path, { checkpoints: deps.checkpoints === undefined });
    const checkpoints = deps.checkpoints?.(path) ?? NO_CHECKPOINTS;
    return { journal, history, unlock, checkpoints };
  } catch (error) {
    unlock();
    if (!(error instanceof CliError && error.code === 'no_sqlite' && mayDoWithout)) throw error;
    return inMemory(journal, () => {});
  }
}

function inMemory(journal: Journal, unlock: () => void): InstanceState {
  return { journal, history: createMemoryHistory(), unlock, checkpoints: NO_CHECKPOINTS };
}
