/** What the terminal UI shows, as data: messages change it in `step.ts`, components only draw it. */

import type { AttemptEntry, FeedEntry, ReadyEntry, TunnelEntry } from '../../feed/feed.ts';
import type { Copied, Detail, Forwarding, Listed, Page, PageOf, Query } from './actions.ts';
import type { Key } from './key.ts';

/** An event as a line of the list. */
export type Row = Listed;

/** So many rows are in memory: what is further away is asked for again. */
export const MOST_ROWS = 1000;
/** So many are asked for at a time. */
export const PAGE_ROWS = 200;

/** A stretch of the events that {@link Query} means, oldest first. */
export interface List {
  readonly query: Query;
  readonly rows: readonly Row[];
  /** Of the selected row; 0 when there is none. */
  readonly cursor: number;
  /** Of the first row on the screen. */
  readonly top: number;
  /** The selection goes with the newest. */
  readonly follow: boolean;
  /** The last row is the newest that there is: what comes in is put behind it. */
  readonly atNewest: boolean;
  /** The first row is the oldest that there is. */
  readonly atOldest: boolean;
  /** What is being asked for. */
  readonly loading: null | 'newest' | 'older' | 'newer';
  /** Counts the queries: an answer to an earlier one is not wanted any more. */
  readonly generation: number;
  /** How many came in that are not among the rows. */
  readonly unseen: number;
}

export const TABS = ['message', 'request', 'attempts'] as const;
export type Tab = (typeof TABS)[number];

export interface ListMode {
  readonly name: 'list';
}

export interface DetailMode {
  readonly name: 'detail';
  readonly id: string;
  readonly tab: Tab;
  /** Null while it is asked for. */
  readonly detail: Detail | null;
  /** Something happened to it since it was asked for. */
  readonly isStale: boolean;
  /** It is being asked for. */
  readonly isAsked: boolean;
  /** The list went with the newest when it was opened, and does again afterwards. */
  readonly goesOn: boolean;
  /** The line that the user is at, and the first on the screen: of the lines that are not folded away. */
  readonly cursor: number;
  readonly top: number;
  /** The lines of the body whose blocks are folded. */
  readonly folded: ReadonlySet<number>;
  /** What is marked in it; empty for nothing. */
  readonly find: string;
}

/** What the keys are for at this moment. `back` is where Esc leads. */
export type Mode =
  | ListMode
  | DetailMode
  | { readonly name: 'search'; readonly text: string; readonly back: ListMode | DetailMode }
  | {
      readonly name: 'filter';
      readonly cursor: number;
      readonly only: Query['only'];
      readonly names: readonly string[];
      /** Those that are ticked. */
      readonly wanted: readonly string[];
    }
  | { readonly name: 'copy'; readonly id: string; readonly back: ListMode | DetailMode }
  | {
      readonly name: 'save';
      readonly id: string;
      readonly text: string;
      /** It is being written: what is typed now is for nobody. */
      readonly isSaving: boolean;
      readonly back: ListMode | DetailMode;
    }
  | {
      readonly name: 'subscriptions';
      readonly cursor: number;
      readonly names: readonly string[];
      readonly wanted: readonly string[];
      readonly back: ListMode | DetailMode;
    }
  | { readonly name: 'help'; readonly top: number; readonly back: ListMode | DetailMode }
  | { readonly name: 'qr'; readonly id: string; readonly code: string };

export type Tone = 'info' | 'good' | 'warning' | 'bad';

/** A line that tells of something, and goes after a while. */
export interface Notice {
  /** In ms since 1970. */
  readonly at: number;
  readonly tone: Tone;
  readonly text: string;
  /** How often the same was told while it stood there. */
  readonly times: number;
}

/** How a target does. */
export interface TargetState {
  readonly isUp: boolean;
  /** Whether it took the last event that it was sent; null before there was one. */
  readonly tookLast: boolean | null;
  /** How long its last answers took, in ms, the newest last; bounded. */
  readonly durations: readonly number[];
}

export interface State {
  /** In ms since 1970; told by `tick`. */
  readonly now: number;
  readonly columns: number;
  readonly lines: number;
  readonly ready: ReadyEntry;
  readonly tunnel: TunnelEntry | null;
  /** When something last came in by the public url. ISO 8601. */
  readonly provenAt: string;
  /** What the instance's client last said of itself; null before. */
  readonly client: string | null;
  /** The webhook that somebody else set. */
  readonly elsewhere: string | null;
  /** What our webhook is subscribed to. */
  readonly subscribed: readonly string[];
  readonly received: number;
  /** Events of the last seconds: `[second, count]`, the newest last; bounded. */
  readonly arrivals: readonly (readonly [second: number, count: number])[];
  readonly targets: Readonly<Record<string, TargetState>>;
  readonly forwarding: Forwarding;
  readonly list: List;
  readonly mode: Mode;
  readonly notices: readonly Notice[];
  /** It was told to stop; the webhook is being put back. */
  readonly isStopping: boolean;
}

/** What is to be done outside; what comes of it comes back as a message. */
export type Effect =
  | { readonly type: 'list'; readonly page: PageOf; readonly generation: number }
  | { readonly type: 'detail'; readonly id: string }
  | { readonly type: 'qr'; readonly id: string }
  | { readonly type: 'replay'; readonly id: string }
  | { readonly type: 'edit'; readonly id: string }
  | { readonly type: 'save'; readonly id: string; readonly name: string }
  | { readonly type: 'copy'; readonly id: string; readonly what: Copied }
  | { readonly type: 'subscribe'; readonly events: readonly string[] }
  | { readonly type: 'forwarding'; readonly pause: boolean | null }
  | { readonly type: 'stop' }
  | { readonly type: 'suspend' }
  | { readonly type: 'redraw' };

/** What changes the state. */
export type Message =
  | { readonly type: 'entries'; readonly entries: readonly FeedEntry[] }
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'resize'; readonly columns: number; readonly lines: number }
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'page'; readonly generation: number; readonly page: Page }
  | { readonly type: 'page-failed'; readonly generation: number; readonly text: string }
  | { readonly type: 'detail'; readonly id: string; readonly detail: Detail }
  | { readonly type: 'detail-failed'; readonly id: string; readonly text: string }
  | { readonly type: 'qr'; readonly id: string; readonly code: string }
  | { readonly type: 'subscribed'; readonly events: readonly string[] }
  | { readonly type: 'forwarding'; readonly forwarding: Forwarding; readonly byUser: boolean }
  | { readonly type: 'saved'; readonly id: string; readonly path: string }
  | { readonly type: 'save-failed'; readonly id: string; readonly text: string }
  | { readonly type: 'told'; readonly tone: Tone; readonly text: string };

/** A state and what is to be done. */
export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** The state that a listener which is ready begins with. */
export function initialState(
  ready: ReadyEntry,
  { now, columns, lines }: Pick<State, 'now' | 'columns' | 'lines'>,
): State {
  return {
    now,
    columns,
    lines,
    ready,
    tunnel: null,
    provenAt: ready.at,
    client: null,
    elsewhere: null,
    subscribed: ready.events,
    received: 0,
    arrivals: [],
    targets: Object.fromEntries(
      ready.targets.map(({ url }) => [url, { isUp: true, tookLast: null, durations: [] }]),
    ),
    forwarding: { isPaused: false, waiting: 0 },
    list: emptyList({ events: [], only: 'all', search: '' }, 0),
    mode: { name: 'list' },
    notices: [],
    isStopping: false,
  };
}

/** Nothing of a query yet. */
export function emptyList(query: Query, generation: number): List {
  return {
    query,
    rows: [],
    cursor: 0,
    top: 0,
    follow: true,
    atNewest: true,
    atOldest: false,
    loading: null,
    generation,
    unseen: 0,
  };
}

/** Whether the query means all events. */
export function isEverything({ events, only, search }: Query): boolean {
  return events.length === 0 && only === 'all' && search === '';
}

/** How an event fared: every target that was tried answered 2xx, one did not, one has not had it, or there is none. */
export function outcomeOf({ attempts, waits }: Row): 'done' | 'failed' | 'waiting' | 'none' {
  if (attempts.some((attempt) => !succeeded(attempt))) return 'failed';
  if (waits) return 'waiting';
  return attempts.length > 0 ? 'done' : 'none';
}

/** Whether the app took it. */
export function succeeded({ status }: Pick<AttemptEntry, 'status'>): boolean {
  return status !== null && status >= 200 && status < 300;
}
