/** What was asked to be subscribed to. With --tee the instance has more: what its own webhook gets as well. */

import type { Webhook } from '../eazewa/client.ts';
import { changed, type WebhookChange } from './change.ts';

/** What was asked for; it may change while a listener runs. */
export interface Asked {
  readonly events: readonly string[];
  readonly tee: boolean;
  /** Whether the app is to get an event: without --tee all that come. */
  isForApp(event: string): boolean;
  /** What to subscribe to; with --tee also what `original` gets. */
  with(original: Webhook): readonly string[];
  /** What is asked for after a change of the instance's own webhook: a name that it gains or loses, the app does. */
  after(change: WebhookChange): readonly string[];
  /**
   * Asks for these while `work` makes it so, since they may come in before that has ended; when it
   * throws or gives false, for those from before again.
   */
  become<T>(events: readonly string[], work: () => Promise<T>): Promise<T>;
}

/** Asks for these to begin with. */
export function createAsked(first: readonly string[], tee: boolean): Asked {
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
