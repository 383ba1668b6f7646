/** What the screen shows, as data. Entries of the feed, keys and sizes change it in `reduce.ts`; components only draw it. */

import type {
  AttemptEntry,
  EventEntry,
  ReadyEntry,
  StoppedEntry,
  TunnelEntry,
} from '../../feed.ts';

/** The last attempt at one target, or a replay's. */
export type RowAttempt = Pick<
  AttemptEntry,
  'target' | 'number' | 'status' | 'error' | 'durationMs' | 'replay'
>;

/** An event as a line of the list. */
export interface Row
  extends Pick<
    EventEntry,
    | 'id'
    | 'at'
    | 'event'
    | 'origin'
    | 'size'
    | 'summary'
    | 'duplicateOf'
    | 'repeats'
    | 'ackWentBack'
    | 'issues'
  > {
  /** The newest of each target, in the order in which they were first heard of. */
  readonly attempts: readonly RowAttempt[];
}

/** One header, as it came. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** What happened to one message, in the order of its times. */
export interface Moment {
  readonly at: string;
  readonly event: string;
  readonly id: string;
  readonly what: string;
  /** It came out of order: an acknowledgement that went back, an edit before the message. */
  readonly odd: boolean;
}

/** All that is known of one event, as the listener answers `event`. Texts from outside are as they came: components make them safe. */
export interface Detail {
  readonly id: string;
  readonly headers: readonly Header[];
  /** The body as text, pretty where it is JSON, base64 elided, cut to a bound. */
  readonly body: string;
  readonly isCut: boolean;
  /** Facts of the message: type, media type and size, quoted message … */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly timeline: readonly Moment[];
  readonly attempts: readonly (Omit<RowAttempt, never> & {
    readonly at: string;
    readonly headers: readonly Header[];
    /** The app's answer, cut to a bound. */
    readonly body: string;
  })[];
}

export const TABS = ['message', 'request', 'attempts'] as const;
export type Tab = (typeof TABS)[number];

/** A line that something was told in, and goes after a while. */
export interface Notice {
  readonly at: number;
  readonly tone: 'info' | 'good' | 'warning' | 'bad';
  readonly text: string;
}

/** What the keys are for at this moment. */
export type Mode =
  | { readonly name: 'list' }
  | {
      readonly name: 'detail';
      readonly id: string;
      readonly tab: Tab;
      /** The first line that is shown. */
      readonly scroll: number;
      /** Null while it is asked for. */
      readonly detail: Detail | null;
    }
  | { readonly name: 'search'; readonly text: string }
  | { readonly name: 'filter'; readonly cursor: number }
  | { readonly name: 'subscriptions'; readonly cursor: number; readonly wanted: readonly string[] }
  | { readonly name: 'copy' }
  | { readonly name: 'save'; readonly text: string }
  | { readonly name: 'help'; readonly scroll: number };

/** Which rows are shown. Empty `events` are all. */
export interface Filter {
  readonly events: readonly string[];
  readonly only: 'all' | 'failed' | 'waiting';
  /** Words that must stand in the summary or the event's name; empty for all. */
  readonly search: string;
}

export interface State {
  /** Now, in ms since 1970; told by `tick`. */
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  readonly ready: ReadyEntry | null;
  readonly tunnel: TunnelEntry | null;
  /** When the loop was last known to hold: by an event, or by the tunnel's word. ISO 8601. */
  readonly provenAt: string | null;
  /** What the WhatsApp client last said of itself: `ready`, `qr`, `authenticated` …; null before. */
  readonly client: string | null;
  /** The code that a phone is to scan, until the next one or until it is authenticated. */
  readonly qr: { readonly code: string; readonly id: string } | null;
  /** Whether the code was put away by the user; the next one shows again. */
  readonly qrHidden: boolean;
  /** The webhook is somebody else's by now. */
  readonly elsewhere: string | null;
  /** Oldest first; a bounded tail of all events, or an older page of history. */
  readonly events: readonly Row[];
  /** How many were received in all by this listener. */
  readonly received: number;
  /** Whether the selection goes with the newest. */
  readonly follow: boolean;
  /** The id of the selected row; null for none. */
  readonly selected: string | null;
  readonly filter: Filter;
  readonly mode: Mode;
  readonly notices: readonly Notice[];
  /** Null while forwarding goes on; else how many events wait. */
  readonly paused: number | null;
  /** Of each target the last answers' durations in ms, newest last, bounded; and whether it is reachable. */
  readonly targets: Readonly<
    Record<string, { readonly durations: readonly number[]; readonly isUp: boolean }>
  >;
  /** Times at which events came in, ms, the last minute's; bounded. */
  readonly arrivals: readonly number[];
  readonly stopping: boolean;
  readonly stopped: StoppedEntry | null;
}
