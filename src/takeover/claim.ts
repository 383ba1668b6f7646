/** The claim: what the instance has, what a crashed listener left of it, and whether and how it may be taken. */

import type { Client, Instance, Webhook } from '../eazewa/client.ts';
import { getExisting } from '../eazewa/existing.ts';
import { CliError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { isListeners, mayReplace } from './consent.ts';
import { evidenceOf, mayBeSetYet, PATIENCE } from './evidence.ts';
import { isOurs, type Journal, type JournalEntry } from './journal.ts';
import type { ClaimOptions } from './options.ts';
import { readOwnWebhook } from './own-webhook.ts';
import { readSettled } from './read-back.ts';
import { isOlder, same } from './restore.ts';
import { notSettled, settleLeft } from './settle.ts';
import { createWantedEvents, type WantedEvents } from './wanted-events.ts';

/** Most crashed listeners in a row whose path tokens are remembered. */
const MOST_FORMER = 10;

export interface Claim {
  /** The name of the instance; null where it has none. */
  readonly name: string | null;
  /** What is restored in the end. */
  readonly original: Webhook;
  /** What the instance has at this moment. */
  readonly found: Webhook;
  /** The events that the app wants. */
  readonly wanted: WantedEvents;
  /** The events to subscribe to. */
  readonly events: readonly string[];
  /** Journal of the crashed listener whose takeover this one carries on: the instance points at it, or may do so yet. */
  readonly resumed: JournalEntry | null;
  /** Journal of the crashed listener whose takeover was undone before this one begins. */
  readonly settled: JournalEntry | null;
  /** Path tokens of crashed listeners that the instance points at, or may yet by a request that arrives late. */
  readonly formerPathTokens: readonly string[];
  /** The origins of those crashed listeners. */
  readonly formerOrigins: readonly string[];
  /** Whether the instance points at another listener, whose url is never restored. */
  readonly isAtAnothers: boolean;
  /** The remembered own webhook, which is restored instead of that url; null where none is known. */
  readonly ownWebhook: Webhook | null;
}

/**
 * Reads the instance and decides. The original in a crashed listener's journal is still the original,
 * unless reads agree that the instance has another webhook by now. Throws `no_such_instance` with those
 * that exist, usage errors when its webhook may not be replaced or nothing is left to subscribe to, and
 * what {@link settleLeft} throws. `now` is in ms since 1970.
 */
export async function claimInstance(
  client: Client,
  journal: Journal,
  options: ClaimOptions,
  signal: AbortSignal,
  now: () => number,
  clock?: Clock,
): Promise<Claim> {
  const { instanceId, sideBySide } = options;
  // 1. Undo what a crashed listener left and this one cannot carry on.
  const settled = await settleLeft(client, journal, sideBySide, now(), signal, clock);
  // 2. Read the instance and the journal.
  const left = await journal.read();
  const { name, webhook } = await read(client, instanceId, left, signal, clock);
  const isAtCrashed = left !== null && isOurs(webhook.url, left);
  const resumed = isAtCrashed || mayBeAtCrashed(left, webhook, now(), clock) ? left : null;
  // Somebody else's webhook shows, and a request of the crashed listener may yet replace it.
  if (resumed === null && left !== null && mayBeSetYet(left, now())) throw notSettled(left);
  // 3. Ask for consent where somebody else's webhook is to be replaced.
  const current = isAtCrashed || sideBySide ? null : webhook.url;
  mayReplace({ ...options, current });
  // 4. Decide what is restored in the end: never a listener's url, which ends with that listener.
  const own = resumed?.original ?? webhook;
  const isAtAnothers = !sideBySide && isListeners(own.url);
  const ownWebhook =
    isAtAnothers && options.ownWebhookPath !== null
      ? await readOwnWebhook(options.ownWebhookPath)
      : null;
  const original = ownWebhook ?? own;
  // 5. Choose the events.
  const former = resumed ?? settled;
  const wanted = createWantedEvents(subscription(options, original), options.tee);
  return {
    name,
    original,
    found: webhook,
    wanted,
    events: wanted.with(original),
    resumed,
    settled,
    formerPathTokens: pathTokensOf(former),
    formerOrigins: former?.origins ?? [],
    isAtAnothers,
    ownWebhook,
  };
}

/** Reads the instance. After a crash one read that shows another webhook proves nothing. */
async function read(
  client: Client,
  instanceId: string,
  left: JournalEntry | null,
  signal: AbortSignal,
  clock?: Clock,
): Promise<Pick<Instance, 'name' | 'webhook'>> {
  const existing = { getInstance: (id: string) => getExisting(client, id, signal) };
  return readSettled(
    { client: existing, instanceId, clock, signal },
    ({ url }) => left === null || left.step === 'restored' || isOurs(url, left),
  );
}

/**
 * Whether a webhook of before the crashed listener's shows, which its own may follow. Long after the
 * crash, somebody has set an older webhook again. `now` is in ms since 1970.
 */
function mayBeAtCrashed(
  left: JournalEntry | null,
  webhook: Webhook,
  now: number,
  clock?: Clock,
): boolean {
  if (left === null || left.step === 'restored') return false;
  if (same(webhook, left.original)) return true;
  const mayLag = evidenceOf(left, now, PATIENCE, clock).msOlder() > 0 || mayBeSetYet(left, now);
  return isOlder(webhook, left) && mayLag;
}

function pathTokensOf(left: JournalEntry | null): readonly string[] {
  return left === null ? [] : [left.pathToken, ...left.formerPathTokens].slice(0, MOST_FORMER);
}

function subscription(options: ClaimOptions, original: Webhook): readonly string[] {
  const had = original.events.length > 0 ? original.events : ['message'];
  const events = (options.events ?? had).filter((name) => !options.ignoreEvents.includes(name));
  if (events.length > 0) return events;
  throw new CliError('usage', 'no_events', 'No event is left to subscribe to', {
    hint: 'Name others with --events, or fewer with --ignore-events.',
  });
}
