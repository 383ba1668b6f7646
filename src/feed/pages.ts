/** What a view reads from the history of a listener: a page of the list, and one event with everything known. */

import type { AttemptEntry, EventEntry } from './feed.ts';

/** Which events a list shows: those that match all conditions. */
export interface Query {
  /** Names of events; empty for all. */
  readonly events: readonly string[];
  readonly only: 'all' | 'failed' | 'waiting';
  /** Words that must all stand in an event's summary or text; empty for none. */
  readonly search: string;
}

/** A page of the list: the newest events, or those before or after one event; at most `limit`. */
export interface PageOf extends Query {
  /** Older than the event with this id. Not with `after`. */
  readonly before?: string;
  /** Received after the event with this id. */
  readonly after?: string;
  readonly limit: number;
}

/** An event of a page, without its body. */
export interface Listed {
  readonly event: EventEntry;
  /** The last attempt on each target. */
  readonly attempts: readonly AttemptEntry[];
}

/** A page of the list, always oldest first. */
export interface Page {
  readonly rows: readonly Listed[];
  /** More events follow in the requested direction. */
  readonly isMore: boolean;
}

/** One header as received. The value of a header that carries a secret is `***`. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** One event in the timeline of a message. */
export interface Moment {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly event: string;
  readonly summary: string;
  /** The acknowledgement number of a `message_ack`; null for other events. */
  readonly ack: number | null;
  /** Why the event is out of order, in words; null when in order. */
  readonly odd: string | null;
}

/** An attempt with the app's answer. */
export interface DetailAttempt {
  readonly entry: AttemptEntry;
  readonly headers: readonly Header[];
  /** The app's answer as text, cut to a bound. */
  readonly body: string;
}

/** A stored event with everything known about it. Texts are unsafe for a terminal until `span` made them safe. */
export interface Detail {
  readonly event: EventEntry;
  readonly headers: readonly Header[];
  /** The body: JSON indented by two spaces with base64 elided, else as received. Cut to a bound. */
  readonly body: string;
  readonly isCut: boolean;
  /** The text of its message with line ends, cut to a bound; null for other events and without one. */
  readonly text: string | null;
  /** Facts of the message as name and value: from, to, type, media type, size, quoted … */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Events about the same message, oldest first; empty for an event about no message. Bounded. */
  readonly timeline: readonly Moment[];
  /** Oldest first; bounded to the newest. */
  readonly attempts: readonly DetailAttempt[];
  /** The code of a `qr` event; null for others. */
  readonly qr: string | null;
}
