/** Events and attempts as entries of the feed: `events --json` and `events export` print what a listener prints. */

import { readable } from '../eazewa/content-encoding.ts';
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
import type {
  AttemptHead,
  EventHead,
  History,
  NewAttempt,
  NewEvent,
  StoredEvent,
} from './history.ts';
import { type ForwardWindow, outcomeOfAttempt, type TargetOutcome, targetsOf } from './outcome.ts';
import { storedSummary } from './rows.ts';

/** How much of a body goes into an entry: nothing, all but long base64, or all. */
export type Bodies = 'none' | 'elided' | 'full';

type NewEventEntry = Extract<NewFeedEntry, { type: 'event' }>;

/** What history stores of a webhook beside its bytes. The summary is made here, once for each event. */
export function storedFacts(
  webhook: Webhook,
): Pick<Webhook, 'event' | 'instanceId' | 'chat' | 'messageId' | 'ack' | 'issues'> &
  Pick<NewEvent, 'summary' | 'columns'> {
  const { event, instanceId, chat, messageId, ack, issues, data } = webhook;
  const summary = storedSummary(summarize(event, data));
  return { event, instanceId, chat, messageId, ack, issues, ...summary };
}

/**
 * The `event` entry of an event that was just stored; `webhook` is its body, parsed. `replayTo` are
 * the targets of the replay that made it: held, since the forwarder does not send it.
 */
export function newEventEntry(
  event: NewEvent,
  { body }: Webhook,
  bodies: Bodies,
  replayTo: readonly string[] = [],
): NewEventEntry {
  const targets: NewEventEntry['targets'] = [];
  for (const url of event.waitFor) targets.push({ url: masked(url), outcome: 'waiting' });
  for (const url of replayTo) targets.push({ url: masked(url), outcome: 'held' });
  for (const { url, reason } of event.skipped) {
    targets.push({ url: masked(url), outcome: 'skipped', reason });
  }
  const entry = entryOf(event, event.body.length, targets);
  if (bodies !== 'none') entry.body = elide(body, bodies === 'full');
  return entry;
}

/** The `attempt` entry of an attempt that was just stored with that number. */
export function newAttemptEntry(
  eventId: string,
  number: number,
  {
    replay,
    target,
    status,
    error,
    durationMs,
  }: Omit<NewAttempt, 'responseHeaders' | 'responseBody'>,
): Extract<NewFeedEntry, { type: 'attempt' }> {
  return {
    type: 'attempt',
    eventId,
    replay,
    target: masked(target),
    number,
    status,
    error,
    outcome: outcomeOfAttempt({ status }),
    durationMs,
  };
}

/** Masked urls of targets: masking parses a url, which costs more than the rest of an entry. */
const maskedUrls = new Map<string, string>();
const MOST_MASKED = 100;

function masked(url: string): string {
  const known = maskedUrls.get(url);
  if (known !== undefined) return known;
  if (maskedUrls.size >= MOST_MASKED) maskedUrls.clear();
  const shown = maskUrl(url);
  maskedUrls.set(url, shown);
  return shown;
}

/** What became of a stored event at each target. `window` is that of the running listener; null for none. */
export function outcomesIn(
  history: Pick<History, 'lastAttempts' | 'waitingTargets'>,
  { seq, at, skipped }: Pick<EventHead, 'seq' | 'at' | 'skipped'>,
  window: ForwardWindow | null,
): TargetOutcome[] {
  const attempts = history.lastAttempts(seq);
  return targetsOf({ seq, at, skipped, waiting: history.waitingTargets(seq), attempts }, window);
}

/** The `event` entry of a stored event, without a body. */
export function eventEntryOf(stored: EventHead, targets: readonly TargetOutcome[]): EventEntry {
  const at = new Date(stored.at).toISOString();
  const shown = targets.map((target) => ({ ...target, url: masked(target.url) }));
  return { v: FEED_VERSION, at, ...entryOf(stored, stored.size, shown) };
}

/** The `event` entry of a stored event with its body: parsed, or as text where it is no webhook. */
export function fullEventEntryOf(
  stored: StoredEvent,
  targets: readonly TargetOutcome[],
  bodies: Exclude<Bodies, 'none'>,
): EventEntry {
  const bytes = readable(stored.headers, stored.body);
  const webhook = readWebhook(bytes);
  const body =
    'reason' in webhook ? Buffer.from(bytes).toString() : elide(webhook.body, bodies === 'full');
  return { ...eventEntryOf(stored, targets), body };
}

function entryOf(
  event: Omit<EventHead, 'seq' | 'size'>,
  size: number,
  targets: NewEventEntry['targets'],
): NewEventEntry {
  return {
    type: 'event',
    id: event.id,
    instanceId: event.instanceId,
    event: event.event,
    origin: event.origin,
    chat: event.chat,
    messageId: event.messageId,
    ack: event.ack,
    size,
    duplicateOf: event.duplicateOf,
    repeats: event.repeats,
    ackWentBack: event.ackWentBack,
    issues: [...event.issues],
    summary: event.summary,
    ...(event.signature !== undefined && { signature: event.signature }),
    direction: event.columns.direction,
    name: event.columns.name,
    text: event.columns.text,
    targets,
  };
}

/** The `attempt` entry of a stored attempt. */
export function attemptEntryOf(eventId: string, stored: AttemptHead): AttemptEntry {
  const at = new Date(stored.at).toISOString();
  return { v: FEED_VERSION, at, ...newAttemptEntry(eventId, stored.number, stored) };
}
