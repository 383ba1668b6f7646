/** Instances that this machine knows of: which a listener holds now, and which one died holding. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '../history/driver.ts';
import { isLocked } from '../platform/lock.ts';
import { fileJournal, type JournalEntry, journalPath } from './journal.ts';
import { historyPath, lockPath } from './state.ts';

/** The folder of an instance's state. */
export interface KnownInstance {
  readonly folder: string;
  /** The last part of its path: readable, and unique on this machine. */
  readonly name: string;
}

/** The instances that have a folder in `data`. */
export async function knownInstances(data: string): Promise<KnownInstance[]> {
  const entries = await readdir(data, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(data, name) }));
}

/** Whether events of this instance were ever kept. */
export function hasHistory({ folder }: KnownInstance): Promise<boolean> {
  return exists(historyPath(folder));
}

/** Whether a listener holds the instance right now. */
export async function isHeld({ folder }: KnownInstance): Promise<boolean> {
  return (await exists(lockPath(folder))) && (await isLocked(lockPath(folder), openDatabase));
}

/** A listener that is gone, and the webhook it left. */
export interface DeadListener {
  readonly folder: string;
  readonly entry: JournalEntry;
}

/** The journals that nobody holds. Throws a state error for one that cannot be read. */
export async function deadListeners(data: string): Promise<DeadListener[]> {
  const dead: DeadListener[] = [];
  for (const instance of await knownInstances(data)) {
    const { folder } = instance;
    if (!(await exists(journalPath(folder))) || (await isHeld(instance))) continue;
    const entry = await fileJournal(folder).read();
    if (entry !== null) dead.push({ folder, entry });
  }
  return dead;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
