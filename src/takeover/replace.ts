/** Holding an instance by replacing its webhook with ours. */

import type { WebhookChange } from '../control/protocol.ts';
import type { Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { faultPoint } from '../platform/fault-point.ts';
import { type Changed, changedMeanwhile, changeInProgress, unlessChanged } from './change.ts';
import { isListeners } from './consent.ts';
import { PATIENCE, type Patience } from './evidence.ts';
import {
  type Begun,
  beginHold,
  createHold,
  type FirstSet,
  type Takeover,
  type TakeoverOptions,
} from './hold.ts';
import { isOurs, withOrigin } from './journal.ts';
import { vendorLags, webhookEntry } from './notices.ts';
import { readBack, readSettled } from './read-back.ts';
import { isRefusal } from './requests.ts';
import { isOlder, same } from './restore.ts';
import { watchWebhook } from './watch.ts';

/**
 * Takes the instance. Proves that its original can be written (unless that is another listener's),
 * journals it, waits for the guard, sets ours and reads that back. When a step fails, those before it
 * are undone and its error is thrown: what the client throws, state errors, `changed_meanwhile`,
 * `read_back_differs` and `restore_would_fail` (vendor), `not_restored` (notRestored).
 */
export async function holdByReplacing(options: TakeoverOptions): Promise<Takeover> {
  const { ours } = options;
  await proveRestorable(options);
  const about = { kind: 'takeover', ours, subscriptions: [] } as const;
  const begun = await beginHold(options, about, setFirst(options));
  const { progress } = begun;
  const hold = createHold(options, begun);
  // An older url of ours leads nowhere; a url that is being set is not there yet.
  const forMs = believedAfter(begun, options.patience);
  const watch = watchWebhook({ ...options, client: begun.client, forMs }, (url) =>
    hold.isBusy() ? isOurs(url, progress.entry) : url === progress.entry.ours.url,
  );
  const setAgain = renewal(options, begun, hold.leaving);
  return hold.takeover({
    change: ownChange(options, begun, hold.leaving),
    move: (url) => setAgain(({ events }) => ({ url, events })),
    async subscribe(events) {
      const { wanted } = options;
      const isSet = await wanted.become(events, () =>
        setAgain(() => {
          const { ours: had, original } = progress.entry;
          return { url: had.url, events: wanted.with(original) };
        }),
      );
      if (!isSet) throw changedElsewhere(options.instanceId);
    },
    leave: () => watch.stop(),
  });
}

/** Writes the instance's own webhook onto itself: a vendor that would refuse to restore it must say so first. */
async function proveRestorable(options: TakeoverOptions): Promise<void> {
  const { client, instanceId, original, signal } = options;
  // 1. Read right before it is written: receiver and tunnel took their time.
  const { webhook } = await client.getInstance(instanceId, signal);
  if (!isAsFound(options, webhook)) throw changedMeanwhile(instanceId);
  if (!isProven(options)) return;
  // 2. Write what is restored in the end.
  try {
    const isExpected = (shown: Webhook) => isAsFound(options, shown) || same(shown, original);
    await client.updateWebhook(instanceId, original, signal, unlessChanged(options, isExpected));
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'vendor_refused') throw error;
    throw new CliError(
      'vendor',
      'restore_would_fail',
      `Instance ${instanceId} was not touched: the vendor would refuse to restore its own webhook (${error.message})`,
      { hint: 'Set a webhook that it accepts in the dashboard, then listen again.', cause: error },
    );
  }
}

/**
 * Whether a webhook is the one that the claim found. After a crash the claim or this read may have
 * lagged: the crashed listener's webhook counts, and so do those of before it.
 */
function isAsFound(
  { found, original, resumed }: Pick<TakeoverOptions, 'found' | 'original' | 'resumed'>,
  webhook: Webhook,
): boolean {
  if (same(webhook, found)) return true;
  if (resumed == null) return false;
  return same(webhook, original) || isOlder(webhook, resumed) || isOurs(webhook.url, resumed);
}

/**
 * Whether the proof is written: never where another listener's webhook is found or remembered. That
 * listener may restore its original at any moment, and nobody would undo our write.
 */
function isProven({ found, original }: Pick<TakeoverOptions, 'found' | 'original'>): boolean {
  return !isListeners(found.url) && !isListeners(original.url);
}

function setFirst(options: TakeoverOptions): FirstSet {
  const { instanceId, ours, signal } = options;
  const previous = isProven(options) ? options.original : options.found;
  return async (begun) => {
    const { client, progress } = begun;
    // 1. Read once more right before it is written: journal and guard took their time.
    const isExpected = (shown: Webhook) =>
      same(shown, previous) || isAsFound(options, shown) || isOurs(shown.url, progress.entry);
    const { webhook: before } = await client.getInstance(instanceId, signal);
    if (!isExpected(before)) throw changedMeanwhile(instanceId);
    // 2. Write ours, without `signal`: a request that is cut could arrive after what undoes it.
    await client.updateWebhook(instanceId, ours, undefined, unlessChanged(options, isExpected));
    await faultPoint('set-sent');
    // 3. Read it back. The vendor may show an older webhook for a while and have accepted ours.
    await readOursBack(options, begun, signal, before, ours);
    // 4. Note it.
    await progress.note('set');
  };
}

/** Reads until ours shows; while `before`, the original or another of ours shows, the read lags. */
function readOursBack(
  { instanceId, original, post, patience, clock }: TakeoverOptions,
  { client, progress, lagged }: Begun,
  signal: AbortSignal,
  before: Webhook,
  ours: Webhook,
): Promise<void> {
  const lags = async () => {
    post(vendorLags());
    await lagged();
  };
  const isOlder = (shown: Webhook) =>
    same(shown, before) || same(shown, original) || isOurs(shown.url, progress.entry);
  const reading = readBack({ client, instanceId, patience, clock, signal, lags }, ours, isOlder);
  return reading.catch(async (error: unknown) => {
    // Somebody else's webhook, or one from before ours that nobody here has seen.
    if (error instanceof CliError && error.code === 'read_back_differs') await lagged();
    throw error;
  });
}

/** Reads the webhook of a held instance: one that is not ours may be older, and is read again. */
async function readHeld(
  { instanceId, patience, clock }: TakeoverOptions,
  begun: Begun,
  signal: AbortSignal,
): Promise<Webhook> {
  const { client, progress, lagged } = begun;
  const { webhook, hasLagged } = await readSettled(
    { client, instanceId, patience, clock, signal },
    ({ url }) => isOurs(url, progress.entry),
    believedAfter(begun, patience),
  );
  if (hasLagged) await lagged();
  return webhook;
}

/** How long a webhook must show that is not ours until it is believed, in ms: one of before our last write longer. */
function believedAfter(
  { progress, evidence }: Begun,
  { settleMs }: Patience = PATIENCE,
): (shown: Webhook) => number {
  return (shown) => {
    const { entry } = progress;
    const isOfBefore = same(shown, entry.original) || isOlder(shown, entry);
    return Math.max(settleMs, evidence.msLeft(), isOfBefore ? evidence.msOlder() : 0);
  };
}

/** Sets ours again, with another url or other events; false when the webhook is somebody else's by now. */
type SetAgain = (next: (live: Webhook) => Webhook) => Promise<boolean>;

function renewal(options: TakeoverOptions, begun: Begun, leaving: AbortSignal): SetAgain {
  const { instanceId, post } = options;
  const { client, progress } = begun;
  const live = () => readHeld(options, begun, leaving);
  return async (next) => {
    // 1. Only a webhook of ours is written over.
    const found = await live();
    if (!isOurs(found.url, progress.entry)) return false;
    // 2. The next webhook is in the journal before the vendor is asked.
    const { step, ours: had } = progress.entry;
    const ours = next(found);
    const takeBack = () => progress.reach(step, { ours: had });
    const origins = withOrigin(progress.entry.origins, ours.url);
    await progress.reach('about-to-renew', { ours, origins });
    await faultPoint('about-to-renew');
    // 3. Read once more right before it is written: the journal took its time.
    if (!isOurs((await live()).url, progress.entry)) {
      await takeBack();
      return false;
    }
    // 4. Write, without a signal: a request that is cut could arrive after what undoes it.
    const isExpected = ({ url }: Webhook) => isOurs(url, progress.entry);
    const reading = { ...options, signal: leaving };
    try {
      await client.updateWebhook(instanceId, ours, undefined, unlessChanged(reading, isExpected));
    } catch (error) {
      if (isRefusal(error)) await takeBack();
      if (error instanceof CliError && error.code === 'changed_meanwhile') return false;
      throw error;
    }
    await faultPoint('renew-sent');
    // 5. Read it back, and note it.
    await readOursBack(options, begun, leaving, found, ours);
    await progress.note('renewed');
    await faultPoint('renewed');
    post(webhookEntry('takeover', 'set', ours));
    return true;
  };
}

/** Changes what is restored in the end; ours gets the events that the original gains or loses. */
function ownChange(
  { instanceId, wanted, post, patience, clock }: TakeoverOptions,
  begun: Begun,
  leaving: AbortSignal,
): (change: WebhookChange) => Promise<Changed> {
  const { client, progress, lagged } = begun;
  const forMs = believedAfter(begun, patience);
  return async (change) => {
    const eventsFor = wanted.tee ? wanted.with : undefined;
    const done = await wanted.become(wanted.after(change), () =>
      changeInProgress(client, progress, instanceId, change, {
        ...{ signal: leaving, eventsFor, patience, clock, forMs },
        lags: async () => {
          post(vendorLags());
          await lagged();
        },
      }),
    );
    // Where somebody else's webhook stands, ours is not set.
    if (done.held) post(webhookEntry('takeover', 'set', progress.entry.ours));
    return done;
  };
}

function changedElsewhere(instanceId: string): CliError {
  return new CliError(
    'vendor',
    'changed_elsewhere',
    `Somebody else has changed the webhook of instance ${instanceId}, so its events are left as they are`,
  );
}
