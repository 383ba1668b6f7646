/** What history keeps, as entries of the feed: `events --json` and `events export` speak like a listener. */

import { elide } from '../eazewa/json.ts';
import { summarize } from '../eazewa/summary.ts';
import { readWebhook, type Webhook } from '../eazewa/webhook.ts';
import {
  type AttemptEntry,
  type EventEntry,
  FEED_VERSION,
  type NewFeedEntry,
} from '../feed/feed.ts';
import { maskUrl } from '../platform/mask-url.ts';
import type { NewAttempt, NewEvent, StoredAttempt, StoredEvent } from './history.ts';

/** The one line for a stored event; empty for one that is no webhook any more. */
export function summaryOf({ event, body }: StoredEvent): string {
  const webhook = readWebhook(body);
  return 'reason' in webhook ? '' : summarize(event, webhook.data);
}

/** What of a body goes into an entry: nothing, all but long base64, or all. */
export type Bodies = 'none' | 'elided' | 'full';

/** The `event` entry of an event that was just kept; `webhook` is its body, read. */
export function newEventEntry(
  event: NewEvent,
  webhook: Webhook,
  bodies: Bodies,
): Extract<NewFeedEntry, { type: 'event' }> {
  return {
    type: 'event',
    id: event.id,
    instanceId: webhook.instanceId,
    event: event.event,
    origin: event.origin,
    size: event.body.length,
    duplicateOf: event.duplicateOf,
    repeats: event.repeats,
    ackWentBack: event.ackWentBack,
    issues: [...event.issues],
    summary: summarize(webhook.event, webhook.data),
    ...(bodies === 'none' ? {} : { body: elide(webhook.body, bodies === 'full') }),
  };
}

/** The `attempt` entry of an attempt that was just kept with that number. */
export function newAttemptEntry(
  eventId: string,
  number: number,
  { replay, target, status, error, durationMs }: NewAttempt,
): Extract<NewFeedEntry, { type: 'attempt' }> {
  const shown = maskUrl(target);
  return { type: 'attempt', eventId, replay, target: shown, number, status, error, durationMs };
}

/** The `event` entry of a stored event. */
export function eventEntryOf(stored: StoredEvent, bodies: Bodies): EventEntry {
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
    ...(bodies === 'none' ? {} : { body: bodyOf(stored, webhook, bodies) }),
  };
}

function bodyOf(
  { body }: StoredEvent,
  webhook: ReturnType<typeof readWebhook>,
  bodies: Bodies,
): unknown {
  if ('reason' in webhook) return Buffer.from(body).toString();
  return elide(webhook.body, bodies === 'full');
}

/** The `attempt` entry of a stored attempt. */
export function attemptEntryOf(eventId: string, stored: StoredAttempt): AttemptEntry {
  const at = new Date(stored.at).toISOString();
  return { v: FEED_VERSION, at, ...newAttemptEntry(eventId, stored.number, stored) };
}
