/** How far a takeover is: its journal, written step by step. */

import { CliError, isCausedBy } from '../errors.ts';
import type { Journal, JournalEntry } from './journal.ts';

/** The journal of a takeover under way. */
export interface Progress {
  /** The entry that was written last. */
  readonly entry: JournalEntry;
  /** The entry that this process began with. */
  readonly first: JournalEntry;
  /**
   * Before a request: the step is on disk when this resolves, or known to the guard where the folder is
   * gone. Throws state errors, and `not_held` (state) after {@link close}; then nothing has changed.
   */
  reach(step: JournalEntry['step'], changed?: Partial<JournalEntry>): Promise<void>;
  /** After a request: a full disk does not keep the takeover from its next step. Never throws. */
  note(step: JournalEntry['step'], changed?: Partial<JournalEntry>): Promise<void>;
  /** Like {@link note}, at whatever step the takeover is. */
  remember(changed: Partial<JournalEntry>): Promise<void>;
  /** The journal is the guard's from now on: nothing is written any more. */
  close(): void;
}

/**
 * Writes the first entry. `tell` gets each entry, also one that the disk refused, and returns whether a
 * guard has it. Throws state errors.
 */
export async function beginProgress(
  journal: Pick<Journal, 'write'>,
  first: JournalEntry,
  now: () => number,
  tell: (entry: JournalEntry) => boolean,
): Promise<Progress> {
  await journal.write(first);
  tell(first);
  return progressFrom(journal, first, now, tell);
}

/** Goes on from an entry that is in the journal. */
export function progressFrom(
  journal: Pick<Journal, 'write'>,
  first: JournalEntry,
  now: () => number,
  tell: (entry: JournalEntry) => boolean = () => false,
): Progress {
  let entry = first;
  let isOver = false;
  let last: Promise<unknown> = Promise.resolve();
  // One write after the other: of two at once, the older entry could stay.
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  const next = (step: JournalEntry['step'], changed?: Partial<JournalEntry>): JournalEntry => ({
    ...entry,
    ...changed,
    step,
    at: new Date(now()).toISOString(),
  });
  const note = (step: JournalEntry['step'] | null, changed?: Partial<JournalEntry>) =>
    inTurn(async () => {
      if (isOver) return;
      entry = next(step ?? entry.step, changed);
      tell(entry);
      await journal.write(entry).catch(() => {});
    });
  return {
    first,
    get entry() {
      return entry;
    },
    reach: (step, changed) =>
      inTurn(async () => {
        if (isOver) throw notHeld(entry.instanceId);
        const wanted = next(step, changed);
        let refused: unknown = null;
        await journal.write(wanted).catch((error: unknown) => {
          // ENOENT: the folder was removed.
          if (!isCausedBy(error, 'ENOENT')) throw error;
          refused = error;
        });
        // Every other entry is gone as well: what the guard has takes their place.
        const isTold = tell(wanted);
        if (refused !== null && !isTold) throw refused;
        entry = wanted;
      }),
    note,
    remember: (changed) => note(null, changed),
    close() {
      isOver = true;
    },
  };
}

function notHeld(instanceId: string): CliError {
  return new CliError(
    'state',
    'not_held',
    `The takeover of instance ${instanceId} was left to its guard`,
  );
}
