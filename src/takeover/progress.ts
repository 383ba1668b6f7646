/** How far a takeover is: its journal, written step by step. */

import type { Journal, JournalEntry } from './journal.ts';

/** The journal of a takeover under way. */
export interface Progress {
  /** The entry that was written last. */
  readonly entry: JournalEntry;
  /** Before a request: the step is on disk when this resolves. Throws state errors; then nothing has changed. */
  reach(step: JournalEntry['step'], changed?: Partial<JournalEntry>): Promise<void>;
  /** After a request: a full disk does not keep the takeover from its next step. Never throws. */
  note(step: JournalEntry['step'], changed?: Partial<JournalEntry>): Promise<void>;
}

/** Writes the first entry. Throws state errors. */
export async function beginProgress(
  journal: Pick<Journal, 'write'>,
  first: JournalEntry,
  now: () => number,
): Promise<Progress> {
  await journal.write(first);
  let entry = first;
  const next = (step: JournalEntry['step'], changed?: Partial<JournalEntry>): JournalEntry => ({
    ...entry,
    ...changed,
    step,
    at: new Date(now()).toISOString(),
  });
  return {
    get entry() {
      return entry;
    },
    async reach(step, changed) {
      const wanted = next(step, changed);
      await journal.write(wanted);
      entry = wanted;
    },
    async note(step, changed) {
      entry = next(step, changed);
      await journal.write(entry).catch(() => {});
    },
  };
}
