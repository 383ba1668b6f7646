/** The sentence about an entry of type `webhook`, the same in every view. */

import type { FeedEntry } from '../feed/feed.ts';
import { wordsFor } from '../feed/takeover-words.ts';
import { safeText } from '../platform/safe-text.ts';

export type WebhookEntry = Extract<FeedEntry, { type: 'webhook' }>;

/** What happened to the webhook or the subscription, as safe text; null for `set`, which needs no sentence. */
export function webhookText(entry: WebhookEntry): string | null {
  const { state, url, events, sideBySide } = entry;
  const { thing, undone } = wordsFor(entry);
  switch (state) {
    case 'set':
      return null;
    case 'changed-elsewhere':
      return `somebody else set the webhook to ${url ?? 'none'}: events no longer arrive here`;
    case 'restored': {
      const now =
        url === null ? 'no webhook' : `webhook ${url} (${eventNames(events) || 'no events'})`;
      if (url === null && !sideBySide && !entry.changed) {
        return 'the webhook is restored: the instance has none, as before';
      }
      // What was changed for good meanwhile is not what the instance had before.
      return entry.changed
        ? `the webhook was changed while this listener ran; the instance has ${now}`
        : `the ${thing} is ${undone}; the instance has ${now}`;
    }
    case 'not-restored':
      return `the ${thing} was not ${undone}${sideBySide ? '' : ` to ${url ?? 'none'}`}`;
  }
}

/** Event names as one safe text; the vendor may report any name. */
export function eventNames(events: readonly string[]): string {
  return safeText(events.join(', '), 1000);
}
