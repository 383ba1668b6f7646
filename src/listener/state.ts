/** An instance's state on this machine: the lock that one listener holds, its journal, its history. */

import { CliError } from '../errors.ts';
import type { Checkpoints } from '../history/checkpoints.ts';
import type { History } from '../history/history.ts';
import { createMemoryHistory } from '../history/memory.ts';
import { openHistory } from '../history/sqlite.ts';
import { historyPath } from '../platform/paths.ts';
import { fileJournal, type Journal, memoryJournal } from '../takeover/journal.ts';
import { lockInstance } from '../takeover/lock.ts';
import type { ListenerDeps, ListenerOptions } from './options.ts';

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
