/** The actions of the terminal UI: its only interface to the rest of the program. */

import type { Detail, Page, PageOf } from '../../feed/pages.ts';

/** State of forwarding. */
export interface Forwarding {
  readonly isPaused: boolean;
  /** Number of events that wait and are sent by themselves. */
  readonly waiting: number;
}

/** Result of a replay. */
export interface Replayed {
  /** Number of attempts with an answer, whatever its status. */
  readonly answered: number;
  /** Number of attempts without an answer. */
  readonly unanswered: number;
  /** The status of each answer. */
  readonly statuses: readonly number[];
}

/** A fixture that can be triggered. */
export interface Fixture {
  readonly name: string;
  /** One line; empty without one. */
  readonly description: string;
}

/** Parts of an event that can be copied. */
export type Copied = 'curl' | 'body' | 'id';

/**
 * What the keys can do outside of the terminal UI. Each action rejects with an error whose `message`
 * and optional `hint` are for the user; `no_such_event` when history has deleted the event.
 */
export interface Actions {
  list(page: PageOf): Promise<Page>;
  detail(id: string): Promise<Detail>;
  /** The detail with short texts, and with nothing of a large body. */
  preview(id: string): Promise<Detail>;
  /** Sends an event to this listener's targets again. */
  replay(id: string): Promise<Replayed>;
  /** Opens the event's body in the editor, which gets the terminal, and sends the saved body; null when unchanged. */
  editAndReplay(id: string): Promise<Replayed | null>;
  /** The fixtures of the project and the built-in ones, by name. */
  fixtures(): Promise<readonly Fixture[]>;
  /** Stores a fixture as a new event of an instance, marked as a replay, and sends it to the targets, if any. */
  trigger(name: string, instanceId: string): Promise<Replayed>;
  /** Saves the event, personal data included, as a fixture. Resolves to the file's path; rejects when the file exists. */
  save(id: string, name: string): Promise<string>;
  /** Copies a part of the event. Resolves to the clipboard's name in words. */
  copy(id: string, what: Copied): Promise<string>;
  /** Subscribes this listener to exactly these events. Resolves to the events that the instance has now. */
  subscribe(events: readonly string[]): Promise<readonly string[]>;
  /** Pauses (true) or resumes (false) forwarding, or only reads its state (null). */
  forwarding(pause: boolean | null): Promise<Forwarding>;
  /** Stops the listener as a signal would. */
  stop(): void;
  /** Suspends the program as Ctrl-Z does. */
  suspend(): void;
}
