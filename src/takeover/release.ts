/** Letting an instance go: puts its webhook back, tells the feed how that went, and settles journal and guard. */

import type { Client } from '../eazewa/client.ts';
import type { Post } from '../feed/feed.ts';
import { faultPoint } from '../platform/fault-point.ts';
import { maskUrl } from '../platform/mask-url.ts';
import type { Journal } from './journal.ts';
import { inDoubtStill, journalLeft, notRestored, notYet } from './notices.ts';
import type { Guard } from './options.ts';
import type { Progress } from './progress.ts';
import { restoreWithRetries } from './restore.ts';

export interface ReleaseOptions {
  readonly client: Client;
  readonly journal: Journal;
  readonly guard: Guard;
  readonly post: Post;
  /** The command that puts the webhook back by hand. */
  readonly restoreCommand: string;
  /** How long putting back is tried, and the pause between two tries, in ms. */
  readonly retries?: { readonly forMs: number; readonly pauseMs: number };
}

const RESTORE_RETRIES = { forMs: 30_000, pauseMs: 1000 };
const COUNT_EVERY_MS = 5000;

/**
 * Puts the webhook back. False when that failed: the journal stays, for the guard and for `restore`,
 * and the feed says what to do. `inDoubt`: the vendor may still set our webhook after all.
 */
export async function releaseInstance(
  options: ReleaseOptions,
  progress: Progress,
  inDoubt = false,
): Promise<boolean> {
  const { client, journal, guard, post, retries = RESTORE_RETRIES } = options;
  if (!inDoubt) await progress.note('about-to-restore');
  await faultPoint('about-to-restore');
  const { entry } = progress;
  const { original } = entry;
  const beside = entry.kind === 'side-by-side';
  const shown = {
    url: original.url && maskUrl(original.url),
    events: [...original.events],
    ...(beside && { sideBySide: true as const }),
  };
  const guarded = guard.watches();
  const until = performance.now() + retries.forMs;
  let why = 'the vendor has not answered';
  const countDown = () => post(notYet(why, until - performance.now(), beside));
  // A vendor that is silent fails no try for long.
  const ticking = setInterval(countDown, COUNT_EVERY_MS);
  try {
    const done = await restoreWithRetries(client, entry, retries, (error) => {
      why = error.message;
      countDown();
    });
    if (inDoubt && done !== 'restored' && done !== 'gone') {
      post(inDoubtStill({ ...options, guarded, beside }));
      return true;
    }
    await faultPoint('restore-sent');
    await progress.note('restored');
    await faultPoint('restored');
    await journal.remove().catch((error: unknown) => post(journalLeft(error)));
    guard.released();
    await faultPoint('journal-removed');
    if (done !== 'changed' && done !== 'gone')
      post({ type: 'webhook', state: 'restored', ...shown });
    else
      post({
        type: 'warning',
        code: `webhook_${done}`,
        message: `${LEFT_ALONE[done]} ${shown.url ?? 'none'}`,
      });
    return true;
  } catch (error) {
    post({ type: 'webhook', state: 'not-restored', ...shown });
    post(notRestored(entry.instanceId, error, { ...options, guarded, beside }));
    return false;
  } finally {
    clearInterval(ticking);
  }
}

const LEFT_ALONE = {
  changed:
    'the webhook was changed by somebody else meanwhile, and is left as it is; before us it was',
  gone: 'the instance does not exist any more: there is nothing to put back; its webhook was',
} as const;
