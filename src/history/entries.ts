/** What history keeps, as entries of the feed: `events --json` and `events export` speak like a listener. */

import { elide } from '../eazewa/json.ts';
import { summarize } from '../eazewa/summary.ts';
import { readWebhook } from '../eazewa/webhook.ts';
import { type AttemptEntry, type EventEntry, FEED_VERSION } from '../feed.ts';
import { maskUrl } from '../platform/mask-url.ts';
import type { StoredAttempt, StoredEvent } from './history.ts';

/** The one line for a stored event; empty for one that is no webhook any more. */
export function summaryOf({ event, body }: StoredEvent): string {
  const webhook = readWebhook(body);
  return 'reason' in webhook ? '' : summarize(event, webhook.data);
}

/** The `event` entry of a stored event. Base64 in its body is elided unless `full`. */
export function eventEntryOf(stored: StoredEvent, full: boolean): EventEntry {
  const webhook = readWebhook(stored.body);
  const readable = !('reason' in webhook);
  return {
    v: FEED_VERSION,
    type: 'event',
    at: new Date(stored.at).toISOString(),
    id: stored.id,
    instanceId: readable ? webhook.instanceId : null,
    event: stored.event,
    origin: stored.origin,
    size: stored.body.length,
    duplicateOf: stored.duplicateOf,
    repeats: stored.repeats,
    ackWentBack: stored.ackWentBack,
    issues: [...stored.issues],
    summary: readable ? summarize(stored.event, webhook.data) : '',
    body: readable ? elide(webhook.body, full) : Buffer.from(stored.body).toString(),
  };
}

/** The `attempt` entry of a stored attempt. */
export function attemptEntryOf(eventId: string, stored: StoredAttempt): AttemptEntry {
  const { replay, target, number, status, error, durationMs } = stored;
  return {
    v: FEED_VERSION,
    type: 'attempt',
    at: new Date(stored.at).toISOString(),
    eventId,
    replay,
    target: maskUrl(target),
    number,
    status,
    error,
    durationMs,
  };
}
