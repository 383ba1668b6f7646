/** A guard's copy of its listener's journal: the file, and without it the entries that the listener has sent. */

import { stat } from 'node:fs/promises';
import { fileJournal, type Journal, type JournalEntry, parseEntry } from '../journal.ts';
import { lockPath } from '../lock.ts';

/** A guard's journal, which outlives its file. */
export interface GuardMemory extends Journal {
  /** Takes a line with an entry that the listener has sent; ignores one that a crash cut short. */
  hear(line: string): void;
  /** Whether the listener has sent an entry. */
  knows(): boolean;
}

/**
 * The journal of the takeover that `task` is for. `read` resolves with the newest entry, with that of
 * another takeover, or with null: settled. A journal that cannot be read, or that is gone together with
 * the lock's file of the start, is not settled: somebody has removed the folder. Without any entry
 * `read` throws what the file's throws. `lockNow` tells that file from another one; null for none.
 */
export async function guardMemory(
  { folder, since, pid }: { readonly folder: string; readonly since: string; readonly pid: number },
  file: Journal = fileJournal(folder),
  lockNow: () => Promise<string | null> = () => identityOf(lockPath(folder)),
): Promise<GuardMemory> {
  const lockAtStart = await lockNow();
  let known: JournalEntry | null = null;
  let isOnDisk = false;
  /** The folder was removed: a journal that stands there later is another listener's. */
  let isGone = false;
  /** A full disk may have kept the file from getting the newest entry. */
  const newest = (entry: JournalEntry) => {
    if (known === null || known.at <= entry.at) known = entry;
    return known;
  };
  const readFile = async (): Promise<JournalEntry | null> => {
    try {
      return await file.read();
    } catch (error) {
      if (known === null) throw error;
      return known;
    }
  };
  return {
    hear(line) {
      known = parseEntry(line) ?? known;
    },
    knows: () => known !== null,
    async read() {
      const entry = await readFile();
      isOnDisk = entry !== null;
      isGone = entry === null;
      if (entry !== null) return entry.since === since && entry.pid === pid ? newest(entry) : entry;
      const isSettled = lockAtStart !== null && (await lockNow()) === lockAtStart;
      return isSettled ? null : known;
    },
    async write(entry) {
      known = entry;
      if (isOnDisk) await file.write(entry);
    },
    async remove() {
      if (!isGone) await file.remove();
    },
  };
}

/** Tells a file from another one at the same path; null where there is none. */
async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino, birthtimeNs } = await stat(path, { bigint: true });
    return [dev, ino, birthtimeNs].join();
  } catch {
    return null;
  }
}
