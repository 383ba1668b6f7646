/** The claim: what the instance has, what a dead listener left of it, and whether and how it may be taken. */

import type { Client, Webhook } from '../eazewa/client.ts';
import { withExisting } from '../eazewa/existing.ts';
import { CliError } from '../errors.ts';
import { isListenersTunnel, mayReplace } from './consent.ts';
import { isOurs, type Journal, type JournalEntry } from './journal.ts';
import type { ClaimOptions } from './options.ts';
import { readOwnWebhook } from './own-webhook.ts';
import { settleLeft } from './settle.ts';
import { type Asked, createAsked } from './wanted-events.ts';

/** So many dead listeners in a row are remembered. */
const MOST_FORMER = 10;

export interface Claim {
  /** What to put back in the end. */
  readonly original: Webhook;
  /** What the instance has at this moment. */
  readonly found: Webhook;
  /** What was asked for. */
  readonly asked: Asked;
  /** What to subscribe to. */
  readonly events: readonly string[];
  /** The journal of a dead listener that the instance still points at. */
  readonly crashed: JournalEntry | null;
  /** That of one whose traces were settled before this one began. */
  readonly settled: JournalEntry | null;
  /** Path tokens of dead listeners that the instance still points at, or may be made to by what they sent last. */
  readonly formerTokens: readonly string[];
  /** Whether what was there before is another listener's tunnel, which is not put back. */
  readonly isAnothers: boolean;
  /** What is put back in its place; null where that is not known. */
  readonly ownWebhook: Webhook | null;
}

/**
 * Reads the instance and decides. The original of a dead listener's journal is the original still;
 * if the instance holds another url by now, that one is. Throws `no_such_instance` with those that
 * exist, usage errors when its webhook may not be replaced or nothing is left to subscribe to, and what
 * {@link settleLeft} throws. `now` is in ms since 1970.
 */
export async function claimInstance(
  client: Client,
  journal: Journal,
  options: ClaimOptions,
  signal: AbortSignal,
  now: () => number,
): Promise<Claim> {
  const { instanceId, sideBySide } = options;
  const settled = await settleLeft(client, journal, sideBySide, now(), signal);
  const left = await journal.read();
  const { webhook } = await client.getInstance(instanceId, signal).catch(async (error: unknown) => {
    throw await withExisting(error, client, signal);
  });
  const crashed = left !== null && isOurs(webhook.url, left) ? left : null;
  const mayReturn = crashed ?? (left?.step === 'about-to-set' ? left : settled);
  const formerTokens =
    mayReturn === null
      ? []
      : [mayReturn.pathToken, ...mayReturn.formerTokens].slice(0, MOST_FORMER);
  // A webhook that we only stand beside goes on as before.
  const current = crashed === null && !sideBySide ? webhook.url : null;
  mayReplace({ ...options, current });
  const own = crashed?.original ?? webhook;
  // It ends with its listener; put back later, it would lead nowhere.
  const isAnothers = !sideBySide && isListenersTunnel(own.url);
  const ownWebhook =
    isAnothers && options.ownWebhookPath !== null
      ? await readOwnWebhook(options.ownWebhookPath)
      : null;
  const original = ownWebhook ?? own;
  const asked = createAsked(subscription(options, original), options.tee);
  const events = asked.with(original);
  return {
    original,
    found: webhook,
    asked,
    events,
    crashed,
    settled,
    formerTokens,
    isAnothers,
    ownWebhook,
  };
}

function subscription(options: ClaimOptions, original: Webhook): readonly string[] {
  const had = original.events.length > 0 ? original.events : ['message'];
  const events = (options.events ?? had).filter((name) => !options.ignoreEvents.includes(name));
  if (events.length > 0) return events;
  throw new CliError('usage', 'no_events', 'No event is left to subscribe to', {
    hint: 'Name others with --events, or fewer with --ignore-events.',
  });
}
