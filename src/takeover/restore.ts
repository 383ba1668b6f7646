/** Restores an instance's webhook: only while it is ours, and with retries until the vendor accepts it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { isListenersTunnel } from './consent.ts';
import { isOurs, type JournalEntry } from './journal.ts';
import { removeSubscriptions } from './subscriptions.ts';

/**
 * `there`: the original is set already. `gone`: the instance does not exist any more. `changed`:
 * somebody else has set another webhook, which stays. `overtaken`: restored, but the listener's last
 * request had no effect yet and may still have one.
 */
export type RestoreResult = 'restored' | 'overtaken' | 'there' | 'changed' | 'gone';

/**
 * Removes our subscriptions, and sets the instance's webhook to the journal's original if the webhook
 * is ours now. Side by side, the webhook is neither read nor written (then: `restored` or `there`).
 * The webhook is read right before it is written, since the API has no conditional update.
 *
 * Throws what the client throws, `restore_not_seen` (vendor) when ours still shows afterwards,
 * `no_own_webhook` (notRestored) when the original is another listener's tunnel, `other_account` (auth),
 * and `vendor_contradicts` (vendor).
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
      // With another account's API token, every subscription seems not to exist.
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
    // The journal has the only copy of the original: the answer alone is not enough to remove it.
    const { webhook: after } = await client.getInstance(entry.instanceId, signal);
    if (isOurs(after.url, entry) && !same(after, entry.original)) throw notSeen(entry.instanceId);
    return entry.step === 'about-to-set' && !same(webhook, entry.ours) ? 'overtaken' : 'restored';
  } catch (error) {
    if (error instanceof CliError && error.exit === 'notFound')
      return await gone(client, entry, signal);
    throw error;
  }
}

/** Whether two webhooks are the same; the order of events does not matter. */
export function same(a: Webhook, b: Webhook): boolean {
  return a.url === b.url && sorted(a.events) === sorted(b.events);
}

function sorted(events: readonly string[]): string {
  return [...new Set(events)].sort().join();
}

/**
 * Whether the instance is gone: only if the list of all instances does not have it. A 404 alone may come
 * from a proxy or a deployment, and the journal has the only copy of the original.
 */
async function gone(
  client: Client,
  { instanceId, account }: Pick<JournalEntry, 'instanceId' | 'account'>,
  signal?: AbortSignal,
): Promise<'gone'> {
  // The list of another account says nothing.
  if (isOthers(client, { account })) throw otherAccount(instanceId);
  const instances = await client.listInstances(signal);
  if (instances.every(({ id }) => id !== instanceId)) return 'gone';
  throw new CliError(
    'vendor',
    'vendor_contradicts',
    `The vendor lists instance ${instanceId}, but says that it does not exist`,
  );
}

/** Whether the journal was written with another account's API token. */
function isOthers(client: Client, { account }: Pick<JournalEntry, 'account'>): boolean {
  return account !== '' && account !== client.account;
}

function otherAccount(instanceId: string): CliError {
  return new CliError(
    'auth',
    'other_account',
    `This API token has no instance ${instanceId}, and another one was used to replace its webhook`,
    { hint: 'Try again with the API token of that account: EAZEWA_API_TOKEN, or --profile.' },
  );
}

/** The original may show later, or after another attempt. */
function notSeen(instanceId: string): CliError {
  return new CliError(
    'vendor',
    'restore_not_seen',
    `The vendor accepted the webhook of instance ${instanceId}, but still shows ours`,
  );
}

/** The original is a tunnel that must not be restored, and the own webhook is not known here. */
function noOwnWebhook(instanceId: string): CliError {
  return new CliError(
    'notRestored',
    'no_own_webhook',
    `Instance ${instanceId} pointed at another listener's tunnel before, which is never restored, and its own webhook is not known on this machine`,
    { hint: `Name its own webhook, then restore: eazewa-hooks webhook set <url> -i ${instanceId}` },
  );
}

/** How long a restore is retried, and the pause between two attempts, in ms. */
export interface Retries {
  readonly forMs: number;
  readonly pauseMs: number;
}

export const RESTORE_RETRIES: Retries = { forMs: 30_000, pauseMs: 1000 };

/** How long after a crash the last request may still take effect, in ms: longer than the client's timeout. */
export const LATE_MS = 15_000;
/** A request older than this has had its effect, in ms. */
const FRESH_MS = 60_000;

/** Whether the last request of a crashed listener may still take effect. `now` is in ms since 1970. */
export function mayBeSetYet({ step, at }: Pick<JournalEntry, 'step' | 'at'>, now: number): boolean {
  // After the clock was set back, `at` is in the future: fresh as well.
  return step === 'about-to-set' && now - Date.parse(at) < FRESH_MS;
}

/** Whether a failure may pass by itself. A refused API token or a refused value does not. */
function mayPass(error: unknown): boolean {
  return !(error instanceof CliError) || error.exit === 'vendor' || error.exit === 'rateLimited';
}

/**
 * {@link restoreWebhook} with retries while its failure may pass. `failed` is told each failure and how
 * many ms are left. Throws the last failure when the time is over.
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
      // An attempt that the timeout cut says nothing; the failure before it does.
      last = over.aborted ? (last ?? error) : error;
      const msLeft = until - performance.now() - pauseMs;
      if (msLeft <= 0 || !mayPass(error)) throw last;
      failed(error, msLeft);
      await sleep(pauseMs);
    }
  }
}
