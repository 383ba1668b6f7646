/** The model of a listener, from its claim to the first step of its release. */

import { evidenceOf, moved, restoring, type Turn, timePasses } from './model-restore.ts';
import {
  type Entry,
  isAListeners,
  isOurs,
  type Name,
  NOTHING,
  on,
  type Process,
  reads,
  type State,
  type Step,
  spend,
  type Url,
  writes,
} from './model-state.ts';

/** A user starts a listener, on a machine on which none runs and no guard holds the lock. */
export function starts(state: State, name: Name): Step[] {
  const { listener, guard, deleted } = state[name];
  const [ours, ...left] = state[name].starts;
  // Nobody starts a listener again while a guard still restores without its folder.
  const isLocked = guard !== null && (guard.at !== 'wake' || deleted !== null);
  if (ours === undefined || listener !== null || isLocked) return [];
  const process: Process = {
    at: 'claim',
    entry: { by: ours, ours, original: 'original', step: 'about-to-set', former: [], ...FRESH },
    found: 'original',
    ...NOTHING,
  };
  const to = on(state, name, { starts: left, listener: process });
  return [{ said: `${name} starts a listener`, to }];
}

const FRESH = { inDoubt: false, staleReads: false };

/** The steps of a listener. */
export function listening(turn: Turn): Step[] {
  switch (turn.process.at) {
    case 'claim':
      return claim(turn);
    case 'proof':
      return prove(turn);
    case 'journal':
      return readBeforeSet(writeJournal(turn));
    case 'set':
      return set(turn);
    case 'read back':
      return [releases(turn, `${turn.name} is stopped`), ...readBack(turn)];
    case 'ready':
      return [releases(turn, `${turn.name} is stopped`), ...moves(turn), ...timePasses(turn)];
    default:
      return restoring(turn);
  }
}

function claim(turn: Turn): Step[] {
  const { name } = turn;
  return reads(turn.state).flatMap(({ shown, said, state }) => {
    const { journal: left } = state[name];
    const isAtCrashed = left !== null && isOurs(shown, left);
    // After a crash, reads must agree on another webhook before it is believed.
    if (left !== null && !isAtCrashed && state.older !== null) return [];
    const isResumed = isAtCrashed || shown === left?.original;
    if (left === null || isResumed) return [claimed({ ...turn, state }, shown, said, left)];
    // Somebody else's webhook shows, and a request of the crashed listener may yet replace it.
    const mayBeSet = left.inDoubt || left.step === 'about-to-set';
    if (!mayBeSet) return [claimed({ ...turn, state }, shown, said, null)];
    const to = on(state, name, { listener: null });
    return [{ said: `${name} claims: ${said}, and ends with code 18`, to }];
  });
}

function claimed(turn: Turn, shown: Url, said: string, resumed: Entry | null): Step {
  const { state, name, process, mends } = turn;
  const { own } = state[name];
  const had = resumed?.original ?? shown;
  const isAnothers = mends.recognises && isAListeners(had);
  const original = isAnothers ? (own ?? had) : had;
  const remembered = isAListeners(original) ? own : original;
  const entry: Entry = { ...process.entry, original, ...carried(resumed, shown) };
  const known = resumed === null ? {} : evidenceOf({ ...entry, step: 'set' }, mends);
  // The own webhook that is known here may be older than an edit of it.
  const isOlder = isAnothers && state.edit === 'stays' && original !== 'edited';
  const seen = isOlder ? { ...state, edit: 'lost' as const } : state;
  const claims: Process = { ...process, ...known, found: shown, entry };
  const at = isProven({ ...turn, process: claims }) ? 'proof' : 'journal';
  const to = on(seen, name, { own: remembered, listener: { ...claims, at } });
  return { said: `${name} claims: ${said}, and will restore ${original}`, to };
}

/** What a crashed listener's journal has for the next one: its urls, and its last request where it may be late. */
function carried(left: Entry | null, found: Url): Pick<Entry, 'former' | 'inDoubt' | 'staleReads'> {
  if (left === null) return { former: [], ...FRESH };
  const { ours, former, inDoubt, staleReads, step } = left;
  const isOpen = step === 'about-to-set' && found !== ours;
  return { former: [...former, ours], inDoubt: inDoubt || isOpen, staleReads };
}

function isProven({ process: { found, entry }, mends }: Turn): boolean {
  const isListeners = isAListeners(found) || isAListeners(entry.original);
  return !(mends.skipsProof && mends.recognises && isListeners);
}

function prove(turn: Turn): Step[] {
  return writes(turn.state, turn.process.entry.original).map(({ said, isCut, state }) => {
    const words = `${turn.name} proves: ${said}`;
    return moved({ ...turn, state }, words, { at: isCut ? 'proof' : 'journal' });
  });
}

/** The journal is on disk, and the guard watches, before anything is set. */
function writeJournal(turn: Turn): Turn {
  const { state, name, process } = turn;
  const { entry } = process;
  const guard: Process = { ...NOTHING, at: 'watch', entry, found: 'original' };
  return { ...turn, state: on(state, name, { journal: entry, deleted: null, guard }) };
}

function readBeforeSet(turn: Turn): Step[] {
  const { name, process } = turn;
  const { entry, found } = process;
  const isExpected = (shown: Url) =>
    shown === found ||
    isOurs(shown, entry) ||
    (shown === entry.original && (isProven(turn) || entry.former.length > 0));
  return reads(turn.state).map(({ shown, said, state }) => {
    const words = `${name} writes its journal, and ${said}`;
    const seen = { ...turn, state };
    if (!isExpected(shown)) return releases(seen, words);
    return moved(seen, words, { at: 'set', shown });
  });
}

function set(turn: Turn): Step[] {
  const { name, process, mends } = turn;
  return writes(turn.state, process.entry.ours).flatMap(({ said, isCut, state }) => {
    const words = `${name} sets: ${said}`;
    const sent = { ...process, mayBeOurs: true };
    if (!isCut) return [moved({ ...turn, state }, words, { mayBeOurs: true, at: 'read back' })];
    const cut: Process = { ...sent, wasCut: mends.waitsForLate };
    const doubted = noted({ ...turn, state, process: cut }, { inDoubt: true });
    return [
      moved(doubted, `${words}; it retries`, {}),
      releases(doubted, `${words}; no retry gets through`),
    ];
  });
}

function readBack(turn: Turn): Step[] {
  const { name, process, mends } = turn;
  const { entry, shown: before } = process;
  return reads(turn.state).map(({ shown, said, state }) => {
    const words = `${name} checks: ${said}`;
    const seen = { ...turn, state };
    if (shown === entry.ours)
      return moved(noted(seen, { step: 'set' }), `${words}, and is ready`, {
        at: 'ready',
        shown: 'original',
      });
    const isOlder = shown === before || shown === entry.original || isOurs(shown, entry);
    if (isOlder && mends.readsPatiently && shown !== state.truth) {
      const lagging = noted({ ...seen, process: { ...process, lags: true } }, { staleReads: true });
      return moved(lagging, `${words}, and waits`, {});
    }
    return releases(
      { ...seen, state: isOlder ? blamed(seen, shown) : state },
      `${words}, and says that somebody else changed it`,
    );
  });
}

const MOVED: Partial<Readonly<Record<Url, Url>>> = {
  A1: 'A1 moved',
  A2: 'A2 moved',
  B1: 'B1 moved',
};

/** The listener gets another url, and sets the webhook again. */
function moves(turn: Turn): Step[] {
  const { name, process } = turn;
  const { ours, former } = process.entry;
  const next = MOVED[ours];
  const faults = spend(turn.state.faults, 'moves');
  if (next === undefined || faults === null) return [];
  return reads({ ...turn.state, faults }).flatMap(({ shown, said, state }) => {
    if (!isOurs(shown, process.entry)) return [];
    const change = { ours: next, former: [...former, ours], step: 'about-to-set' } as const;
    const seen = noted({ ...turn, state }, change);
    return moved(seen, `${name} gets another url, writes its journal, and ${said}`, {
      at: 'set',
      shown,
    });
  });
}

/** Somebody else is blamed although ours is set: a read lags. */
function blamed({ state, process }: Turn, shown: Url): State {
  const isOurFault = state.truth === process.entry.ours && shown !== state.truth;
  return isOurFault ? { ...state, hasBlamed: true } : state;
}

/** A process that has changed its entry, and the journal on disk where there is one yet. */
function noted(turn: Turn, change: Partial<Entry>): Turn {
  const { state, name, process } = turn;
  const entry = { ...process.entry, ...change };
  // Where the folder is gone, the guard is told what the disk cannot hold.
  const { deleted } = state[name];
  const noted = on(state, name, deleted === null ? { journal: entry } : { deleted: entry });
  return { ...turn, state: noted, process: { ...process, entry } };
}

function releases(turn: Turn, said: string): Step {
  const at = { at: 'read before restore', shown: 'original' } as const;
  return moved(noted(turn, { step: 'about-to-restore' }), `${said}, and begins its release`, at);
}
