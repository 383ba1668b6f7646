/** The takeover: remembers an instance's webhook, sets ours, watches it, and puts the old one back. */

import { hostname } from 'node:os';
import type { Client, Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import type { Post } from '../feed.ts';
import { maskUrl } from '../platform/mask-url.ts';
import {
  type Changed,
  changedMeanwhile,
  changeWebhook,
  readBackDiffers,
  type WebhookChange,
} from './change.ts';
import { holdsToken, type Journal, type JournalEntry } from './journal.ts';
import { changeUnderWay, journalLeft } from './notices.ts';
import type { ApiAccess } from './options.ts';
import { putBackPersistently, same } from './put-back.ts';

export interface TakeoverOptions {
  readonly client: Client;
  readonly journal: Journal;
  readonly api: Pick<ApiAccess, 'apiUrl' | 'apiUrlSource'>;
  readonly instanceId: string;
  readonly original: Webhook;
  /** What the instance had when the claim was made. */
  readonly found: Webhook;
  readonly ours: Webhook;
  readonly pathToken: string;
  readonly now: () => number;
  readonly post: Post;
  /** The command that puts the webhook back by hand. */
  readonly restoreCommand: string;
  /** Stops taking; what was done by then is undone. */
  readonly signal: AbortSignal;
  /** How long putting back is tried, and the pause between two tries, in ms. */
  readonly putBack?: { readonly forMs: number; readonly pauseMs: number };
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
   * Subscribes our webhook to exactly these events; what will be put back stays as it is. Resolves to
   * what the instance has then. Throws what the client throws, state errors, `read_back_differs`,
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

const KEEP_EVERY_MS = 30_000;
const KEEP_AT_LEAST_EVERY_MS = 5 * 60_000;
const PUT_BACK = { forMs: 30_000, pauseMs: 1000 };

/**
 * Takes the instance: proves that the original can be written, journals it, sets ours, reads it back.
 * When a step fails everything before it is undone, and the step's error is thrown.
 */
export async function takeOver(options: TakeoverOptions): Promise<Takeover> {
  const { client, journal, instanceId, original, ours, post, signal } = options;
  const entry: JournalEntry = {
    v: 1,
    apiUrl: options.api.apiUrl,
    apiUrlSource: options.api.apiUrlSource,
    instanceId,
    original,
    ours,
    pathToken: options.pathToken,
    since: new Date(options.now()).toISOString(),
    host: hostname(),
    pid: process.pid,
  };
  await proveRestorable(options);
  await journal.write(entry);
  let unanswered = false;
  try {
    signal.throwIfAborted();
    unanswered = true;
    // Not given up halfway: it could arrive after what undoes it.
    await client.updateWebhook(instanceId, ours);
    unanswered = false;
    const { webhook } = await client.getInstance(instanceId, signal);
    if (!same(webhook, ours)) throw readBackDiffers(instanceId);
  } catch (error) {
    // Without a word from the vendor our webhook may still be set, after all: then the journal is needed.
    const inDoubt = unanswered && !(error instanceof CliError && REFUSALS.has(error.exit));
    if (!(await letGo(options, entry, inDoubt))) throw notRestored(options, error);
    throw error;
  }
  post({ type: 'webhook', state: 'set', url: maskUrl(ours.url ?? ''), events: [...ours.events] });

  let current = entry;
  const changing = {
    read: async () => current,
    async write(changed: JournalEntry) {
      await journal.write(changed);
      current = changed;
    },
  };
  let last: Promise<unknown> = Promise.resolve();
  let underWay = 0;
  const leaving = new AbortController();
  let released: Promise<boolean> | null = null;
  // An older url of ours leads nowhere; one that is being set is not there yet.
  const keeping = keep(options, (url) => {
    return holdsToken(url, options.pathToken) && (underWay > 0 || url === current.ours.url);
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
    if (!holdsToken(live.url, options.pathToken)) return false;
    const before = current;
    const wanted = change(live);
    await changing.write({ ...current, ours: wanted });
    leaving.signal.throwIfAborted();
    try {
      // Not given up halfway: it could arrive after what undoes it.
      await client.updateWebhook(instanceId, wanted);
    } catch (error) {
      // What the vendor refused is not ours.
      if (error instanceof CliError && REFUSALS.has(error.exit)) await changing.write(before);
      throw error;
    }
    const { webhook } = await client.getInstance(instanceId, leaving.signal);
    if (!same(webhook, wanted)) throw readBackDiffers(instanceId);
    const url = maskUrl(wanted.url ?? '');
    post({ type: 'webhook', state: 'set', url, events: [...wanted.events] });
    return true;
  };
  return {
    change(change) {
      if (released !== null) return Promise.reject(stopping(instanceId));
      return inTurn(async () => {
        if (leaving.signal.aborted) throw stopping(instanceId);
        const done = await changeWebhook(client, changing, instanceId, change, leaving.signal);
        const { url, events } = current.ours;
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
      const isOurs = await inTurn(() => setOurs(() => ({ url: current.ours.url, events: wanted })));
      if (!isOurs) throw changedElsewhere(instanceId);
      return current.ours.events;
    },
    original: () => current.original,
    ours: () => current.ours,
    release() {
      keeping.stop();
      leaving.abort(stopping(instanceId));
      if (released === null && underWay > 0) post(changeUnderWay());
      released ??= last.then(() => letGo(options, current));
      return released;
    },
  };
}

function stopping(instanceId: string): CliError {
  return new CliError(
    'busy',
    'listener_stopping',
    `The listener of instance ${instanceId} is stopping at this moment`,
    { hint: 'Try again when it has stopped.' },
  );
}

function noEvents(instanceId: string): CliError {
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
const REFUSALS: ReadonlySet<string> = new Set(['auth', 'notFound', 'usage', 'rateLimited']);

async function letGo(
  options: TakeoverOptions,
  entry: JournalEntry,
  inDoubt = false,
): Promise<boolean> {
  const { client, journal, post, putBack = PUT_BACK } = options;
  const { original } = entry;
  const shown = { url: original.url && maskUrl(original.url), events: [...original.events] };
  try {
    const done = await putBackPersistently(client, entry, putBack, (error, msLeft) =>
      post({
        type: 'warning',
        code: 'restore_retry',
        message: `the webhook is not put back yet (${error.message}); trying for ${Math.ceil(msLeft / 1000)} s more`,
      }),
    );
    if (inDoubt && (done === 'changed' || done === 'there')) {
      post({
        type: 'warning',
        code: 'webhook_in_doubt',
        message: `the vendor did not say whether it took our webhook, and may set it yet. Look again in a minute with: ${options.restoreCommand}`,
      });
      return true;
    }
    await journal.remove().catch((error: unknown) => post(journalLeft(error)));
    if (done === 'restored' || done === 'there')
      post({ type: 'webhook', state: 'restored', ...shown });
    else
      post({
        type: 'warning',
        code: `webhook_${done}`,
        message: `${LEFT_ALONE[done]} ${shown.url ?? 'none'}`,
      });
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    post({ type: 'webhook', state: 'not-restored', ...shown });
    post({
      type: 'warning',
      code: 'not_restored',
      message: `the webhook of instance ${entry.instanceId} was not put back (${why}). Put it back with: ${options.restoreCommand}`,
    });
    return false;
  }
}

const LEFT_ALONE = {
  changed:
    'the webhook was changed by somebody else meanwhile, and is left as it is; before us it was',
  gone: 'the instance does not exist any more: there is nothing to put back; its webhook was',
} as const;

/** Reads the webhook every 30 s, seldom when rate limited. One that is not ours is told, never fought over. */
function keep(
  { client, instanceId, post }: TakeoverOptions,
  isOurs: (url: string | null) => boolean,
): { stop(): void } {
  const stop = new AbortController();
  let held = true;
  let every = KEEP_EVERY_MS;
  const look = async () => {
    try {
      const { webhook } = await client.getInstance(instanceId, stop.signal);
      every = KEEP_EVERY_MS;
      const holds = isOurs(webhook.url);
      if (holds !== held) {
        const url = webhook.url && maskUrl(webhook.url);
        const state = holds ? 'set' : 'changed-elsewhere';
        post({ type: 'webhook', state, url, events: [...webhook.events] });
      }
      held = holds;
    } catch {
      // The vendor's API is away or busy; the events come in all the same, and release will say so.
      every = Math.min(every * 2, KEEP_AT_LEAST_EVERY_MS);
    }
    if (!stop.signal.aborted) timer = setTimeout(look, every);
  };
  let timer = setTimeout(look, every);
  return {
    stop() {
      stop.abort();
      clearTimeout(timer);
    },
  };
}
