/** Restores an instance's webhook: only while it is ours, and until the reads that show it can be believed. */

import type { Client, Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { type Clock, SYSTEM_CLOCK } from '../platform/clock.ts';
import { isListeners } from './consent.ts';
import { type Evidence, evidenceOf, PATIENCE, type Patience } from './evidence.ts';
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
 * is ours now, or shows a webhook of before and may be ours: a read may lag. Side by side, the webhook is
 * neither read nor written (then: `restored` or `there`). The webhook is read right before it is
 * written, since the API has no conditional update. `evidence` learns what the reads show. `adopt` is
 * told what somebody else's webhook changes in the journal, and awaited, where a request of ours may
 * still be carried out over it.
 *
 * Throws what the client throws, `restore_not_seen` (vendor) when ours still shows afterwards,
 * `no_own_webhook` (notRestored) when the original is another listener's url, `other_account` (auth),
 * and `vendor_contradicts` (vendor).
 */
export async function restoreWebhook(
  client: Client,
  entry: JournalEntry,
  signal?: AbortSignal,
  evidence: Evidence = evidenceOf(entry, Date.now()),
  adopt: (changed: Adopted) => unknown = () => {},
): Promise<RestoreResult> {
  try {
    const removed = await removeSubscriptions(client, entry, signal);
    if (entry.kind === 'side-by-side') {
      if (removed) evidence.landed();
      // With another account's API token, or behind a proxy that fails, nothing seems to exist.
      else if (entry.subscriptions.some(({ id }) => id !== null))
        await client.getInstance(entry.instanceId, signal);
      evidence.agreed();
      return removed ? 'restored' : 'there';
    }
    const { webhook } = await client.getInstance(entry.instanceId, signal);
    const isOriginal = same(webhook, entry.original);
    const isAnothers = isListeners(entry.original.url);
    const mayBeStale =
      evidence.mayBeOurs && !evidence.isRestored && !isAnothers && entry.before === null;
    const isStale = (shown: Webhook) => isOlder(shown, entry) && evidence.msOlder() > 0;
    if (isOriginal ? !mayBeStale : !isOurs(webhook.url, entry) && !isStale(webhook)) {
      const isTheirs = !isOriginal || (entry.before !== null && !evidence.isRestored);
      const changed = isTheirs ? adopted(entry, webhook, evidence) : null;
      evidence.leftAlone(webhook, isOriginal && isAnothers);
      if (changed !== null && evidence.msLeft() > 0) await adopt(changed);
      return isTheirs ? 'changed' : 'there';
    }
    if (isAnothers) throw noOwnWebhook(entry.instanceId);
    // A webhook of before, or ours after the original was written: a read lags.
    if (isOriginal || isStale(webhook) || evidence.isRestored) evidence.lagged();
    await client.updateWebhookOnce(entry.instanceId, entry.original, signal);
    evidence.restored();
    // The journal has the only copy of the original: the answer alone is not enough to remove it.
    const { webhook: after } = await client.getInstance(entry.instanceId, signal);
    const isOld = isOurs(after.url, entry) || isStale(after);
    if (isOld && !same(after, entry.original)) {
      evidence.lagged();
      throw notSeen(entry.instanceId);
    }
    evidence.agreed();
    if (isOriginal) return 'there';
    if (entry.step === 'about-to-set' && !same(webhook, entry.ours)) return 'overtaken';
    evidence.landed();
    return 'restored';
  } catch (error) {
    if (error instanceof CliError && error.exit === 'notFound')
      return await gone(client, entry, signal);
    throw error;
  }
}

/** What changes in a journal when somebody else's webhook takes the place of the original. */
export type Adopted = Pick<JournalEntry, 'original' | 'before'>;

/**
 * What a read changes in the journal; null where it shows nothing new. A request of ours may still be
 * carried out over a webhook that somebody else has set; then that webhook is the one to restore.
 * Another listener's url never is, and neither is the original of before in a read that lags.
 */
export function adopted(
  entry: JournalEntry,
  shown: Webhook,
  evidence: Pick<Evidence, 'sawForeign' | 'mayBeOlder' | 'msOlder'>,
): Adopted | null {
  const { kind, original, before } = entry;
  if (kind !== 'takeover' || isOurs(shown.url, entry) || isListeners(shown.url)) return null;
  if (isOlder(shown, entry) && evidence.msOlder() > 0) return null;
  if (same(shown, original)) {
    if (before !== null) evidence.sawForeign();
    return null;
  }
  const isBefore = before !== null && same(shown, before);
  if (isBefore && evidence.mayBeOlder) return null;
  evidence.sawForeign();
  return isBefore
    ? { original: before, before: null }
    : { original: shown, before: before ?? original };
}

/** Whether two webhooks are the same; the order of events does not matter. */
export function same(a: Webhook, b: Webhook): boolean {
  return a.url === b.url && sorted(a.events) === sorted(b.events);
}

function sorted(events: readonly string[]): string {
  return [...new Set(events)].sort().join();
}

/** Most webhooks of before that a journal names. */
const MOST_OLDER = 10;

/** The webhooks of before that a journal names, with others; the oldest are forgotten. */
export function withOlder(
  older: readonly Webhook[],
  ...others: readonly Webhook[]
): readonly Webhook[] {
  return others
    .reduce((all, one) => [...all.filter((other) => !same(one, other)), one], older)
    .slice(-MOST_OLDER);
}

/** Whether a webhook is one of before that a journal names. */
export function isOlder(webhook: Webhook, { older }: Pick<JournalEntry, 'older'>): boolean {
  return older.some((one) => same(one, webhook));
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

/** The original is a listener's url that must not be restored, and the own webhook is not known here. */
function noOwnWebhook(instanceId: string): CliError {
  return new CliError(
    'notRestored',
    'no_own_webhook',
    `Instance ${instanceId} pointed at another listener before, whose url is never restored, and its own webhook is not known on this machine`,
    { hint: `Name its own webhook, then restore: eazewa-hooks webhook set <url> -i ${instanceId}` },
  );
}

/** How long a restore is retried, and the pause between two attempts, in ms. */
export interface Retries {
  readonly forMs: number;
  readonly pauseMs: number;
}

export const RESTORE_RETRIES: Retries = { forMs: 30_000, pauseMs: 1000 };

/** Whether a failure may pass by itself. A refused API token or a refused value does not. */
function mayPass(error: unknown): boolean {
  return !(error instanceof CliError) || error.exit === 'vendor' || error.exit === 'rateLimited';
}

/** How {@link restoreUntilSettled} goes on, and whom it tells. */
export interface RestoreRun {
  readonly evidence: Evidence;
  readonly retries: Retries;
  readonly patience?: Patience | undefined;
  readonly clock?: Clock | undefined;
  /** Ends the restore: then its reason is thrown, or the failure before. */
  readonly signal?: AbortSignal | undefined;
  /** Told what somebody else's webhook changes in the journal; awaited. */
  adopted?(changed: Adopted): unknown;
  /** Told each failure, and how many ms are left. */
  failed(error: Error, msLeft: number): void;
  /** Told once, when the restored webhook must show for so many ms more. */
  settling(msLeft: number): void;
  /** Whether somebody else finishes what is not settled in time; asked before each pause. */
  handsOver?(): boolean;
}

/**
 * {@link restoreWebhook} until the reads can be believed, with retries while its failure may pass.
 * When the time is over, throws the last failure; a restore that must only settle is waited for, unless
 * it is handed over: then throws `restore_unsettled` (vendor).
 */
export async function restoreUntilSettled(
  client: Client,
  entry: JournalEntry,
  { evidence, retries, patience = PATIENCE, clock = SYSTEM_CLOCK, ...run }: RestoreRun,
): Promise<RestoreResult> {
  const { forMs, pauseMs } = retries;
  const until = clock.monotonic() + forMs;
  const over = clock.timeout(forMs);
  const { signal = NEVER } = run;
  const handsOver = () => run.handsOver?.() ?? false;
  let last: Error | null = null;
  let done: RestoreResult | null = null;
  let current = entry;
  const adopt = async (changed: Adopted) => {
    current = { ...current, ...changed };
    await run.adopted?.(changed);
  };
  for (;;) {
    let wait = pauseMs;
    try {
      const waitsOn = done !== null && !handsOver();
      const now = await restoreWebhook(
        client,
        suspected(current, evidence),
        waitsOn ? signal : AbortSignal.any([over, signal]),
        evidence,
        adopt,
      );
      const isFirst = done === null;
      last = null;
      done = together(done, now);
      const msLeft = evidence.msLeft();
      if (done === 'gone' || msLeft === 0) return done;
      if (isFirst) run.settling(msLeft);
      wait = Math.min(patience.pauseMs, msLeft);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (signal.aborted) throw last ?? signal.reason;
      // An attempt that the timeout cut says nothing; the failure before it does.
      last = over.aborted ? (last ?? (done === null ? error : unsettled(entry))) : error;
      const msLeft = until - clock.monotonic() - pauseMs;
      if (msLeft <= 0 || !mayPass(error)) throw last;
      run.failed(error, msLeft);
    }
    if (done !== null && handsOver() && clock.monotonic() + wait > until)
      throw last ?? unsettled(entry);
    await clock.pause(wait, signal);
    if (signal.aborted) throw last ?? signal.reason;
  }
}

const NEVER = new AbortController().signal;

/** The result of two attempts, one after the other. */
export function together(before: RestoreResult | null, now: RestoreResult): RestoreResult {
  return now === 'there' && (before === 'restored' || before === 'overtaken') ? 'restored' : now;
}

/** After a request that adds a subscription was cut, each subscription is looked up once more. */
export function suspected(entry: JournalEntry, evidence: Evidence): JournalEntry {
  if (entry.kind === 'takeover' || !evidence.wasCut) return entry;
  const again = [...new Set(entry.subscriptions.map(({ url }) => url))].map((url) => ({
    id: null,
    url,
  }));
  const known = entry.subscriptions.filter(({ id }) => id !== null);
  return { ...entry, subscriptions: [...known, ...again] };
}

/** The original is written, and may not stand yet. */
function unsettled({ instanceId }: JournalEntry): CliError {
  return new CliError(
    'vendor',
    'restore_unsettled',
    `The vendor accepted the webhook of instance ${instanceId}, and may not have settled on it yet`,
  );
}
