/** A replay made by the instance's running listener: to its targets, in its history and view. */

import { askListener } from '../../control/client.ts';
import type { RequestOf } from '../../control/protocol.ts';
import { FEED_VERSION, feedEntry, type NewFeedEntry } from '../../feed/feed.ts';
import { createOutbox, type Take } from '../../feed/outbox.ts';
import type { ReplayCounts } from '../../replay/send.ts';

/**
 * Has the listener of the instance with this folder make a replay; null when none can be reached.
 * `take` gets the feed entries. Throws what the listener throws. When `stop` fires, the listener
 * stops the replay, and the counts are those of the entries so far.
 */
export async function replayThere(
  folder: string,
  request: RequestOf<'replay'>,
  take: Take,
  { now, stop }: { readonly now: () => number; readonly stop: AbortSignal },
): Promise<ReplayCounts | null> {
  const outbox = createOutbox(take, now);
  const counted = { sent: 0, answered: 0, unanswered: 0 };
  const statuses: number[] = [];
  const attempted = new Set<string>();
  try {
    return await askListener(folder, request, {
      signal: stop,
      take(received) {
        const stamped = {
          v: FEED_VERSION,
          at: new Date(now()).toISOString(),
          ...(received as object),
        };
        const entry = feedEntry.parse(stamped);
        if (entry.type === 'attempt') {
          counted.sent++;
          counted[entry.status === null ? 'unanswered' : 'answered']++;
          if (entry.status !== null) statuses.push(entry.status);
          attempted.add(entry.eventId);
        }
        outbox.post(entry as NewFeedEntry);
      },
    });
  } catch (error) {
    if (!stop.aborted) throw error;
    return { ...counted, statuses, left: Math.max(0, request.items.length - attempted.size) };
  } finally {
    await outbox.flush();
  }
}
