/** The state of the terminal UI as plain data: messages change it in `step.ts`, components draw it. */

import type { AttemptEntry, FeedEntry, ReadyEntry, TunnelEntry } from '../../feed/feed.ts';
import type { Detail, Listed, Page, PageOf, Query } from '../../feed/pages.ts';
import type { Copied, Fixture, Forwarding } from './actions.ts';
import type { Names } from './chat-names.ts';
import type { Key } from './key.ts';

/** An event as a row of the list. */
export type Row = Listed;

/** Most rows in memory; rows beyond them are loaded again. */
export const MOST_ROWS = 1000;
/** Rows in one page request. */
export const PAGE_ROWS = 200;

/** A time in which nothing could come in. ISO 8601; `to` is null while it lasts. */
export interface Outage {
  readonly from: string;
  readonly to: string | null;
}

/** Consecutive events that match a {@link Query}, oldest first. */
export interface List {
  readonly query: Query;
  readonly rows: readonly Row[];
  /** Outages of this session, oldest first; bounded. */
  readonly outages: readonly Outage[];
  /** Ids of the messages whose receipts are shown below them. */
  readonly unfolded: ReadonlySet<string>;
  /** The receipts of all messages are shown. */
  readonly isUnfolded: boolean;
  /** Index of the selected line of `shownOf`; 0 for an empty list. */
  readonly cursor: number;
  /** Index of the first line on the screen. */
  readonly top: number;
  /** The selection follows the newest row. */
  readonly follow: boolean;
  /** The last row is the newest event of the query, so new events are appended. */
  readonly atNewest: boolean;
  /** The first row is the oldest event of the query. */
  readonly atOldest: boolean;
  /** The page that is being loaded. */
  readonly loading: null | 'newest' | 'older' | 'newer';
  /** Goes up with each query; pages of an earlier generation are ignored. */
  readonly generation: number;
  /** Number of new events that are not among the rows. */
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
  /** Null until it is loaded. */
  readonly detail: Detail | null;
  /** The event changed after its detail was requested. */
  readonly isStale: boolean;
  /** The detail is being loaded. */
  readonly isLoading: boolean;
  /** The list followed the newest row when the detail was opened, and does so again when it closes. */
  readonly wasFollowing: boolean;
  /** Index of the selected line, and of the first line on the screen; folded lines do not count. */
  readonly cursor: number;
  readonly top: number;
  /** Where the other tabs were left. */
  readonly places: Readonly<Partial<Record<Tab, Pick<DetailMode, 'cursor' | 'top'>>>>;
  /** Line numbers of the body whose blocks are folded. */
  readonly folded: ReadonlySet<number>;
  /** Search text whose words are highlighted; empty for none. */
  readonly find: string;
}

/** The pane beside or below the list, with the selected event. */
export interface Preview {
  /** False after `z`. */
  readonly isShown: boolean;
  /** The keys scroll the pane, not the list. */
  readonly isFocused: boolean;
  /** Id of the selected event, and the index of its first line on the screen. */
  readonly of: string | null;
  readonly top: number;
  /** Id of the event that is requested if it is still selected a little later. */
  readonly due: string | null;
  /** A request runs, never more than one at a time. */
  readonly isLoading: boolean;
  /** Id of the event that was requested last. */
  readonly asked: string | null;
  /** What the last request found; null for nothing yet. */
  readonly detail: Detail | null;
  /** Why the last request failed; null when it did not. */
  readonly error: string | null;
  /** Something about the event changed after it was requested. */
  readonly isStale: boolean;
}

/** What the keys control at this moment. `back` is where Esc leads. */
export type Mode =
  | ListMode
  | DetailMode
  | { readonly name: 'search'; readonly text: string; readonly back: ListMode | DetailMode }
  | {
      readonly name: 'filter';
      readonly cursor: number;
      readonly only: Query['only'];
      readonly names: readonly string[];
      /** The ticked names. */
      readonly ticked: readonly string[];
    }
  | { readonly name: 'copy'; readonly id: string; readonly back: ListMode | DetailMode }
  | {
      readonly name: 'save';
      readonly id: string;
      readonly text: string;
      /** The file is being written; the dialog ignores input. */
      readonly isSaving: boolean;
      readonly back: ListMode | DetailMode;
    }
  | {
      readonly name: 'subscriptions';
      readonly cursor: number;
      readonly names: readonly string[];
      readonly ticked: readonly string[];
      readonly back: ListMode | DetailMode;
    }
  | {
      readonly name: 'palette';
      readonly text: string;
      readonly cursor: number;
      readonly back: ListMode | DetailMode;
    }
  | {
      readonly name: 'trigger';
      readonly text: string;
      readonly cursor: number;
      /** Null until they are loaded. */
      readonly fixtures: readonly Fixture[] | null;
      readonly back: ListMode | DetailMode;
    }
  /** Asks whether to stop while events wait. */
  | { readonly name: 'quit'; readonly back: ListMode | DetailMode }
  | { readonly name: 'help'; readonly top: number; readonly back: ListMode | DetailMode }
  | { readonly name: 'qr'; readonly id: string; readonly code: string };

/** The mode with this name. */
export type ModeOf<Name extends Mode['name']> = Extract<Mode, { name: Name }>;

export type Tone = 'info' | 'good' | 'warning' | 'bad';

/** A message on the screen that disappears after a while. */
export interface Notice {
  /** In ms since 1970. */
  readonly at: number;
  readonly tone: Tone;
  readonly text: string;
  /** What the notice is about; a later one about the same replaces it. Empty for nothing in particular. */
  readonly about: string;
  /** How often the same text was shown while it stood there. */
  readonly times: number;
}

/** Health of a target. */
export interface TargetState {
  readonly isUp: boolean;
  /** Why it is down; null while it is up. */
  readonly reason: string | null;
  /** The last attempt; null before the first. */
  readonly last: Pick<AttemptEntry, 'status' | 'error' | 'outcome'> | null;
  /** Whether any attempt was delivered. */
  readonly hasDelivered: boolean;
  /** Durations of the last answered attempts in ms, newest last; bounded. */
  readonly durations: readonly number[];
}

export interface State {
  /** In ms since 1970, as of the last `tick`. */
  readonly now: number;
  readonly columns: number;
  readonly lines: number;
  readonly ready: ReadyEntry;
  readonly tunnel: TunnelEntry | null;
  /** When a request last arrived through the ingress. ISO 8601. */
  readonly provenAt: string;
  /** Last status of the instance's WhatsApp client, from its events; null before the first. */
  readonly client: string | null;
  /** Url of the webhook that somebody else set; null while ours is set. */
  readonly elsewhere: string | null;
  /** Event names that this listener is subscribed to. */
  readonly subscribed: readonly string[];
  /** Names of chats, learned from events; bounded. */
  readonly names: Names;
  readonly received: number;
  /** Live events of the last seconds as `[second, count]`, newest last; bounded. */
  readonly arrivals: readonly (readonly [second: number, count: number])[];
  readonly targets: Readonly<Record<string, TargetState>>;
  readonly forwarding: Forwarding;
  readonly list: List;
  readonly preview: Preview;
  readonly mode: Mode;
  readonly notices: readonly Notice[];
  /** The listener is stopping: it restores the instance's webhook. */
  readonly isStopping: boolean;
  /** The simulator's scenario, once it is over; null where the vendor is not simulated. */
  readonly simulation: null | { readonly over: Scenario | null };
}

/** A scenario that was played to its end, with the number of its events. */
export interface Scenario {
  readonly name: string;
  readonly events: number;
}

/** A side effect that the reducer requests; its result arrives as a {@link Message}. */
export type Effect =
  | { readonly type: 'list'; readonly page: PageOf; readonly generation: number }
  | { readonly type: 'detail'; readonly id: string }
  /** Asks for `preview-due` a little later, so that a selection that moves on loads little. */
  | { readonly type: 'preview-soon' }
  | { readonly type: 'preview'; readonly id: string }
  | { readonly type: 'qr'; readonly id: string }
  | { readonly type: 'replay'; readonly id: string }
  | { readonly type: 'edit'; readonly id: string }
  | { readonly type: 'save'; readonly id: string; readonly name: string }
  | { readonly type: 'copy'; readonly id: string; readonly what: Copied }
  | { readonly type: 'subscribe'; readonly events: readonly string[] }
  | { readonly type: 'forwarding'; readonly pause: boolean | null }
  | { readonly type: 'fixtures' }
  | { readonly type: 'trigger'; readonly name: string; readonly instanceId: string }
  | { readonly type: 'stop' }
  | { readonly type: 'suspend' }
  | { readonly type: 'redraw' };

/** An input of the reducer: feed entries, a key, the clock, or the result of an {@link Effect}. */
export type Message =
  | { readonly type: 'entries'; readonly entries: readonly FeedEntry[] }
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'resize'; readonly columns: number; readonly lines: number }
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'page'; readonly generation: number; readonly page: Page }
  | { readonly type: 'page-failed'; readonly generation: number; readonly text: string }
  | { readonly type: 'detail'; readonly id: string; readonly detail: Detail }
  | { readonly type: 'detail-failed'; readonly id: string; readonly text: string }
  | { readonly type: 'preview-due' }
  | { readonly type: 'preview'; readonly id: string; readonly detail: Detail }
  | { readonly type: 'preview-failed'; readonly id: string; readonly text: string }
  | { readonly type: 'qr'; readonly id: string; readonly code: string }
  | { readonly type: 'scenario-over'; readonly scenario: Scenario }
  | { readonly type: 'subscribed'; readonly events: readonly string[] }
  | { readonly type: 'forwarding'; readonly forwarding: Forwarding; readonly byUser: boolean }
  | { readonly type: 'fixtures'; readonly fixtures: readonly Fixture[] }
  | { readonly type: 'saved'; readonly id: string; readonly path: string }
  | { readonly type: 'save-failed'; readonly id: string; readonly text: string }
  | { readonly type: 'notice'; readonly tone: Tone; readonly text: string };

/** The reducer's result: the next state and the effects to run. */
export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

const NO_PREVIEW: Preview = {
  isShown: true,
  isFocused: false,
  of: null,
  top: 0,
  due: null,
  isLoading: false,
  asked: null,
  detail: null,
  error: null,
  isStale: false,
};

/** The first state, when the listener is ready. `now` is in ms since 1970, the size in characters. */
export function initialState(
  ready: ReadyEntry,
  { now, columns, lines }: Pick<State, 'now' | 'columns' | 'lines'>,
  isSimulated = false,
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
    names: new Map(),
    received: 0,
    arrivals: [],
    targets: Object.fromEntries(
      ready.targets.map(({ url }) => [
        url,
        { isUp: true, reason: null, last: null, hasDelivered: false, durations: [] },
      ]),
    ),
    forwarding: { isPaused: false, waiting: 0 },
    list: emptyList({ events: [], only: 'all', search: '' }, 0),
    preview: NO_PREVIEW,
    mode: { name: 'list' },
    notices: [],
    isStopping: false,
    simulation: isSimulated ? { over: null } : null,
  };
}

/** The empty list of a query that is not loaded yet. */
export function emptyList(query: Query, generation: number): List {
  return {
    query,
    rows: [],
    outages: [],
    unfolded: new Set(),
    isUnfolded: false,
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

/** Whether the query matches all events. */
export function isEverything({ events, only, search }: Query): boolean {
  return events.length === 0 && only === 'all' && search === '';
}

/** Whether feed entries alone decide what the query matches; outcomes and words need history. */
export function isLocal({ only, search }: Query): boolean {
  return only === 'all' && search === '';
}
