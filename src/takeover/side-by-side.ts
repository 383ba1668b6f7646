/** Holding an instance side by side: a subscription of ours is added, and its own webhook is never replaced. */

import type { Subscription } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { faultPoint } from '../platform/fault-point.ts';
import { changeWebhook } from './change.ts';
import {
  type Begun,
  beginHold,
  createHold,
  type FirstSet,
  type Takeover,
  type TakeoverOptions,
} from './hold.ts';
import { withOrigin } from './journal.ts';
import { notSubscribed, vendorLags, webhookEntry } from './notices.ts';
import { isRefusal } from './requests.ts';
import { removeSubscriptions } from './subscriptions.ts';

/**
 * Adds a subscription for our url, which is in the journal and sent to the guard before. What
 * {@link Takeover} says of our webhook holds for the subscription. When a step fails, those before it
 * are undone and its error is thrown: what the client throws, state errors, `not_restored`
 * (notRestored).
 */
export async function holdSideBySide(options: TakeoverOptions): Promise<Takeover> {
  const { client, journal, instanceId, post } = options;
  const first: Subscription = { url: options.ours.url ?? '', events: options.ours.events };
  const subscriptions = [{ id: null, url: first.url }];
  const about = { kind: 'side-by-side', ours: first, subscriptions } as const;
  const begun = await beginHold(options, about, addFirst(options, first));
  const { progress } = begun;
  const hold = createHold(options, begun);
  const renew = renewal(options, begun, hold.leaving);
  const ours = (): Subscription => ({ ...progress.entry.ours, url: progress.entry.ours.url ?? '' });
  return hold.takeover({
    async change(change) {
      const done = await changeWebhook(client, journal, instanceId, change, {
        ...{ signal: hold.leaving, patience: options.patience, clock: options.clock },
        lags: () => post(vendorLags()),
      });
      await progress.note(progress.entry.step, { original: done.after });
      return done;
    },
    move: (url) => renew({ ...ours(), url }),
    async subscribe(events) {
      const before = ours();
      try {
        await renew({ ...before, events });
      } catch (error) {
        // After a failure of the journal nothing has begun; after any other the subscription may be gone.
        const hasBegun = !(error instanceof CliError && error.exit === 'state');
        if (hasBegun && !hold.leaving.aborted)
          await renew(before).catch(() => post(notSubscribed()));
        throw error;
      }
    },
  });
}

function addFirst({ instanceId, signal }: TakeoverOptions, first: Subscription): FirstSet {
  return async ({ client, progress }) => {
    signal.throwIfAborted();
    // Without `signal`: a request that is cut could arrive after what undoes it.
    const id = await client.addSubscription(instanceId, first);
    await faultPoint('set-sent');
    await progress.note('set', { subscriptions: [{ id, url: first.url }] });
  };
}

/** Replaces all our subscriptions by this one; the journal is written first. */
function renewal(
  { instanceId, post }: TakeoverOptions,
  { client, progress }: Begun,
  leaving: AbortSignal,
): (wanted: Subscription) => Promise<void> {
  return async (wanted) => {
    const { entry: before } = progress;
    const { url } = wanted;
    const sameUrl = before.subscriptions.filter((one) => one.url === url);
    const others = before.subscriptions.filter((one) => one.url !== url);
    // 1. The new one is in the journal before the vendor is asked, with all that may still exist.
    const known = before.subscriptions.filter(({ id }) => id !== null);
    const unknown = others.filter(({ id }) => id === null);
    await progress.reach('about-to-set', {
      ours: wanted,
      origins: withOrigin(before.origins, url),
      subscriptions: [...known, ...unknown, { id: null, url }],
    });
    await faultPoint('about-to-renew');
    leaving.throwIfAborted();
    // 2. Remove the one of the same url: adding it again would keep its events (VENDOR §8).
    await removeSubscriptions(client, { ...before, subscriptions: sameUrl });
    // 3. Add the new one.
    const id = await client.addSubscription(instanceId, wanted).catch(async (error: unknown) => {
      // A subscription that was never made need not be looked for.
      if (isRefusal(error)) await progress.note('renewed', { subscriptions: others });
      throw error;
    });
    await faultPoint('renew-sent');
    await progress.note('about-to-set', { subscriptions: [...others, { id, url }] });
    // 4. Remove those of older urls, now that events come to the new one.
    await removeSubscriptions(client, { ...before, subscriptions: others });
    await progress.note('renewed', { subscriptions: [{ id, url }] });
    await faultPoint('renewed');
    post(webhookEntry('side-by-side', 'set', wanted));
  };
}
