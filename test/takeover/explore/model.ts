/**
 * A model of the takeover: two machines with a listener and a guard each, and a person at the dashboard,
 * at a vendor whose reads lag and whose cut requests are carried out late. It is searched by breadth, so
 * that a violation comes with its shortest trace. Each invariant is a sentence of docs/takeover.md.
 */

import { listening, starts } from './model-listener.ts';
import { guarding } from './model-restore.ts';
import {
  ALL_MENDS,
  createTextOf,
  type Faults,
  firstStates,
  isAListeners,
  type Mends,
  type Name,
  NOTHING,
  on,
  type Process,
  type State,
  type Step,
  spend,
  type Url,
} from './model-state.ts';

export interface Violation {
  /** The sentence of docs/takeover.md that does not hold. */
  readonly sentence: string;
  /** What happened, from the first start on. */
  readonly trace: readonly string[];
}

export interface Explored {
  /** How many states were reached. */
  readonly states: number;
  readonly ms: number;
  readonly violations: readonly Violation[];
}

/** Who starts listeners, and which faults may happen. */
export interface Run {
  readonly starts: Readonly<Record<Name, readonly Url[]>>;
  readonly faults: Partial<Faults>;
}

const NO_FAULTS = { crashes: 0, cuts: 0, lags: 0, edits: 0, moves: 0, deletions: 0 };
const EACH_FAULT = { crashes: 2, cuts: 1, lags: 1, edits: 1, moves: 1, deletions: 1 };
/** Two listeners one after the other on one machine, and one listener on each of two machines. */
const RUNS: readonly Run[] = [
  { starts: { A: ['A1', 'A2'], B: [] }, faults: { ...EACH_FAULT, total: 2 } },
  { starts: { A: ['A1'], B: ['B1'] }, faults: { ...EACH_FAULT, moves: 0, deletions: 0, total: 1 } },
];

const NAMES: readonly Name[] = ['A', 'B'];

/** Each invariant: a sentence of docs/takeover.md, and whether a state violates it. */
export const INVARIANTS: readonly (readonly [string, (state: State) => boolean])[] = [
  [
    'A listener that has said *restored* never has the instance again, also not by a request that is carried out late.',
    ({ truth, over }) => over.includes(truth),
  ],
  [
    "When every listener and guard has ended, the instance has no listener's url, unless an exit code was 20.",
    (state) => isSettled(state) && isAListeners(state.truth),
  ],
  [
    'After a crash nobody has to do anything, unless the guard was killed too.',
    (state) => isQuiet(state) && hasJournal(state) && !state.isTold && !state.isUnguarded,
  ],
  [
    'A webhook that somebody else sets stays.',
    (state) => isSettled(state) && state.edit === 'stays' && state.truth !== 'edited',
  ],
  ['A read that lags is never taken for a change by somebody else.', ({ hasBlamed }) => hasBlamed],
];

const isIdle = ({ listener, guard }: State[Name]) => listener === null && guard === null;
const isQuiet = ({ A, B, late }: State) => isIdle(A) && isIdle(B) && late.length === 0;
const hasJournal = ({ A, B }: State) => A.journal !== null || B.journal !== null;
/** Nothing is left to do, and nobody was told to do something. */
const isSettled = (state: State) => isQuiet(state) && !hasJournal(state) && !state.isTold;

/**
 * Searches every state that can be reached in `runs` (by default all faults, two at a time). `without`
 * takes mends out. Each invariant that is violated is told once, with its shortest trace.
 */
export function exploreModel({ without = {}, runs = RUNS }: ExploreOptions = {}): Explored {
  const began = performance.now();
  const mends = { ...ALL_MENDS, ...without };
  const textOf = createTextOf();
  const seen = new Set<string>();
  const violations = new Map<string, Way>();
  let edge: Reached[] = [];
  const reach = (state: State, said: string, from: Way | null, to: Reached[]) => {
    const text = textOf(state);
    if (seen.has(text)) return;
    seen.add(text);
    const way = { said, from };
    to.push({ state, way });
    for (const [sentence, isViolated] of INVARIANTS)
      if (!violations.has(sentence) && isViolated(state)) violations.set(sentence, way);
  };
  for (const { starts, faults } of runs) {
    // As many faults as there are of each kind, unless a total is named.
    const total = Object.values(faults).reduce((sum, count) => sum + count, 0);
    for (const state of firstStates({ ...NO_FAULTS, total, ...faults }, starts))
      reach(state, '', null, edge);
  }
  while (edge.length > 0) {
    const next: Reached[] = [];
    for (const { state, way } of edge)
      for (const { said, to } of stepsOf(state, mends)) reach(to, said, way, next);
    edge = next;
  }
  return {
    states: seen.size,
    ms: performance.now() - began,
    violations: [...violations].map(([sentence, way]) => ({ sentence, trace: traceOf(way) })),
  };
}

export interface ExploreOptions {
  readonly without?: { readonly [mend in keyof Mends]?: false };
  readonly runs?: readonly Run[];
}

/** What happened last, and before that. */
interface Way {
  readonly said: string;
  readonly from: Way | null;
}

interface Reached {
  readonly state: State;
  readonly way: Way;
}

function traceOf(way: Way): string[] {
  const trace: string[] = [];
  for (let at = way; at.from !== null; at = at.from) trace.unshift(at.said);
  return trace;
}

/** Everything that can happen next. */
function stepsOf(state: State, mends: Mends): Step[] {
  const steps = [...vendor(state), ...person(state)];
  for (const name of NAMES) {
    const { listener, guard } = state[name];
    if (listener !== null)
      steps.push(...listening({ state, name, role: 'listener', process: listener, mends }));
    if (guard !== null)
      steps.push(...guarding({ state, name, role: 'guard', process: guard, mends }));
    steps.push(...starts(state, name), ...crashes(state, name), ...users(state, name));
  }
  return steps;
}

/** The vendor carries out a request that was cut, loses it, or shows in reads what it has. */
function vendor(state: State): Step[] {
  const steps: Step[] = [];
  for (const url of new Set(state.late)) {
    const late = state.late.toSpliced(state.late.indexOf(url), 1);
    const words = `that writes ${url}`;
    steps.push({
      said: `the request ${words} is carried out late`,
      to: { ...state, late, truth: url },
    });
    steps.push({ said: `the request ${words} is never carried out`, to: { ...state, late } });
  }
  if (state.older !== null)
    steps.push({ said: 'the reads catch up', to: { ...state, older: null } });
  return steps;
}

const WRITES: ReadonlySet<Process['at']> = new Set(['proof', 'set', 'restore']);

/** A person sets another webhook at the dashboard. */
function person(state: State): Step[] {
  const faults = spend(state.faults, 'edits');
  if (faults === null) return [];
  const all = NAMES.flatMap((name) => [state[name].listener, state[name].guard]);
  // Nothing protects an edit between a read and its write, and while a request is under way.
  const isLost = state.late.length > 0 || all.some((one) => one !== null && WRITES.has(one.at));
  const to: State = { ...state, truth: 'edited', faults, edit: isLost ? 'lost' : 'stays' };
  const lagging = spend(faults, 'lags');
  const said = 'somebody else sets the webhook edited';
  const late = { said: `${said}, which reads show later`, older: state.truth };
  return [
    { said, to },
    ...(lagging === null
      ? []
      : [{ said: late.said, to: { ...to, older: late.older, faults: lagging } }]),
  ];
}

/** A listener or its guard is killed, or both; a request that is under way may be carried out later. */
function crashes(state: State, name: Name): Step[] {
  const { listener, guard, deleted } = state[name];
  const faults = spend(state.faults, 'crashes');
  if (faults === null) return [];
  const left = { ...state, faults };
  const steps: Step[] = [];
  const kill = (said: string, process: Process, change: Partial<State[Name]>) => {
    const isUnguarded = state.isUnguarded || (guard !== null && change.guard === null);
    const to = on({ ...left, isUnguarded }, name, change);
    steps.push({ said, to });
    const url = underWay(process);
    if (url !== null) {
      const late = [...state.late, url].sort();
      steps.push({ said: `${said} while it writes ${url}`, to: { ...to, late } });
    }
  };
  if (listener !== null) {
    const woken = guard === null ? null : ({ ...guard, at: 'wake' } as const);
    kill(`${name} is killed`, listener, { listener: null, guard: woken });
    // Without its folder and its guard, nobody knows of the takeover any more.
    if (guard !== null && deleted === null)
      kill(`${name} and its guard are killed`, listener, { listener: null, guard: null });
  } else if (guard !== null && deleted === null) {
    kill(`${name}'s guard is killed`, guard, { guard: null });
  }
  return steps;
}

function underWay({ at, entry }: Process) {
  if (at === 'set') return entry.ours;
  return WRITES.has(at) ? entry.original : null;
}

/** A user runs `restore` after a crash, or deletes the folder of a running listener. */
function users(state: State, name: Name): Step[] {
  const { listener, guard, journal } = state[name];
  if (journal === null) return [];
  const steps: Step[] = [];
  if (listener === null && guard === null && !state.isTold) {
    const restore = { ...RESTORE, entry: journal };
    steps.push({
      said: `the user of ${name} runs restore`,
      to: on(state, name, { guard: restore }),
    });
  }
  const faults = spend(state.faults, 'deletions');
  if (faults !== null && listener !== null && guard?.at === 'watch') {
    const gone = on({ ...state, faults }, name, { journal: null, deleted: journal });
    steps.push({ said: `the folder of ${name} is deleted`, to: gone });
  }
  return steps;
}

const RESTORE = { at: 'wake', found: 'original', ...NOTHING } as const;
