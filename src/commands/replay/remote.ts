/** A replay that the instance's running listener makes: to its targets, into its history, in its view. */

import { askListener } from '../../control/client.ts';
import type { RequestOf } from '../../control/protocol.ts';
import { FEED_VERSION, feedEntry, type NewFeedEntry } from '../../feed/feed.ts';
import { createOutbox, LAST_WORDS_MS, type Take } from '../../feed/outbox.ts';
import type { ReplayCounts } from '../../replay/send.ts';

/**
 * Has the listener of the instance with this folder make a replay; null when none can be reached.
 * `take` hears what happens. Throws what the listener throws; when the signal fires, the listener
 * gives up, and the counts are those of what was heard of by then.
 */
export async function replayThere(
  folder: string,
  request: RequestOf<'replay'>,
  take: Take,
  { now, stop }: { readonly now: () => number; readonly stop: AbortSignal },
): Promise<ReplayCounts | null> {
  const outbox = createOutbox(take, now);
  const heard = { sent: 0, answered: 0, unanswered: 0 };
  const tried = new Set<string>();
  try {
    return await askListener(folder, request, {
      signal: stop,
      take(told) {
        const stamped = { v: FEED_VERSION, at: new Date(now()).toISOString(), ...(told as object) };
        const entry = feedEntry.parse(stamped);
        if (entry.type === 'attempt') {
          heard.sent++;
          heard[entry.status === null ? 'unanswered' : 'answered']++;
          tried.add(entry.eventId);
        }
        outbox.post(entry as NewFeedEntry);
      },
    });
  } catch (error) {
    if (!stop.aborted) throw error;
    return { ...heard, left: Math.max(0, request.items.length - tried.size) };
  } finally {
    await outbox.flush(LAST_WORDS_MS);
  }
}
