/** Putting an instance's webhook back: only if it still is ours, and again until the vendor takes it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { isListenersTunnel } from './consent.ts';
import { isOurs, type JournalEntry } from './journal.ts';
import { removeSubscriptions } from './subscriptions.ts';

/**
 * `there`: what was there before us is there already; `gone`: there is no such instance any more;
 * `changed`: somebody else set another webhook, which wins; `overtaken`: put back, but what the listener
 * asked for last did not show before, and may come yet.
 */
export type RestoreResult = 'restored' | 'overtaken' | 'there' | 'changed' | 'gone';

/**
 * Ends our subscriptions, and sets the instance's webhook to what the journal says it was, unless it is
 * not ours any more; one that we only stood beside is neither read nor written (then: `restored` or `there`).
 * It is read right before it is written, since the API has no conditional update (DESIGN *Takeover*).
 * Throws what the client throws, `restore_not_seen` (vendor) when ours is still there, and `no_own_webhook` (notRestored) where it was another listener's tunnel.
 */
export async function restoreWebhook(
  client: Client,
  entry: Pick<
    JournalEntry,
    | 'kind'
    | 'step'
    | 'instanceId'
    | 'account'
    | 'original'
    | 'ours'
    | 'pathToken'
    | 'formerPathTokens'
    | 'subscriptions'
  >,
  signal?: AbortSignal,
): Promise<RestoreResult> {
  try {
    const removed = await removeSubscriptions(client, entry, signal);
    if (entry.kind === 'side-by-side') {
      // A stranger's token would be told of each subscription that it does not exist.
      if (!removed && isOthers(client, entry)) {
        await client.getInstance(entry.instanceId, signal);
      }
      return removed ? 'restored' : 'there';
    }
    const { webhook } = await client.getInstance(entry.instanceId, signal);
    if (same(webhook, entry.original)) return 'there';
    if (!isOurs(webhook.url, entry)) return 'changed';
    if (isListenersTunnel(entry.original.url)) throw noOwnWebhook(entry.instanceId);
    await client.updateWebhookOnce(entry.instanceId, entry.original, signal);
    // With the journal goes the only copy of what was there: not by the word of the answer alone.
    const { webhook: after } = await client.getInstance(entry.instanceId, signal);
    if (isOurs(after.url, entry) && !same(after, entry.original)) throw notSeen(entry.instanceId);
    return entry.step === 'about-to-set' && !same(webhook, entry.ours) ? 'overtaken' : 'restored';
  } catch (error) {
    if (error instanceof CliError && error.exit === 'notFound')
      return await gone(client, entry, signal);
    throw error;
  }
}

/** Whether two webhooks are one: the order of events says nothing. */
export function same(a: Webhook, b: Webhook): boolean {
  return a.url === b.url && sorted(a.events) === sorted(b.events);
}

function sorted(events: readonly string[]): string {
  return [...new Set(events)].sort().join();
}

/**
 * A 404 may come from a proxy or a deployment, too, and with the journal goes the only copy of what was
 * there: the instance is gone when the list of all of them is there and does not have it.
 */
async function gone(
  client: Client,
  { instanceId, account }: Pick<JournalEntry, 'instanceId' | 'account'>,
  signal?: AbortSignal,
): Promise<'gone'> {
  // What another account is shown says nothing.
  if (isOthers(client, { account })) throw otherAccount(instanceId);
  const instances = await client.listInstances(signal);
  if (instances.every(({ id }) => id !== instanceId)) return 'gone';
  throw new CliError(
    'vendor',
    'vendor_contradicts',
    `The vendor lists instance ${instanceId}, but says that it does not exist`,
  );
}

/** Whether a journal was written with another account's API token. */
function isOthers(client: Client, { account }: Pick<JournalEntry, 'account'>): boolean {
  return account !== '' && account !== client.account;
}

function otherAccount(instanceId: string): CliError {
  return new CliError(
    'auth',
    'other_account',
    `This API token has no instance ${instanceId}, and is not the one that its webhook was taken with`,
    { hint: 'Try again with the API token of that account: EAZEWA_API_TOKEN, or --profile.' },
  );
}

/** It may show later, or when it is done again. */
function notSeen(instanceId: string): CliError {
  return new CliError(
    'vendor',
    'restore_not_seen',
    `The vendor says that instance ${instanceId} has its webhook again, but still shows ours`,
  );
}

/** What was there before must not come back, and nobody here knows what was there before that. */
function noOwnWebhook(instanceId: string): CliError {
  return new CliError(
    'notRestored',
    'no_own_webhook',
    `What instance ${instanceId} had before is the tunnel of another listener, which may be gone by now: it is not put back, and no webhook of its own is known on this machine`,
    { hint: `Give it its own, then restore: eazewa-hooks webhook set <url> -i ${instanceId}` },
  );
}

/** How long a restore is retried, and the pause between two attempts, in ms. */
export interface Retries {
  readonly forMs: number;
  readonly pauseMs: number;
}

export const RESTORE_RETRIES: Retries = { forMs: 30_000, pauseMs: 1000 };

/** For how long after its sender's death a request may still arrive: longer than a vendor is waited for. In ms. */
export const LATE_MS = 15_000;
/** A step that is older than this has long had its effect, in ms. */
const FRESH_MS = 60_000;

/** Whether the vendor may still do what a listener asked last: set the webhook that it died setting. */
export function mayBeSetYet({ step, at }: Pick<JournalEntry, 'step' | 'at'>, now: number): boolean {
  // By a clock that was set back meanwhile, it lies in the future.
  return step === 'about-to-set' && now - Date.parse(at) < FRESH_MS;
}

/** Failures that may pass by themselves. A refused token or a refused value does not. */
function mayPass(error: unknown): boolean {
  return !(error instanceof CliError) || error.exit === 'vendor' || error.exit === 'rateLimited';
}

/**
 * {@link restoreWebhook}, tried again for `forMs`, with pauses between, while the failure may pass. `failed` hears of each failure
 * and how many ms are left. Throws the last failure when the time is over.
 */
export async function restoreWithRetries(
  client: Client,
  entry: JournalEntry,
  { forMs, pauseMs }: Retries,
  failed: (error: Error, msLeft: number) => void,
): Promise<RestoreResult> {
  const until = performance.now() + forMs;
  const over = AbortSignal.timeout(forMs);
  let last: Error | null = null;
  for (;;) {
    try {
      return await restoreWebhook(client, entry, over);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      // Cut short by the time being over, it says nothing; the failure before it does.
      last = over.aborted ? (last ?? error) : error;
      const msLeft = until - performance.now() - pauseMs;
      if (msLeft <= 0 || !mayPass(error)) throw last;
      failed(error, msLeft);
      await sleep(pauseMs);
    }
  }
}
