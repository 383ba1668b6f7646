/** What a guard does once its listener has crashed: restores the webhook, with retries for a day. */

import type { Client } from '../../eazewa/client.ts';
import { CliError, isCausedBy, messageOf } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { faultPoint } from '../../platform/fault-point.ts';
import { type Evidence, evidenceOf, PATIENCE } from '../evidence.ts';
import type { Journal, JournalEntry } from '../journal.ts';
import {
  type Adopted,
  type RestoreResult,
  restoreWebhook,
  suspected,
  together,
} from '../restore.ts';
import type { GuardReport } from './report.ts';

/** How long a guard goes on trying, in ms. */
const FOR_MS = 24 * 60 * 60_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** An API on this machine that refuses every connection for this long has ended for good, in ms. */
const REFUSED_MS = 60_000;

/** What a guard works with. */
export interface RestoreLoop {
  /** `since` and `pid` tell its listener's journal from another listener's. */
  readonly since: string;
  readonly pid: number;
  readonly client: Client;
  readonly journal: Journal;
  /** Takes the instance's lock; resolves with the function that unlocks, null while another holds it. */
  lock(): Promise<(() => void) | null>;
  /** Writes the report; a failure is ignored. */
  report(
    told: Pick<GuardReport, 'goneAt' | 'at' | 'tries' | 'outcome' | 'error'>,
  ): Promise<unknown>;
  /** Whether the API is on this machine: a simulator. */
  readonly isLocal: boolean;
  readonly clock: Clock;
  /** Ms since 1970. */
  readonly now: () => number;
}

/** Restores the webhook until the reads can be believed, and writes reports. Never throws. */
export async function restoreUntilDone(loop: RestoreLoop): Promise<void> {
  const { clock } = loop;
  const isoNow = () => new Date(loop.now()).toISOString();
  const goneAt = isoNow();
  const began = clock.monotonic();
  let tries = 0;
  let error: string | null = null;
  const seen: Seen = { evidence: null, at: '', done: null, note: null };
  let refusedSince: number | null = null;
  // A full disk must not keep the webhook from being restored.
  const report = (outcome: GuardReport['outcome']) =>
    loop.report({ goneAt, at: isoNow(), tries, outcome, error }).catch(() => {});

  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    if (!(await isJournalOf(loop.journal, loop))) {
      if (tries > 0) await report('left');
      return;
    }
    await report('trying');
    tries++;
    try {
      const outcome = await once(loop, seen);
      refusedSince = null;
      if (outcome === 'unsettled' || outcome === 'busy') pause = FIRST_PAUSE_MS / 2;
      else {
        error = seen.note ?? error;
        await report(outcome);
        return;
      }
    } catch (failed) {
      error = messageOf(failed);
      refusedSince = isCausedBy(failed, 'ECONNREFUSED')
        ? (refusedSince ?? clock.monotonic())
        : null;
      const isGone =
        loop.isLocal && refusedSince !== null && clock.monotonic() - refusedSince >= REFUSED_MS;
      if (isGone) error += ', for a minute: nothing runs there any more';
      // No attempt can find out the own webhook.
      if (isGone || (failed instanceof CliError && failed.code === 'no_own_webhook')) {
        await report('gave-up');
        return;
      }
    }
    if (clock.monotonic() - began > FOR_MS) {
      await report('gave-up');
      return;
    }
    await clock.pause(pause);
  }
}

/** Whether the journal is still that of the guard's listener; one that cannot be read may be. */
export async function isJournalOf(
  journal: Pick<Journal, 'read'>,
  { since, pid }: Pick<RestoreLoop, 'since' | 'pid'>,
): Promise<boolean> {
  const entry = await journal.read().catch(() => ({ since, pid }));
  return entry?.since === since && entry.pid === pid;
}

/** What the guard's attempts have seen so far. */
interface Seen {
  evidence: Evidence | null;
  /** `at` of the journal that {@link evidence} is about. */
  at: string;
  done: RestoreResult | null;
  /** What went wrong after the restore. */
  note: string | null;
}

/** One attempt, under the instance's lock. Throws what the client and the journal throw. */
async function once(
  loop: RestoreLoop,
  seen: Seen,
): Promise<
  Exclude<GuardReport['outcome'], 'trying' | 'released' | 'gave-up'> | 'unsettled' | 'busy'
> {
  const { journal, since, pid } = loop;
  const unlock = await loop.lock();
  if (unlock === null) return 'busy';
  try {
    await faultPoint('guard-locked');
    const entry = await journal.read();
    if (entry?.since !== since || entry.pid !== pid) return 'left';
    const outcome = entry.step === 'restored' ? 'there' : await attempt(loop, entry, seen);
    if (outcome === null) return 'unsettled';
    await faultPoint('guard-restored');
    // Restored is restored: no further attempt would remove it either.
    await journal.remove().catch((failed: unknown) => {
      seen.note = messageOf(failed);
    });
    return outcome === 'overtaken' ? 'restored' : outcome;
  } finally {
    unlock();
  }
}

/** Restores once; null while the reads cannot be believed yet. */
async function attempt(
  { client, journal, clock, now }: RestoreLoop,
  entry: JournalEntry,
  seen: Seen,
): Promise<RestoreResult | null> {
  // After a command has changed the original, the one that was written shows a webhook of before.
  if (seen.at !== entry.at) seen.evidence = null;
  seen.at = entry.at;
  seen.evidence ??= evidenceOf(entry, now(), PATIENCE, clock);
  const { evidence } = seen;
  const adopt = (changed: Adopted) => {
    seen.at = new Date(now()).toISOString();
    return journal.write({ ...entry, ...changed, at: seen.at }).catch(() => {});
  };
  const doubted = suspected(entry, evidence);
  const done = await restoreWebhook(client, doubted, undefined, evidence, adopt);
  seen.done = together(seen.done, done);
  return done === 'gone' || evidence.msLeft() === 0 ? seen.done : null;
}
