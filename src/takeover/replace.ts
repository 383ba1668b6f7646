/** Holding an instance by replacing its webhook with ours. */

import type { WebhookChange } from '../control/protocol.ts';
import type { Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { faultPoint } from '../platform/fault-point.ts';
import { type Changed, changedMeanwhile, changeWebhook, readBackDiffers } from './change.ts';
import { isListenersTunnel } from './consent.ts';
import {
  beginHold,
  createHold,
  type FirstSet,
  isRefusal,
  type Takeover,
  type TakeoverOptions,
} from './hold.ts';
import { holdsToken, isOurs, type JournalEntry } from './journal.ts';
import { webhookEntry } from './notices.ts';
import type { Progress } from './progress.ts';
import { same } from './restore.ts';
import { watchWebhook } from './watch.ts';

/**
 * Takes the instance. Proves that its original can be written (unless that is another listener's),
 * journals it, waits for the guard, sets ours and reads that back. When a step fails, those before it are undone and its error is thrown:
 * what the client throws, state errors, `changed_meanwhile`, `read_back_differs` and
 * `restore_would_fail` (vendor), `not_restored` (notRestored).
 */
export async function holdByReplacing(options: TakeoverOptions): Promise<Takeover> {
  const { ours, pathToken } = options;
  await proveRestorable(options);
  const about = { kind: 'takeover', ours, subscriptions: [] } as const;
  const progress = await beginHold(options, about, setFirst(options));
  const hold = createHold(options, progress);
  // An older url of ours leads nowhere; a url that is being set is not there yet.
  const watch = watchWebhook(
    options,
    (url) => holdsToken(url, pathToken) && (hold.isBusy() || url === progress.entry.ours.url),
  );
  const setAgain = renewal(options, progress, hold.leaving);
  return hold.takeover({
    change: ownChange(options, progress, hold.leaving),
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
  const { client, instanceId, original, found, signal } = options;
  // 1. Read right before it is written: receiver and tunnel took their time.
  const { webhook } = await client.getInstance(instanceId, signal);
  if (!same(webhook, found)) throw changedMeanwhile(instanceId);
  if (!isProven(options)) return;
  // 2. Write what is restored in the end.
  try {
    await client.updateWebhook(instanceId, original, signal);
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
 * Whether the proof is written: never where another listener's webhook is found or remembered. That
 * listener may restore its original at any moment, and nobody would undo our write.
 */
function isProven({ found, original }: Pick<TakeoverOptions, 'found' | 'original'>): boolean {
  return !isListenersTunnel(found.url) && !isListenersTunnel(original.url);
}

function setFirst(options: TakeoverOptions): FirstSet {
  const { client, instanceId, ours, signal } = options;
  const previous = isProven(options) ? options.original : options.found;
  return async (progress, request) => {
    // 1. Read once more right before it is written: journal and guard took their time.
    const { webhook: before } = await client.getInstance(instanceId, signal);
    if (!same(before, previous) && !isOurs(before.url, progress.entry))
      throw changedMeanwhile(instanceId);
    // 2. Write ours, without `signal`: a request that is cut could arrive after what undoes it.
    request.state = 'sent';
    await client.updateWebhook(instanceId, ours);
    request.state = 'answered';
    await faultPoint('set-sent');
    // 3. Read it back. The vendor may show the previous one for a while and have accepted ours.
    const { webhook } = await client.getInstance(instanceId, signal);
    if (same(webhook, previous)) request.state = 'sent';
    if (!same(webhook, ours)) throw readBackDiffers(instanceId);
    // 4. Note it.
    await progress.note('set');
  };
}

/** Sets ours again, with another url or other events; false when the webhook is somebody else's by now. */
type SetAgain = (next: (live: Webhook) => Webhook) => Promise<boolean>;

function renewal(
  { client, instanceId, post }: TakeoverOptions,
  progress: Progress,
  leaving: AbortSignal,
): SetAgain {
  const live = async () => (await client.getInstance(instanceId, leaving)).webhook;
  return async (next) => {
    // 1. Only a webhook of ours is written over.
    const found = await live();
    if (!isOurs(found.url, progress.entry)) return false;
    // 2. The journal knows it before the vendor does.
    const { step, ours: had } = progress.entry;
    const ours = next(found);
    const takeBack = () => progress.reach(step, { ours: had });
    await progress.reach('about-to-set', { ours });
    await faultPoint('about-to-renew');
    // 3. Read once more right before it is written: the journal took its time.
    if (!isOurs((await live()).url, progress.entry)) {
      await takeBack();
      return false;
    }
    // 4. Write, without a signal: a request that is cut could arrive after what undoes it.
    try {
      await client.updateWebhook(instanceId, ours);
    } catch (error) {
      if (isRefusal(error)) await takeBack();
      throw error;
    }
    await faultPoint('renew-sent');
    // 5. Read it back, and note it.
    if (!same(await live(), ours)) throw readBackDiffers(instanceId);
    await progress.note('renewed');
    await faultPoint('renewed');
    post(webhookEntry('takeover', 'set', ours));
    return true;
  };
}

/** Changes what is restored in the end; ours gets the events that the original gains or loses. */
function ownChange(
  { client, instanceId, wanted, post }: TakeoverOptions,
  progress: Progress,
  leaving: AbortSignal,
): (change: WebhookChange) => Promise<Changed> {
  const journal = {
    read: async () => progress.entry,
    write: (changed: JournalEntry) => progress.reach('about-to-set', changed),
  };
  return async (change) => {
    const eventsFor = wanted.tee ? wanted.with : undefined;
    const done = await wanted.become(wanted.after(change), () =>
      changeWebhook(client, journal, instanceId, change, leaving, eventsFor),
    );
    if (progress.entry.step === 'about-to-set') await progress.note('renewed');
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
