/** The model of a restore, by a listener that ends, by a guard, or by `restore`: they share it, as in the program. */

import {
  type Entry,
  isAListeners,
  isOurs,
  type Mends,
  type Name,
  on,
  type Process,
  reads,
  type State,
  type Step,
  writes,
} from './model-state.ts';

type Role = 'listener' | 'guard';

/** A process at its next step. */
export interface Turn {
  readonly state: State;
  readonly name: Name;
  readonly role: Role;
  readonly process: Process;
  readonly mends: Mends;
}

export const who = (name: Name, role: Role) => (role === 'listener' ? name : `${name}'s guard`);

/** What a process knows that finds a journal of another one. */
export function evidenceOf(entry: Entry, { waitsForLate }: Mends) {
  return {
    mayBeOurs: true,
    isRestored: false,
    lags: entry.staleReads,
    wasCut: waitsForLate && entry.inDoubt,
    isOpen: waitsForLate && entry.step === 'about-to-set',
    isDone: false,
  };
}

/** Where the next attempt begins: a guard unlocks the instance between two. */
const again = (role: Role) => (role === 'guard' ? 'wake' : 'read before restore');

/** The steps of a process that restores. */
export function restoring(turn: Turn): Step[] {
  const { at } = turn.process;
  if (at === 'read before restore') return [...readBefore(turn), ...timePasses(turn)];
  if (at === 'restore') return write(turn);
  return readAfter(turn);
}

function readBefore(turn: Turn): Step[] {
  const { name, role, process, mends } = turn;
  const { entry, mayBeOurs, isRestored } = process;
  const isListeners = mends.recognises && isAListeners(entry.original);
  return reads(turn.state).map(({ shown, said, state }): Step => {
    const isOriginal = shown === entry.original;
    const mayBeStale = mends.writesOriginal && mayBeOurs && !isRestored && !isListeners;
    const seen = { ...turn, state };
    const words = `${who(name, role)} restores: ${said}`;
    if (isOriginal ? !mayBeStale : !isOurs(shown, entry)) {
      // After a write of ours, one read proves nothing: another webhook must show for the settle time.
      const isUnproven = mends.writesOriginal && mayBeOurs && !isRestored && !process.isDone;
      const lags = process.lags || isUnproven;
      return agreed({ ...seen, process: { ...process, lags } }, words);
    }
    if (isListeners)
      return given(seen, `${words}, and ends with code 20: the own webhook is not known`);
    const lags = mends.writesOriginal && (process.lags || isOriginal || isRestored);
    return moved(seen, words, { at: 'restore', shown, lags });
  });
}

function write(turn: Turn): Step[] {
  const { name, role, process } = turn;
  return writes(turn.state, process.entry.original).map(({ said, isCut, state }) => {
    const next: Partial<Process> = isCut
      ? { at: again(role), shown: 'original' }
      : { at: 'read after restore', isRestored: true };
    return moved({ ...turn, state }, `${who(name, role)} restores: ${said}`, next);
  });
}

function readAfter(turn: Turn): Step[] {
  const { name, role, process, mends } = turn;
  const { entry } = process;
  return reads(turn.state).map(({ shown, said, state }) => {
    const words = `${who(name, role)} checks: ${said}`;
    const seen = { ...turn, state };
    if (isOurs(shown, entry)) {
      const lags = mends.writesOriginal;
      return moved(seen, words, { at: again(role), shown: 'original', lags });
    }
    // The listener's last request has had its effect where its webhook was seen.
    const wasOriginal = process.shown === entry.original;
    const isOvertaken = entry.step === 'about-to-set' && process.shown !== entry.ours;
    const isOpen = process.isOpen && (wasOriginal || isOvertaken);
    return agreed({ ...seen, process: { ...process, isOpen } }, words);
  });
}

/** A read agrees: the restore is over where nothing must settle any more. */
function agreed(turn: Turn, said: string): Step {
  const { state, name, role, process } = turn;
  const { lags, wasCut, isOpen, entry } = process;
  if (lags || wasCut || isOpen) {
    return moved(turn, said, { at: again(role), shown: 'original', isDone: true });
  }
  const over = [...new Set([...state.over, entry.ours, ...entry.former])].sort();
  const ended = { journal: null, deleted: null, guard: null };
  const to = on({ ...state, over }, name, {
    ...ended,
    ...(role === 'listener' && { listener: null }),
  });
  return { said: `${said}, says that it is done, and ends`, to };
}

/** The original is another listener's: the user is told, and the journal stays. */
function given({ state, name }: Turn, said: string): Step {
  return { said, to: on({ ...state, isTold: true }, name, { listener: null, guard: null }) };
}

/** The time of reads that agree passes: the vendor lags for less, and carries out cut requests sooner. */
export function timePasses({ state, name, role, process }: Turn): Step[] {
  const { lags, wasCut, isOpen, isDone, at } = process;
  if (!lags && !wasCut && !isOpen) return [];
  if (state.older !== null || state.late.length > 0) return [];
  if (at !== 'ready' && !isDone) return [];
  const settled = { ...process, wasCut: false, isOpen: false, lags: at === 'ready' && lags };
  const to = on(state, name, { [role]: settled });
  return [{ said: `${who(name, role)} has waited long enough, and reads on`, to }];
}

/** The steps of a guard: it wakes when its listener is gone, and restores under the lock of its machine. */
export function guarding(turn: Turn): Step[] {
  const { process } = turn;
  if (process.at === 'watch') return [];
  if (process.at !== 'wake') return restoring(turn);
  return [...wakes(turn), ...timePasses(turn)];
}

function wakes({ state, name, process, mends }: Turn): Step[] {
  const { journal, deleted, listener } = state[name];
  const { entry, mayBeOurs } = process;
  const ends = (why: string): Step[] => [
    { said: `${name}'s guard ${why}, and ends`, to: on(state, name, { guard: null }) },
  ];
  const begins = (found: Entry): Step[] => {
    // What it knows of the vendor it knows from its first attempt on.
    const known = mayBeOurs ? {} : evidenceOf(found, mends);
    const guard: Process = { ...process, ...known, entry: found, at: 'read before restore' };
    return [{ said: `${name}'s guard begins to restore`, to: on(state, name, { guard }) }];
  };
  if (deleted?.by === entry.by && journal === null) {
    if (!mends.remembers) return ends('finds no journal');
    return begins(deleted);
  }
  if (journal?.by !== entry.by) return ends('finds no journal of its listener');
  return listener === null ? begins(journal) : [];
}

/** The process goes on, and its machine's journal with it. */
export function moved(turn: Turn, said: string, next: Partial<Process>): Step {
  const { state, name, role, process } = turn;
  return { said, to: on(state, name, { [role]: { ...process, ...next } }) };
}
