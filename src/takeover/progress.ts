/** How far a takeover is: its journal, written step by step. */

import type { Journal, JournalEntry } from './journal.ts';

/** The journal of a takeover that is under way. */
export interface Progress {
  /** What the journal says. */
  readonly entry: JournalEntry;
  /** Is on disk when it resolves: what may be done only then. Throws state errors, and nothing has changed. */
  reach(step: JournalEntry['step'], changed?: Partial<JournalEntry>): Promise<void>;
  /** For a step that was made: a full disk must not keep us from the next. */
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
