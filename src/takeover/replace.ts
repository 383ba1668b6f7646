/** The takeover: remembers an instance's webhook, sets ours, watches it, and puts the old one back. */

import { hostname } from 'node:os';
import type { Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { faultPoint } from '../platform/fault-point.ts';
import { maskUrl } from '../platform/mask-url.ts';
import {
  type Changed,
  changedMeanwhile,
  changeWebhook,
  readBackDiffers,
  type WebhookChange,
} from './change.ts';
import { holdsToken, isOurs, type JournalEntry } from './journal.ts';
import { changeUnderWay } from './notices.ts';
import type { ApiAccess } from './options.ts';
import { beginProgress } from './progress.ts';
import { type ReleaseOptions, releaseInstance } from './release.ts';
import { same } from './restore.ts';
import type { Asked } from './wanted-events.ts';
import { keepWebhook } from './watch.ts';

export interface TakeoverOptions extends ReleaseOptions {
  readonly api: Pick<ApiAccess, 'apiUrl' | 'apiUrlSource'>;
  readonly instanceId: string;
  readonly original: Webhook;
  /** What the instance had when the claim was made. */
  readonly found: Webhook;
  readonly ours: Webhook;
  /** What {@link ours} is subscribed to, and why. */
  readonly asked: Asked;
  readonly pathToken: string;
  /** Those of dead listeners that the instance may still point at. */
  readonly formerTokens: readonly string[];
  /** When the takeover began, in ms since 1970: by this its guard knows its journal. */
  readonly since: number;
  readonly now: () => number;
  /** Stops taking; what was done by then is undone. */
  readonly signal: AbortSignal;
}

/** An instance whose webhook is ours. */
export interface Takeover {
  /**
   * Changes what will be put back, and the events that are subscribed to meanwhile. Throws what
   * {@link changeWebhook} throws, and `listener_stopping` when the webhook is being put back already.
   */
  change(change: WebhookChange): Promise<Changed>;
  /**
   * Points the instance at another url of this listener's, and tells the journal before. A webhook
   * that somebody else has set meanwhile stays. Throws what the client throws, state errors and
   * `read_back_differs`; does nothing once the webhook is being put back.
   */
  move(url: string): Promise<void>;
  /**
   * Subscribes our webhook to exactly these events, with --tee to those of the original as well; what
   * will be put back stays as it is. Resolves to what the instance has then. Throws what the client throws, state errors, `read_back_differs`,
   * `no_events` (usage) for none, `changed_elsewhere` (vendor) when the webhook is somebody else's by
   * now, and `listener_stopping`.
   */
  subscribe(events: readonly string[]): Promise<readonly string[]>;
  /** What will be put back. */
  original(): Webhook;
  /** What was set for us last. */
  ours(): Webhook;
  /** Puts the webhook back, once. False when that failed: the journal stays, and the feed says what to do. */
  release(): Promise<boolean>;
}

/**
 * Takes the instance: proves that the original can be written, journals it, waits for the guard, sets
 * ours, reads it back.
 * When a step fails everything before it is undone, and the step's error is thrown.
 */
export async function takeOver(options: TakeoverOptions): Promise<Takeover> {
  const { client, journal, guard, instanceId, original, ours, asked, post, now, signal } = options;
  const entry = firstEntry(options, { kind: 'takeover', ours, subscriptions: [] });
  await proveRestorable(options);
  const progress = await beginProgress(journal, entry, now);
  await faultPoint('journal-written');
  let unanswered = false;
  try {
    await guard.armed();
    await faultPoint('about-to-set');
    // Read once more right before it is written: journal and guard took their time, too.
    const { webhook: before } = await client.getInstance(instanceId, signal);
    if (!same(before, original) && !isOurs(before.url, entry)) throw changedMeanwhile(instanceId);
    unanswered = true;
    // Not given up halfway: it could arrive after what undoes it.
    await client.updateWebhook(instanceId, ours);
    unanswered = false;
    await faultPoint('set-sent');
    const { webhook } = await client.getInstance(instanceId, signal);
    // What it had before may be read back for a while by a vendor that has taken ours.
    unanswered = same(webhook, original);
    if (!same(webhook, ours)) throw readBackDiffers(instanceId);
    await progress.note('set');
    await faultPoint('set');
  } catch (error) {
    // Without a word from the vendor our webhook may still be set, after all: then the journal is needed.
    const inDoubt = unanswered && !(error instanceof CliError && REFUSALS.has(error.exit));
    if (!(await releaseInstance(options, progress, inDoubt))) throw notRestored(options, error);
    throw error;
  }
  post({ type: 'webhook', state: 'set', url: maskUrl(ours.url ?? ''), events: [...ours.events] });

  const changing = {
    read: async () => progress.entry,
    write: (changed: JournalEntry) => progress.reach('about-to-set', changed),
  };
  /** Whether the vendor may still do what it was asked last. */
  const isInDoubt = () => progress.entry.step === 'about-to-set';
  let last: Promise<unknown> = Promise.resolve();
  let underWay = 0;
  const leaving = new AbortController();
  let released: Promise<boolean> | null = null;
  // An older url of ours leads nowhere; one that is being set is not there yet.
  const keeping = keepWebhook(options, (url) => {
    return holdsToken(url, options.pathToken) && (underWay > 0 || url === progress.entry.ours.url);
  });
  /** One thing after the other that writes to the instance, and the release after all of them. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const made = last.then(work);
    underWay++;
    last = made.catch(() => {}).finally(() => underWay--);
    return made;
  };
  /** Writes our webhook anew, the journal first; false when the webhook is somebody else's by now. */
  const setOurs = async (change: (live: Webhook) => Webhook): Promise<boolean> => {
    leaving.signal.throwIfAborted();
    const { webhook: live } = await client.getInstance(instanceId, leaving.signal);
    if (!isOurs(live.url, progress.entry)) return false;
    const { step, ours: had } = progress.entry;
    const next = change(live);
    await progress.reach('about-to-set', { ours: next });
    await faultPoint('about-to-renew');
    // Read once more right before it is written: the journal took its time, too.
    const { webhook: before } = await client.getInstance(instanceId, leaving.signal);
    if (!isOurs(before.url, progress.entry)) {
      await progress.reach(step, { ours: had });
      return false;
    }
    try {
      // Not given up halfway: it could arrive after what undoes it.
      await client.updateWebhook(instanceId, next);
    } catch (error) {
      // What the vendor refused is not ours.
      if (error instanceof CliError && REFUSALS.has(error.exit))
        await progress.reach(step, { ours: had });
      throw error;
    }
    await faultPoint('renew-sent');
    const { webhook } = await client.getInstance(instanceId, leaving.signal);
    if (!same(webhook, next)) throw readBackDiffers(instanceId);
    await progress.note('renewed');
    await faultPoint('renewed');
    const url = maskUrl(next.url ?? '');
    post({ type: 'webhook', state: 'set', url, events: [...next.events] });
    return true;
  };
  return {
    change(change) {
      if (released !== null) return Promise.reject(stopping(instanceId));
      return inTurn(async () => {
        if (leaving.signal.aborted) throw stopping(instanceId);
        const eventsFor = asked.tee ? asked.with : undefined;
        const done = await asked.become(asked.after(change), () =>
          changeWebhook(client, changing, instanceId, change, leaving.signal, eventsFor),
        );
        if (isInDoubt()) await progress.note('renewed');
        const { url, events } = progress.entry.ours;
        // Where somebody else's webhook stands, ours is not set.
        if (done.held) {
          post({ type: 'webhook', state: 'set', url: maskUrl(url ?? ''), events: [...events] });
        }
        return done;
      });
    },
    async move(url) {
      if (released !== null) return;
      await inTurn(() => setOurs(({ events }) => ({ url, events }))).catch((error) => {
        if (!leaving.signal.aborted) throw error;
      });
    },
    async subscribe(events) {
      if (events.length === 0) throw noEvents(instanceId);
      if (released !== null) throw stopping(instanceId);
      const wanted = [...new Set(events)];
      const isOurs = await inTurn(() =>
        asked.become(wanted, () =>
          setOurs(() => {
            const { ours: set, original: own } = progress.entry;
            return { url: set.url, events: asked.with(own) };
          }),
        ),
      );
      if (!isOurs) throw changedElsewhere(instanceId);
      return progress.entry.ours.events;
    },
    original: () => progress.entry.original,
    ours: () => progress.entry.ours,
    release() {
      keeping.stop();
      leaving.abort(stopping(instanceId));
      if (released === null && underWay > 0) post(changeUnderWay());
      released ??= last.then(() => releaseInstance(options, progress, isInDoubt()));
      return released;
    },
  };
}

/** It is told to stop: what others want of it comes too late. */
/** What the journal says before anything is asked of the vendor. */
export function firstEntry(
  options: Omit<TakeoverOptions, 'asked'>,
  about: Pick<JournalEntry, 'kind' | 'ours' | 'subscriptions'>,
): JournalEntry {
  const { api, client, instanceId, original, pathToken, formerTokens, since, now } = options;
  return {
    v: 1,
    step: 'about-to-set',
    at: new Date(now()).toISOString(),
    apiUrl: api.apiUrl,
    apiUrlSource: api.apiUrlSource,
    instanceId,
    account: client.account,
    original,
    pathToken,
    formerTokens,
    since: new Date(since).toISOString(),
    host: hostname(),
    pid: process.pid,
    ...about,
  };
}

export function stopping(instanceId: string): CliError {
  return new CliError(
    'busy',
    'listener_stopping',
    `The listener of instance ${instanceId} is stopping at this moment`,
    { hint: 'Try again when it has stopped.' },
  );
}

/** Nothing would be left to subscribe to. */
export function noEvents(instanceId: string): CliError {
  const message = `Instance ${instanceId} would send nothing any more`;
  return new CliError('usage', 'no_events', message, { hint: 'Choose at least one event.' });
}

function changedElsewhere(instanceId: string): CliError {
  return new CliError(
    'vendor',
    'changed_elsewhere',
    `The webhook of instance ${instanceId} is somebody else's by now; its events were not touched`,
  );
}

/** A restore that the vendor would refuse must show before anything has changed: writes back what is there. */
async function proveRestorable(options: TakeoverOptions): Promise<void> {
  const { client, instanceId, original, found, signal } = options;
  // Read right before it is written: the receiver and the tunnel took their time meanwhile.
  const { webhook } = await client.getInstance(instanceId, signal);
  if (!same(webhook, found)) throw changedMeanwhile(instanceId);
  try {
    await client.updateWebhook(instanceId, original, signal);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'vendor_refused') throw error;
    throw new CliError(
      'vendor',
      'restore_would_fail',
      `Instance ${instanceId} was not touched: the vendor refuses to take its own webhook back (${error.message})`,
      { hint: 'Set a webhook that it accepts in the dashboard, then listen again.', cause: error },
    );
  }
}

function notRestored({ instanceId, restoreCommand }: TakeoverOptions, cause: unknown): CliError {
  return new CliError(
    'notRestored',
    'not_restored',
    `The webhook of instance ${instanceId} was not put back`,
    { hint: `Put it back with: ${restoreCommand}`, cause },
  );
}

/** Failures by which the vendor says that it has changed nothing. */
export const REFUSALS: ReadonlySet<string> = new Set(['auth', 'notFound', 'usage', 'rateLimited']);
