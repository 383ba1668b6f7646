/** Side by side: a subscription of ours beside an instance's own webhook, which is never written. */

import type { Subscription } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { faultPoint } from '../platform/fault-point.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { changeWebhook } from './change.ts';
import { changeUnderWay, notSubscribed } from './notices.ts';
import { beginProgress } from './progress.ts';
import { releaseInstance } from './release.ts';
import {
  firstEntry,
  noEvents,
  REFUSALS,
  stopping,
  type Takeover,
  type TakeoverOptions,
} from './replace.ts';
import { removeSubscriptions } from './subscriptions.ts';

/** The original goes on getting its own from the vendor. */
type BesideOptions = Omit<TakeoverOptions, 'asked'>;

/**
 * Adds a subscription for our url, which the journal and the guard know of before. What `Takeover` says
 * of our webhook holds for the subscription; `change` changes the instance's own webhook at once, and
 * `release` ends the subscription. When a step fails everything before it is undone, and the step's
 * error is thrown.
 */
export async function standBeside(options: BesideOptions): Promise<Takeover> {
  const { client, journal, guard, instanceId, post, now, signal } = options;
  const first: Subscription = { url: options.ours.url ?? '', events: options.ours.events };
  const subscriptions = [{ id: null, url: first.url }];
  const entry = firstEntry(options, { kind: 'side-by-side', ours: first, subscriptions });
  signal.throwIfAborted();
  const progress = await beginProgress(journal, entry, now);
  await faultPoint('journal-written');
  let request: 'unsent' | 'sent' | 'answered' = 'unsent';
  try {
    await guard.armed();
    await faultPoint('about-to-set');
    signal.throwIfAborted();
    request = 'sent';
    // Not given up halfway: it could arrive after what undoes it.
    const id = await client.addSubscription(instanceId, first);
    request = 'answered';
    await faultPoint('set-sent');
    await progress.note('set', { subscriptions: [{ id, url: first.url }] });
    await faultPoint('set');
    signal.throwIfAborted();
  } catch (error) {
    if (request === 'sent' && isRefusal(error)) request = 'unsent';
    // Nobody needs to look for what the vendor refused to make, or was never asked for.
    if (request === 'unsent') await progress.note('about-to-set', { subscriptions: [] });
    if (!(await releaseInstance(options, progress, request === 'sent')))
      throw notRemoved(options, error);
    throw error;
  }
  const tell = ({ url, events }: Subscription) =>
    post({
      type: 'webhook',
      state: 'set',
      url: maskUrl(url),
      events: [...events],
      sideBySide: true,
    });
  tell(first);

  let last: Promise<unknown> = Promise.resolve();
  let underWay = 0;
  const leaving = new AbortController();
  let released: Promise<boolean> | null = null;
  /** One thing after the other that changes anything at the vendor, and the release after all of them. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const made = last.then(() => {
      leaving.signal.throwIfAborted();
      return work();
    });
    underWay++;
    last = made.catch(() => {}).finally(() => underWay--);
    return made;
  };
  /** Has this subscription in the place of all that there are, the journal first. */
  const renew = async (wanted: Subscription): Promise<void> => {
    const { entry: before } = progress;
    const { url } = wanted;
    const others = before.subscriptions.filter((one) => one.url !== url);
    const inTheWay = before.subscriptions.filter((one) => one.url === url);
    const known = before.subscriptions.filter(({ id }) => id !== null);
    await progress.reach('about-to-set', {
      ours: wanted,
      subscriptions: [...known, ...others.filter(({ id }) => id === null), { id: null, url }],
    });
    await faultPoint('about-to-renew');
    leaving.signal.throwIfAborted();
    // A url that has a subscription gets that one again, with the events that it has (VENDOR §8).
    await removeSubscriptions(client, { ...before, subscriptions: inTheWay });
    const id = await client.addSubscription(instanceId, wanted).catch(async (error: unknown) => {
      // Nobody needs to look for what the vendor refused to make.
      if (isRefusal(error)) await progress.note('renewed', { subscriptions: others });
      throw error;
    });
    await faultPoint('renew-sent');
    await progress.note('about-to-set', { subscriptions: [...others, { id, url }] });
    await removeSubscriptions(client, { ...before, subscriptions: others });
    await progress.note('renewed', { subscriptions: [{ id, url }] });
    await faultPoint('renewed');
    tell(wanted);
  };
  const ours = (): Subscription => ({
    url: progress.entry.ours.url ?? '',
    events: progress.entry.ours.events,
  });
  return {
    change: (change) =>
      inTurn(async () => {
        const done = await changeWebhook(client, journal, instanceId, change, leaving.signal);
        await progress.note(progress.entry.step, { original: done.after });
        return done;
      }),
    async move(url) {
      await inTurn(() => renew({ url, events: ours().events })).catch((error) => {
        if (!leaving.signal.aborted) throw error;
      });
    },
    async subscribe(events) {
      if (events.length === 0) throw noEvents(instanceId);
      const wanted = [...new Set(events)];
      await inTurn(async () => {
        const before = ours();
        await renew({ url: before.url, events: wanted }).catch(async (error: unknown) => {
          // Without the journal nothing was begun; after anything else there may be no subscription by now.
          const begun = !(error instanceof CliError && error.exit === 'state');
          if (begun && !leaving.signal.aborted)
            await renew(before).catch(() => post(notSubscribed()));
          throw error;
        });
      });
      return wanted;
    },
    original: () => progress.entry.original,
    ours,
    release() {
      leaving.abort(stopping(instanceId));
      if (released === null && underWay > 0) post(changeUnderWay('side-by-side'));
      released ??= last.then(() =>
        releaseInstance(options, progress, progress.entry.step === 'about-to-set'),
      );
      return released;
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof CliError && REFUSALS.has(error.exit);
}

function notRemoved({ instanceId, restoreCommand }: BesideOptions, cause: unknown): CliError {
  return new CliError(
    'notRestored',
    'not_restored',
    `The subscription beside the webhook of instance ${instanceId} was not removed`,
    { hint: `Remove it with: ${restoreCommand}`, cause },
  );
}
