/** Releasing an instance: restores its webhook, reports the result to the feed, and ends journal and guard. */

import type { Client } from '../eazewa/client.ts';
import type { Post } from '../feed/feed.ts';
import { type Clock, SYSTEM_CLOCK } from '../platform/clock.ts';
import { faultPoint } from '../platform/fault-point.ts';
import type { Evidence, Patience } from './evidence.ts';
import type { Journal } from './journal.ts';
import { journalLeft, leftAlone, notRestored, notYet, settling, webhookEntry } from './notices.ts';
import type { Guard } from './options.ts';
import type { Progress } from './progress.ts';
import { RESTORE_RETRIES, type Retries, restoreUntilSettled } from './restore.ts';

export interface ReleaseOptions {
  readonly client: Client;
  readonly journal: Journal;
  readonly guard: Guard;
  readonly post: Post;
  /** The command that restores by hand. */
  readonly restoreCommand: string;
  /** Default: {@link RESTORE_RETRIES}. */
  readonly retries?: Retries;
  /** Default: {@link PATIENCE}. */
  readonly patience?: Patience;
  /** Default: {@link SYSTEM_CLOCK}. */
  readonly clock?: Clock;
}

const COUNT_DOWN_EVERY_MS = 5000;

/**
 * Restores the webhook, or removes the side-by-side subscription. False when that failed: the journal
 * stays, for the guard and for `restore`, and the feed says what to do. By `evidence` the release waits
 * until the reads can be believed; what is not settled in time is left to the guard. Never throws.
 */
export async function releaseInstance(
  options: ReleaseOptions,
  progress: Progress,
  evidence: Evidence,
): Promise<boolean> {
  const { client, journal, guard, post, retries = RESTORE_RETRIES, clock = SYSTEM_CLOCK } = options;
  await progress.note('about-to-restore');
  await faultPoint('about-to-restore');
  const { entry } = progress;
  const { kind, original } = entry;
  const guarded = guard.watches();
  const until = clock.monotonic() + retries.forMs;
  let why = 'the vendor has not answered';
  const countDown = () => post(notYet(why, until - clock.monotonic(), kind));
  // A silent vendor can take all the time with a single attempt.
  const stopCounting = repeat(clock, COUNT_DOWN_EVERY_MS, countDown);
  try {
    const done = await restoreUntilSettled(client, entry, {
      ...{ evidence, retries, patience: options.patience, clock },
      handsOver: () => guard.watches(),
      failed(error) {
        why = error.message;
        countDown();
      },
      settling(msLeft) {
        stopCounting();
        post(settling(kind, evidence.isInDoubt, msLeft));
      },
    });
    await faultPoint('restore-sent');
    await progress.note('restored');
    await faultPoint('restored');
    await journal.remove().catch((error: unknown) => post(journalLeft(error)));
    guard.released();
    await faultPoint('journal-removed');
    const wroteNothing = done === 'changed' || done === 'gone';
    post(wroteNothing ? leftAlone(done, original) : webhookEntry(kind, 'restored', original));
    return true;
  } catch (error) {
    post(webhookEntry(kind, 'not-restored', original));
    post(notRestored(entry, error, { ...options, guarded }));
    return false;
  } finally {
    stopCounting();
  }
}

/** Calls `work` every `ms` until the returned function is called. */
function repeat(clock: Clock, ms: number, work: () => void): () => void {
  const stop = new AbortController();
  const run = async () => {
    for (;;) {
      await clock.pause(ms, stop.signal);
      if (stop.signal.aborted) return;
      work();
    }
  };
  void run();
  return () => stop.abort();
}
