/** The files of an instance on this machine: its lock, its journal, its history. */

import { existsSync } from 'node:fs';
import { CliError } from '../errors.ts';
import type { Checkpoints } from '../history/checkpoints.ts';
import type { History } from '../history/history.ts';
import { createMemoryHistory } from '../history/memory.ts';
import { openHistory } from '../history/sqlite.ts';
import { historyPath } from '../platform/paths.ts';
import { fileJournal, type Journal, memoryJournal } from '../takeover/journal.ts';
import { lockInstance } from '../takeover/lock.ts';

export interface StateOptions {
  /** False with `--simulate`: its API ends with it, so a later listener has nothing to restore. */
  readonly journal: boolean;
  /** False stores events in memory only. */
  readonly history: boolean;
}

/** Opened before the instance is touched. */
export interface InstanceFiles {
  readonly journal: Journal;
  readonly history: History;
  readonly unlock: () => void;
  readonly checkpoints: Checkpoints;
  /** The path of a history that did not exist before; null where it did, and in memory. */
  readonly newHistory: string | null;
}

const NO_CHECKPOINTS: Checkpoints = { stop: async () => {} };

/**
 * Locks an instance and opens its journal and history. `startCheckpoints` makes the checkpoints of the
 * history at a path; without it the commits make their own. Throws what {@link lockInstance} throws,
 * and state errors when the files cannot be written. A Node without SQLite has no lock either: a real
 * instance then needs `--no-history`, by which its user accepts that. With neither journal nor history no
 * folder is needed.
 */
export async function openFiles(
  { id, folder }: { readonly id: string; readonly folder: string },
  options: StateOptions,
  signal: AbortSignal,
  startCheckpoints?: (path: string) => Checkpoints,
): Promise<InstanceFiles> {
  const mayDoWithout = !options.history || !options.journal;
  const journal = options.journal ? fileJournal(folder) : memoryJournal();
  let unlock = () => {};
  try {
    unlock = await lockInstance(folder, id, signal);
    if (!options.history) return inMemory(journal, unlock);
    const path = historyPath(folder);
    const isNew = !existsSync(path);
    const history = await openHistory(path, {
      checkpoints: startCheckpoints === undefined,
      check: true,
    });
    const checkpoints = startCheckpoints?.(path) ?? NO_CHECKPOINTS;
    return { journal, history, unlock, checkpoints, newHistory: isNew ? path : null };
  } catch (error) {
    unlock();
    if (!(error instanceof CliError)) throw error;
    // With nothing to store, a folder that cannot be used is no reason to end.
    const needsFolder = options.history || options.journal;
    const goesOn = needsFolder
      ? error.code === 'no_sqlite' && mayDoWithout
      : error.exit === 'state';
    if (!goesOn) throw error;
    return inMemory(journal, () => {});
  }
}

function inMemory(journal: Journal, unlock: () => void): InstanceFiles {
  const history = createMemoryHistory();
  return { journal, history, unlock, checkpoints: NO_CHECKPOINTS, newHistory: null };
}
