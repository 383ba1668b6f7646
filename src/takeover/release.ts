/** Releasing an instance: restores its webhook, reports the result to the feed, and ends journal and guard. */

import type { Client } from '../eazewa/client.ts';
import type { Post } from '../feed/feed.ts';
import { type Clock, SYSTEM_CLOCK } from '../platform/clock.ts';
import { faultPoint } from '../platform/fault-point.ts';
import type { Evidence, Patience } from './evidence.ts';
import type { HandOver } from './hand-over.ts';
import type { Journal } from './journal.ts';
import {
  journalLeft,
  leftAlone,
  notRestored,
  notYet,
  releaseWaits,
  settling,
  type WebhookEntry,
  webhookEntry,
} from './notices.ts';
import type { Guard } from './options.ts';
import type { Progress } from './progress.ts';
import { RESTORE_RETRIES, type Retries, restoreUntilSettled, same } from './restore.ts';

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
  /** A second signal to stop; default: there is none. */
  readonly handOver?: HandOver;
}

/** Why a release goes on, as long as no request has failed. */
export const NO_ANSWER = 'the vendor has not answered';

const COUNT_DOWN_EVERY_MS = 5000;

/**
 * Restores the webhook, or removes the side-by-side subscription. False when that failed: the journal
 * stays, for the guard and for `restore`, and the feed says what to do. By `evidence` the release waits
 * until the reads can be believed; what is not settled in time, or at a second signal to stop, is left
 * to the guard. Never throws.
 */
export async function releaseInstance(
  options: ReleaseOptions,
  progress: Progress,
  evidence: Evidence,
): Promise<boolean> {
  const { client, journal, guard, post, retries = RESTORE_RETRIES, clock = SYSTEM_CLOCK } = options;
  const { handOver } = options;
  const { kind } = progress.entry;
  const guarded = guard.watches();
  let until = clock.monotonic() + retries.forMs;
  let why = NO_ANSWER;
  const msLeft = () => until - clock.monotonic();
  const countDown = () => post(notYet(why, msLeft(), kind));
  handOver?.hold({
    watches: () => guard.watches(),
    waits: () => post(releaseWaits(kind, why, { ...options, msLeft: msLeft() })),
  });
  // A silent vendor can take all the time with a single attempt.
  const stopCounting = repeat(clock, COUNT_DOWN_EVERY_MS, countDown);
  try {
    // A change that was cut short is in the journal: nothing may be written over it.
    handOver?.signal.throwIfAborted();
    await progress.note('about-to-restore');
    await faultPoint('about-to-restore');
    const done = await restoreUntilSettled(client, progress.entry, {
      ...{ evidence, retries, patience: options.patience, clock, signal: handOver?.signal },
      handsOver: () => guard.watches(),
      adopted: (changed) => progress.remember(changed),
      failed(error) {
        why = error.message;
        countDown();
      },
      settling(forMs) {
        stopCounting();
        until = clock.monotonic() + forMs;
        why = 'the vendor may not have settled on it yet';
        post(settling(kind, evidence.isInDoubt, forMs));
      },
    });
    await faultPoint('restore-sent');
    await progress.note('restored');
    await faultPoint('restored');
    await journal.remove().catch((error: unknown) => post(journalLeft(error)));
    guard.released();
    handOver?.end();
    await faultPoint('journal-removed');
    const wroteNothing = done === 'changed' || done === 'gone';
    const { original, before } = progress.entry;
    post(wroteNothing ? leftAlone(done, before ?? original) : restoredEntry(progress));
    return true;
  } catch (error) {
    if (handOver?.signal.aborted) progress.close();
    // The release is over: a further signal has nothing to wait for.
    handOver?.hold({ watches: () => guard.watches(), waits() {} });
    post(webhookEntry(kind, 'not-restored', progress.entry.original));
    post(notRestored(progress.entry, error, { ...options, guarded }));
    return false;
  } finally {
    stopCounting();
  }
}

/** The entry about a webhook that was restored; it may have been changed while the listener ran. */
function restoredEntry({ first, entry: { kind, original } }: Progress): WebhookEntry {
  const isChanged = kind === 'takeover' && !same(original, first.original);
  return { ...webhookEntry(kind, 'restored', original), ...(isChanged && { changed: true }) };
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
