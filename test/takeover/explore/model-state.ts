/** The states of the model: the vendor, two machines with a listener and a guard each, and what was promised so far. */

/** A webhook: production's, the one that a person sets at the dashboard, and those of listeners. */
export type Url = 'original' | 'edited' | 'A1' | 'A1 moved' | 'A2' | 'A2 moved' | 'B1' | 'B1 moved';

export type Name = 'A' | 'B';

/** The mends of the takeover. A test takes them out, one at a time. */
export interface Mends {
  /** The original is written whatever a read shows, and must show for the settle time. */
  readonly writesOriginal: boolean;
  /** A request without an answer is waited for. */
  readonly waitsForLate: boolean;
  /** Ours is read back with patience. */
  readonly readsPatiently: boolean;
  /** Nothing of another listener's is written for the proof. */
  readonly skipsProof: boolean;
  /** A listener's url is recognised on any host. */
  readonly recognises: boolean;
  /** The guard restores by memory where its folder is gone. */
  readonly remembers: boolean;
}

export const ALL_MENDS: Mends = {
  writesOriginal: true,
  waitsForLate: true,
  readsPatiently: true,
  skipsProof: true,
  recognises: true,
  remembers: true,
};

/** What a machine has on disk, and its processes in memory. */
export interface Entry {
  /** The listener that wrote it, by its first url. */
  readonly by: Url;
  readonly ours: Url;
  readonly original: Url;
  readonly step: 'about-to-set' | 'set' | 'about-to-restore';
  /** Its earlier urls, and those of crashed listeners, that the instance may still have or get. */
  readonly former: readonly Url[];
  /** A request had no answer. */
  readonly inDoubt: boolean;
  /** A read has shown an older webhook. */
  readonly staleReads: boolean;
}

/** Where a process is: what it does next. */
export type At =
  | 'claim'
  | 'proof'
  | 'journal'
  | 'set'
  | 'read back'
  | 'ready'
  | 'watch'
  | 'wake'
  | 'read before restore'
  | 'restore'
  | 'read after restore';

/** A listener or a guard. */
export interface Process {
  readonly at: At;
  readonly entry: Entry;
  /** What the instance had at the claim. */
  readonly found: Url;
  /** What the last read showed. */
  readonly shown: Url;
  /** A request that sets ours was sent. */
  readonly mayBeOurs: boolean;
  /** The vendor acknowledged the original. */
  readonly isRestored: boolean;
  /** A read was older than a write. */
  readonly lags: boolean;
  /** A request had no answer, or (`isOpen`) a crashed listener may have sent one. */
  readonly wasCut: boolean;
  readonly isOpen: boolean;
  /** A restore has succeeded, and must only settle. */
  readonly isDone: boolean;
}

/** What a process knows at its start. */
export const NOTHING = {
  shown: 'original',
  mayBeOurs: false,
  isRestored: false,
  lags: false,
  wasCut: false,
  isOpen: false,
  isDone: false,
} as const;

export interface Machine {
  /** The listeners that its user starts yet, by their urls. */
  readonly starts: readonly Url[];
  /** The own webhook that it remembers. */
  readonly own: Url | null;
  readonly journal: Entry | null;
  /** The journal that was deleted with its folder. */
  readonly deleted: Entry | null;
  readonly listener: Process | null;
  readonly guard: Process | null;
}

/** How many faults may still happen. */
export interface Faults {
  readonly total: number;
  /** Listeners that crash, alone or with their guard. */
  readonly crashes: number;
  readonly cuts: number;
  /** Writes that reads show only later. */
  readonly lags: number;
  readonly edits: number;
  /** Listeners whose url changes. */
  readonly moves: number;
  readonly deletions: number;
}

export interface State {
  /** What the instance has, and what a read may still show instead. */
  readonly truth: Url;
  readonly older: Url | null;
  /** Requests that were cut, and may be carried out later. */
  readonly late: readonly Url[];
  readonly A: Machine;
  readonly B: Machine;
  readonly faults: Faults;
  /** Whether the edit at the dashboard must stay; `lost`: it fell into a window in which nothing can protect it. */
  readonly edit: 'none' | 'stays' | 'lost';
  /** Urls of listeners that have said `restored`. */
  readonly over: readonly Url[];
  /** Somebody was told that a webhook could not be restored, with the command to type. */
  readonly isTold: boolean;
  /** A guard was killed. */
  readonly isUnguarded: boolean;
  /** A listener has blamed somebody else for a webhook that nobody had changed. */
  readonly hasBlamed: boolean;
}

/** Something that can happen: in words, and the state after it. */
export interface Step {
  readonly said: string;
  readonly to: State;
}

const MACHINE: Machine = {
  starts: [],
  own: null,
  journal: null,
  deleted: null,
  listener: null,
  guard: null,
};

/** The first states: machine B knows the instance's own webhook, or does not. */
export function firstStates(
  faults: Faults,
  starts: Readonly<Record<Name, readonly Url[]>>,
): State[] {
  const owns: readonly (Url | null)[] = starts.B.length === 0 ? [null] : [null, 'original'];
  return owns.map((own) => ({
    truth: 'original',
    older: null,
    late: [],
    A: { ...MACHINE, starts: starts.A },
    B: { ...MACHINE, starts: starts.B, own },
    faults,
    edit: 'none',
    over: [],
    isTold: false,
    isUnguarded: false,
    hasBlamed: false,
  }));
}

const bits = (...all: readonly boolean[]) => all.reduce((sum, bit) => sum * 2 + Number(bit), 0);

/** A number for each value of a kind; equal values, by their texts, have equal numbers. */
function numbering<T extends object>(textOf: (value: T) => string): (value: T | null) => number {
  const known = new WeakMap<T, number>();
  const numbers = new Map<string, number>();
  return (value) => {
    if (value === null) return -1;
    const before = known.get(value);
    if (before !== undefined) return before;
    const text = textOf(value);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    known.set(value, number);
    return number;
  };
}

/** Makes states into texts: equal states have equal texts. */
export function createTextOf(): (state: State) => string {
  const entry = numbering<Entry>((it) => {
    const { by, ours, original, step, former } = it;
    return `${by},${ours},${original},${step},${former},${bits(it.inDoubt, it.staleReads)}`;
  });
  const process = numbering<Process>((it) => {
    const flags = bits(it.mayBeOurs, it.isRestored, it.lags, it.wasCut, it.isOpen, it.isDone);
    return `${it.at},${it.found},${it.shown},${flags},${entry(it.entry)}`;
  });
  const machine = numbering<Machine>(({ starts, own, journal, deleted, listener, guard }) => {
    const files = `${entry(journal)};${entry(deleted)}`;
    return `${starts};${own};${files};${process(listener)};${process(guard)}`;
  });
  const left = numbering<Faults>((it) => Object.values(it).join());
  return (state) => {
    const { truth, older, late, A, B, faults, edit, over, isTold, isUnguarded, hasBlamed } = state;
    const said = `${edit},${over},${bits(isTold, isUnguarded, hasBlamed)}`;
    return `${truth},${older},${late};${machine(A)};${machine(B)};${left(faults)};${said}`;
  };
}

/** Whether a webhook is a listener's, as the model's tests of the invariants see it. */
export function isAListeners(url: Url): boolean {
  return url !== 'original' && url !== 'edited';
}

/** Whether a webhook is this entry's listener's, or a crashed one's before it. */
export function isOurs(url: Url, { ours, former }: Entry): boolean {
  return url === ours || former.includes(url);
}

/** The state with something else on one machine. */
export function on(state: State, name: Name, change: Partial<Machine>): State {
  return { ...state, [name]: { ...state[name], ...change } };
}

/** The faults that are left after one of this kind; null where none may happen. */
export function spend(faults: Faults, kind: Exclude<keyof Faults, 'total'>): Faults | null {
  if (faults.total === 0 || faults[kind] === 0) return null;
  return { ...faults, total: faults.total - 1, [kind]: faults[kind] - 1 };
}

/** What a read may show. A stale read that hides an edit loses it. */
export function reads(state: State): readonly { shown: Url; said: string; state: State }[] {
  const { truth, older, edit } = state;
  const now = { shown: truth, said: `reads ${truth}`, state };
  if (older === null || older === truth) return [now];
  const isMissed = edit === 'stays' && older !== 'edited';
  const then = isMissed ? { ...state, edit: 'lost' as const } : state;
  return [now, { shown: older, said: `reads ${older}, which is older`, state: then }];
}

/** What may become of a write: acknowledged, shown late, or cut. */
export function writes(
  state: State,
  url: Url,
): readonly { said: string; isCut: boolean; state: State }[] {
  const { truth, faults, late } = state;
  const done = { ...state, truth: url };
  const all = [{ said: `writes ${url}`, isCut: false, state: done }];
  const lagging = truth === url ? null : spend(faults, 'lags');
  if (lagging !== null) {
    const shownLate = { ...done, older: truth, faults: lagging };
    all.push({ said: `writes ${url} (reads show it later)`, isCut: false, state: shownLate });
  }
  const cut = spend(faults, 'cuts');
  if (cut !== null) {
    const sent = { ...state, late: [...late, url].sort(), faults: cut };
    all.push({ said: `writes ${url}, and the request is cut`, isCut: true, state: sent });
  }
  return all;
}
