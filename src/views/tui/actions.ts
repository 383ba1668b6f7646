/** What the terminal UI can have done: all that it knows of the rest of the program. */

import type { AttemptEntry, EventEntry } from '../../feed/feed.ts';

/** Which events a list shows. All that are given must hold. */
export interface Query {
  /** Names of events; empty for all. */
  readonly events: readonly string[];
  readonly only: 'all' | 'failed' | 'waiting';
  /** Words that must all stand in an event's summary or text; empty for none. */
  readonly search: string;
}

/** Which piece of that list: the newest, those before an event, or those after one. At most `limit`. */
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
  /** A target has not had it yet. */
  readonly waits: boolean;
}

/** A piece of a list, oldest first, whatever was asked for. */
export interface Page {
  readonly rows: readonly Listed[];
  /** There are more in that direction. */
  readonly isMore: boolean;
}

/** One header, as it came. Values of headers that carry secrets are `***`. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** What happened to one message, as one event of it told. */
export interface Moment {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly event: string;
  readonly summary: string;
  /** Of a `message_ack`: its number. */
  readonly ack: number | null;
  /** Why it is out of order, in words; null where it is not. */
  readonly odd: string | null;
}

/** An attempt with what the app answered. */
export interface DetailAttempt {
  readonly entry: AttemptEntry;
  readonly headers: readonly Header[];
  /** The app's answer as text, cut to a bound. */
  readonly body: string;
}

/** All that is kept of one event. Texts are as they came from outside: who draws them makes them safe. */
export interface Detail {
  readonly event: EventEntry;
  readonly headers: readonly Header[];
  /** The body as text: JSON with two spaces, base64 elided; else as it came. Cut to a bound. */
  readonly body: string;
  readonly isCut: boolean;
  /** What its message is, name and value in turn: from, to, type, media type, size, quoted … */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The events about the same message, oldest first; empty where it is about none. Bounded. */
  readonly timeline: readonly Moment[];
  /** Oldest first; bounded to the newest. */
  readonly attempts: readonly DetailAttempt[];
  /** Targets that have not had it, urls masked. */
  readonly waitsFor: readonly string[];
  /** The code of a `qr` event; null for others. */
  readonly qr: string | null;
}

/** How forwarding stands. */
export interface Forwarding {
  readonly isPaused: boolean;
  /** How many events targets have not had, of those of this listener. */
  readonly waiting: number;
}

/** What a replay did. */
export interface Replayed {
  /** Attempts with an answer, whatever its status. */
  readonly answered: number;
  /** Attempts without. */
  readonly unanswered: number;
  /** The status of each answer. */
  readonly statuses: readonly number[];
}

/** What can be copied of an event. */
export type Copied = 'curl' | 'body' | 'id';

/**
 * What keys can bring about. Each rejects with an error whose `message` (and `hint`, where it has one)
 * is for the person at the keyboard; `no_such_event` among them when history dropped the event.
 */
export interface Actions {
  list(page: PageOf): Promise<Page>;
  detail(id: string): Promise<Detail>;
  /** Sends an event to this listener's targets again. */
  replay(id: string): Promise<Replayed>;
  /** Opens its body in the editor, which has the terminal meanwhile, and sends what was saved; null when nothing was changed. */
  editAndReplay(id: string): Promise<Replayed | null>;
  /** Saves it as a fixture of the project with its personal data. Resolves to the file's path. Rejects when there is one already. */
  save(id: string, name: string): Promise<string>;
  /** Resolves to where it went, in words. */
  copy(id: string, what: Copied): Promise<string>;
  /** Subscribes this listener's webhook to exactly these. Resolves to what the instance has now. */
  subscribe(events: readonly string[]): Promise<readonly string[]>;
  /** Pauses or resumes forwarding, or only asks (null). */
  forwarding(pause: boolean | null): Promise<Forwarding>;
  /** Stops the listener as a signal would. */
  stop(): void;
}
