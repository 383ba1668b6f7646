/** The events that the app wants. With --tee the instance is subscribed to more: those of its own webhook, too. */

import type { WebhookChange } from '../control/protocol.ts';
import type { Webhook } from '../eazewa/client.ts';
import { changed } from './change.ts';

/** The events that the app wants, which may change while a listener runs. */
export interface WantedEvents {
  readonly events: readonly string[];
  readonly tee: boolean;
  /** Whether the app is to get an event: without --tee every event that arrives. */
  isForApp(event: string): boolean;
  /** The events to subscribe to; with --tee also those of `original`. */
  with(original: Webhook): readonly string[];
  /** The wanted events after a change of the instance's own webhook: they gain and lose the same names. */
  after(change: WebhookChange): readonly string[];
  /**
   * Wants `events` from now on: they may arrive before `work`, which subscribes to them, has ended.
   * When it throws or resolves to false, the events from before are wanted again.
   */
  become<T>(events: readonly string[], work: () => Promise<T>): Promise<T>;
}

/** Wants these events to begin with. */
export function createWantedEvents(first: readonly string[], tee: boolean): WantedEvents {
  let events = first;
  return {
    get events() {
      return events;
    },
    tee,
    isForApp: (event) => !tee || events.includes(event),
    with: (original) => (tee ? [...new Set([...events, ...original.events])] : events),
    after({ events: change }) {
      if (change === undefined || 'only' in change) return events;
      return changed({ url: null, events }, { events: change }).events;
    },
    async become(wanted, work) {
      const before = events;
      events = wanted;
      try {
        const done = await work();
        if (done === false) events = before;
        return done;
      } catch (error) {
        events = before;
        throw error;
      }
    },
  };
}
