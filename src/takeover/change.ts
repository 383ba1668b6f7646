/** Changes an instance's own webhook, also while a listener holds it: then what is restored in the end changes. */

import type { WebhookChange } from '../control/protocol.ts';
import type { Client, Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { isListeners } from './consent.ts';
import { doubtOf, evidenceOf, type Patience } from './evidence.ts';
import { isOurs, type Journal, type JournalEntry } from './journal.ts';
import { type Progress, progressFrom } from './progress.ts';
import { type ReadBackOptions, readBack, readSettled } from './read-back.ts';
import { followRequests, isRefusal } from './requests.ts';
import { same, withOlder } from './restore.ts';

/** The instance's own webhook before and after: what it has, or what is restored when its listener stops. */
export interface Changed {
  readonly before: Webhook;
  readonly after: Webhook;
  /** Whether the instance has a listener's webhook now. */
  readonly held: boolean;
}

/** The webhook after a change. Events keep their order; added ones come last. */
export function changed(webhook: Webhook, { url = webhook.url, events }: WebhookChange): Webhook {
  return { url, events: changedEvents(webhook.events, events) };
}

function changedEvents(had: readonly string[], change: WebhookChange['events']): readonly string[] {
  if (change === undefined) return had;
  if ('only' in change) return [...new Set(change.only)];
  return [...new Set([...had, ...change.add])].filter((name) => !change.remove.includes(name));
}

export interface ChangeOptions {
  /** Ends the reading. */
  readonly signal?: AbortSignal;
  readonly eventsFor?: ((original: Webhook) => readonly string[]) | undefined;
  readonly patience?: Patience | undefined;
  readonly clock?: Clock | undefined;
  /** Whether the listener has crashed: nobody receives at its url, which is left to the guard and to `restore`. */
  readonly hasCrashed?: boolean;
  /** How long a webhook must show that is not the listener's until it is believed, in ms. */
  readonly forMs?: ((shown: Webhook) => number) | undefined;
  /** Called once, when the vendor does not show at once what was written; awaited. */
  readonly lags?: () => unknown;
}

/**
 * Changes an instance's own webhook; the caller holds the instance's lock. Where a listener's webhook
 * is set (of a running or a crashed one), the original in the journal is changed. A running listener's
 * webhook gains and loses the same events (or has those that `eventsFor` gives for the new original);
 * its url stays. What was written is read back with patience.
 *
 * Throws what the client throws, state errors, `changed_meanwhile` (vendor) when the url is not
 * `from`, `listeners_url` (usage) for the url of a listener, which is never restored, and
 * `read_back_differs` (vendor) when the vendor shows another webhook afterwards. After an error the
 * journal is as it was.
 */
export async function changeWebhook(
  client: Pick<Client, 'getInstance' | 'updateWebhook'>,
  journal: Pick<Journal, 'read' | 'write'>,
  instanceId: string,
  change: WebhookChange,
  options: ChangeOptions = {},
): Promise<Changed> {
  const entry = await journal.read();
  const { webhook: live } = await readSettled(
    { client, instanceId, ...options },
    ({ url }) => entry?.kind !== 'takeover' || isOurs(url, entry) === isTakenOver(entry),
    options.forMs,
  );
  const { url = null } = change;
  const held = entry?.kind === 'takeover' && isOurs(live.url, entry);
  // As an original it would never be restored.
  if ((entry !== null && isOurs(url, entry)) || (held && isListeners(url))) throw listenersUrl();
  const own = held ? entry.original : live;
  if (change.from !== undefined && change.from !== own.url) throw changedMeanwhile(instanceId);
  const after = changed(own, change);
  // Nobody would undo that write if its listener restores the instance at that moment.
  if (!held && change.url === undefined && isListeners(after.url)) throw anothersUrl(instanceId);
  // Where its listener has crashed, the read may lag behind the guard: nothing would undo a write.
  const isLeft = held && options.hasCrashed === true;
  const during = isLeft ? live : held ? duringHold(entry, live, after, change, options) : after;
  // The journal first: a crash between the two would lose the change otherwise. A late request of ours
  // would lose it, too, where a listener crashed and its webhook does not show.
  const ofBefore = entry === null ? [] : [entry.original, ...(held ? [] : [live])];
  const older = withOlder(entry?.older ?? [], ...ofBefore.filter((one) => !same(one, after)));
  const next = entry && {
    ...entry,
    original: after,
    older,
    ...(held && !isLeft && { ours: during }),
  };
  const isJournaled = next !== null && (held || isTakenOver(entry));
  if (isJournaled) await journal.write(next);
  try {
    await write(client, instanceId, live, during, options);
  } catch (error) {
    if (isJournaled) await journal.write(entry);
    throw error;
  }
  return { before: own, after, held };
}

/** Whether the instance should have a listener's webhook: another one that shows may be older. */
function isTakenOver(entry: JournalEntry | null): entry is JournalEntry {
  return entry?.kind === 'takeover' && entry.step !== 'restored';
}

/** What the instance has while a listener holds it. Its url is the journal's, because the read may be older. */
function duringHold(
  { ours: { url } }: JournalEntry,
  live: Webhook,
  original: Webhook,
  { events }: WebhookChange,
  { eventsFor }: ChangeOptions,
): Webhook {
  if (eventsFor !== undefined) return { url, events: eventsFor(original) };
  if (events === undefined || 'only' in events) return { url, events: live.events };
  return { url, events: changedEvents(live.events, events) };
}

/**
 * {@link changeWebhook} for an instance whose journal is `progress`. The journal says that a request is
 * under way before it is sent; `client` tells the journal when one has no answer.
 */
export async function changeInProgress(
  client: Pick<Client, 'getInstance' | 'updateWebhook'>,
  progress: Progress,
  instanceId: string,
  change: WebhookChange,
  options: ChangeOptions = {},
): Promise<Changed> {
  const { step, original, older, ours } = progress.entry;
  const journal = {
    read: async () => progress.entry,
    // Only what it changes: a request may have been cut since the entry was read.
    write: (entry: JournalEntry) =>
      progress.reach('about-to-renew', {
        original: entry.original,
        older: entry.older,
        ours: entry.ours,
      }),
  };
  try {
    const done = await changeWebhook(client, journal, instanceId, change, options);
    if (progress.entry.step === 'about-to-renew') await progress.note('renewed');
    return done;
  } catch (error) {
    if (isRefusal(error)) await progress.note(step, { original, older, ours });
    throw error;
  }
}

/**
 * {@link changeWebhook} for a command that holds the instance's lock, so that no listener runs. After a
 * crash it carries on that listener's journal. `now` is in ms since 1970.
 */
export async function changeUnlistened(
  client: Client,
  journal: Pick<Journal, 'read' | 'write'>,
  instanceId: string,
  change: WebhookChange,
  { now, ...options }: ChangeOptions & { readonly now: () => number },
): Promise<Changed> {
  const left = await journal.read();
  if (left?.kind !== 'takeover') return changeWebhook(client, journal, instanceId, change, options);
  const progress = progressFrom(journal, { ...left, doubtAt: doubtOf(left) }, now);
  const evidence = evidenceOf(left, now(), options.patience, options.clock);
  const followed = followRequests(client, evidence, progress, now);
  return changeInProgress(followed, progress, instanceId, change, { ...options, hasCrashed: true });
}

async function write(
  client: Pick<Client, 'getInstance' | 'updateWebhook'>,
  instanceId: string,
  before: Webhook,
  after: Webhook,
  { signal, patience, clock, lags }: ChangeOptions,
): Promise<void> {
  if (same(before, after)) return;
  signal?.throwIfAborted();
  // Without `signal`: a request that is cut could arrive after what undoes it.
  const reading = { client, instanceId, patience, clock, signal };
  const isExpected = (shown: Webhook) => same(shown, before) || same(shown, after);
  await client.updateWebhook(instanceId, after, undefined, unlessChanged(reading, isExpected));
  const isOlder = (shown: Webhook) => same(shown, before);
  await readBack({ ...reading, lags }, after, isOlder);
}

/**
 * What is asked after a failed attempt to write a webhook, which may have taken long: throws
 * `changed_meanwhile` (vendor) where another webhook shows than is expected, and what the client throws.
 */
export function unlessChanged(
  reading: ReadBackOptions,
  isExpected: (shown: Webhook) => boolean,
): () => Promise<void> {
  return async () => {
    const { webhook } = await readSettled(reading, isExpected);
    if (!isExpected(webhook)) throw changedMeanwhile(reading.instanceId);
  };
}

/** Somebody else has changed the webhook since it was read. */
export function changedMeanwhile(instanceId: string): CliError {
  return new CliError(
    'vendor',
    'changed_meanwhile',
    `Somebody else has just changed the webhook of instance ${instanceId}, so it is left as it is`,
    { hint: 'Check its webhook with eazewa-hooks status, then try again.' },
  );
}

/** The instance has another listener's webhook, whose events are not changed. */
function anothersUrl(instanceId: string): CliError {
  return new CliError(
    'usage',
    'listeners_url',
    `Instance ${instanceId} sends its events to another listener, so its events are left as they are`,
    {
      hint: 'Change the events where that listener runs, or name a webhook: eazewa-hooks webhook set <url>',
    },
  );
}

function listenersUrl(): CliError {
  return new CliError('usage', 'listeners_url', 'That url belongs to a listener and ends with it', {
    hint: 'Name the url that the instance has when no listener runs.',
  });
}
