/** The instances that this machine knows: those that a listener holds, and those that a crashed one left. */

import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isReachable } from '../control/client.ts';
import { CliError } from '../errors.ts';
import { openDatabase } from '../history/driver.ts';
import { isLocked } from '../platform/lock.ts';
import { historyPath } from '../platform/paths.ts';
import { guardAtWork } from './guard/report.ts';
import { fileJournal, type JournalEntry, journalPath } from './journal.ts';
import { lockPath } from './lock.ts';

/** An instance by its folder of state. */
export interface KnownInstance {
  readonly folder: string;
  /** The last part of its path: readable, and unique on this machine. */
  readonly name: string;
}

/** The instances that have a folder in `data`. Throws `folder_not_read` (state) where it cannot be listed. */
export async function knownInstances(data: string): Promise<KnownInstance[]> {
  const entries = await readdir(data, { withFileTypes: true }).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw notRead(data, cause);
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(data, name) }));
}

/** Whether events of this instance were ever stored. */
export function hasHistory({ folder }: KnownInstance): Promise<boolean> {
  return exists(historyPath(folder));
}

/**
 * Whether a running listener holds the instance; a guard does not count. Without SQLite there is no
 * lock: then its control socket tells.
 */
export async function isHeld({ folder }: KnownInstance): Promise<boolean> {
  if (!(await exists(lockPath(folder)))) return false;
  try {
    return (await isLocked(lockPath(folder), openDatabase)) && (await guardAtWork(folder)) === null;
  } catch (error) {
    if (error instanceof CliError && error.code === 'no_sqlite') return isReachable(folder);
    throw error;
  }
}

/** A listener that ended without releasing its instance: its folder and journal. */
export interface CrashedListener {
  readonly folder: string;
  readonly entry: JournalEntry;
}

/** What crashed listeners left behind. */
export interface Left {
  readonly crashed: readonly CrashedListener[];
  /** An error for each journal that cannot be read, so that it does not hide the others. */
  readonly unreadable: readonly CliError[];
}

/** The journals in `data` that no running listener holds. Throws a state error when a folder or a lock cannot be checked. */
export async function crashedListeners(data: string): Promise<Left> {
  const crashed: CrashedListener[] = [];
  const unreadable: CliError[] = [];
  for (const instance of await knownInstances(data)) {
    const { folder } = instance;
    if (!(await exists(journalPath(folder))) || (await isHeld(instance))) continue;
    try {
      const entry = await fileJournal(folder).read();
      if (entry !== null) crashed.push({ folder, entry });
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      unreadable.push(error);
    }
  }
  return { crashed, unreadable };
}

/** Whether there is a file. Throws `folder_not_read` (state) where that cannot be told. */
function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (cause: unknown) => {
      if (isMissing(cause)) return false;
      throw notRead(dirname(path), cause);
    },
  );
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function notRead(path: string, cause: unknown): CliError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new CliError('state', 'folder_not_read', `The folder ${path} cannot be read (${reason})`, {
    hint: 'Make the folder yours and readable, or set EAZEWA_HOOKS_HOME to one that is.',
    cause,
    facts: { path },
  });
}
