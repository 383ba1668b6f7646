/** Whether the reads of an instance can be believed: a read may lag behind a write, and a request that was cut may be carried out late. */

import type { Webhook } from '../eazewa/client.ts';
import { type Clock, SYSTEM_CLOCK } from '../platform/clock.ts';
import type { JournalEntry } from './journal.ts';

/** How long a takeover waits for the vendor to agree with it, in ms. */
export interface Patience {
  /** A write is read back for this long. */
  readonly readBackMs: number;
  /** Reads must agree for this long after one has lagged. */
  readonly settleMs: number;
  /** A request without an answer may be carried out for this long. */
  readonly doubtMs: number;
  /** Between two reads. */
  readonly pauseMs: number;
}

export const PATIENCE: Patience = {
  readBackMs: 15_000,
  settleMs: 3000,
  doubtMs: 15_000,
  pauseMs: 500,
};

/** What is known of one takeover's requests and reads. Its times are those of this process. */
export interface Evidence {
  /** Whether a request that sets ours was sent: then an original that shows proves nothing. */
  readonly mayBeOurs: boolean;
  /** Whether the vendor has acknowledged the original during this restore. */
  readonly isRestored: boolean;
  /** Whether a request of ours may still be carried out. */
  readonly isInDoubt: boolean;
  /** Whether one was ever left without an answer. */
  readonly wasCut: boolean;
  /** Whether somebody else's webhook was seen so lately that a read may still show an older one. */
  readonly mayBeOlder: boolean;
  /** A request that sets ours is sent. */
  sent(): void;
  /** The vendor acknowledged it. */
  acknowledged(): void;
  /** Its answer says that the vendor has changed nothing. */
  refused(): void;
  /** It had no answer. */
  doubted(): void;
  /** The only request of a crashed listener that was in doubt was carried out. */
  landed(): void;
  /** The vendor acknowledged the original. */
  restored(): void;
  /** A read shows the webhook that somebody else has set. */
  sawForeign(): void;
  /** A read differs from the write that was acknowledged last. */
  lagged(): void;
  /** A read shows that the instance is restored. */
  agreed(): void;
  /**
   * A read shows a webhook that is left as it is; soon after a write of ours, it may be an older one.
   * `isOfBefore`: it was there before ours.
   */
  leftAlone(shown: Webhook, isOfBefore?: boolean): void;
  /** How long reads must go on to agree before they are believed, in ms. */
  msLeft(): number;
  /** How long a read may still show a webhook of before the last write, in ms. */
  msOlder(): number;
}

/** What a crashed process may have left in doubt. */
interface Before {
  readonly mayBeOurs: boolean;
  readonly isLagging: boolean;
  /** A request of ours had no answer. */
  readonly wasCut: boolean;
  /** The last request may be under way. */
  readonly isUnderWay: boolean;
  /** How long ago the last write was, in ms; null for none. */
  readonly wroteMsAgo: number | null;
  /** Somebody else's webhook was seen. */
  readonly wasForeign: boolean;
}

const NOTHING: Before = {
  mayBeOurs: false,
  isLagging: false,
  wasCut: false,
  isUnderWay: false,
  wroteMsAgo: null,
  wasForeign: false,
};

/** The evidence of a takeover that begins, or by `before` of one that another process has begun. */
export function createEvidence(
  patience: Patience = PATIENCE,
  before: Before = NOTHING,
  clock: Clock = SYSTEM_CLOCK,
): Evidence {
  const { readBackMs, settleMs, doubtMs } = patience;
  const start = clock.monotonic();
  let { mayBeOurs, isLagging } = before;
  let wasOurs = before.mayBeOurs;
  let isRestored = false;
  let cutAt = before.wasCut ? start : null;
  let openSince = before.isUnderWay ? start : null;
  let foreignAt = before.wasForeign ? start : null;
  let agreedSince: number | null = null;
  let isUnsure = false;
  let isBefore = false;
  let alone: string | null | undefined;
  let wroteAt = before.wroteMsAgo === null ? null : start - before.wroteMsAgo;
  const left = (since: number | null, ms: number) =>
    since === null ? 0 : Math.max(0, since + ms - clock.monotonic());
  const doubtLeft = () => Math.max(left(cutAt, doubtMs), left(openSince, doubtMs));
  return {
    get mayBeOurs() {
      return mayBeOurs;
    },
    get isRestored() {
      return isRestored;
    },
    get isInDoubt() {
      return doubtLeft() > 0;
    },
    get wasCut() {
      return cutAt !== null;
    },
    get mayBeOlder() {
      return left(foreignAt, readBackMs) > 0;
    },
    sent() {
      mayBeOurs = true;
      wroteAt = clock.monotonic();
    },
    acknowledged() {
      wasOurs = true;
      wroteAt = clock.monotonic();
    },
    refused() {
      mayBeOurs = wasOurs || cutAt !== null;
    },
    doubted() {
      cutAt = clock.monotonic();
    },
    landed() {
      openSince = null;
    },
    restored() {
      isRestored = true;
      wroteAt = clock.monotonic();
    },
    sawForeign() {
      foreignAt = clock.monotonic();
      // What was restored before is replaced.
      isRestored = false;
    },
    lagged() {
      isLagging = true;
      agreedSince = null;
    },
    agreed() {
      agreedSince ??= clock.monotonic();
    },
    leftAlone({ url }, isOfBefore = false) {
      // Two reads that differ: one of them lags.
      if (alone !== undefined && alone !== url) {
        isLagging = true;
        agreedSince = null;
      }
      alone = url;
      isBefore = isOfBefore;
      isUnsure = mayBeOurs && !isRestored && left(wroteAt, readBackMs) > 0;
      agreedSince ??= clock.monotonic();
    },
    msLeft() {
      const agreeLeft = agreedSince === null ? settleMs : left(agreedSince, settleMs);
      const lagLeft = isLagging || isUnsure ? agreeLeft : 0;
      // Nothing is written here: only time tells whether a vendor that lags shows the latest webhook.
      const isOld = isUnsure && (isLagging || isBefore);
      const unsureLeft = isOld ? left(wroteAt, readBackMs) : 0;
      return Math.max(lagLeft, unsureLeft, doubtLeft());
    },
    msOlder: () => left(wroteAt, readBackMs),
  };
}

/** A request older than this has had its effect, in ms. */
const FRESH_MS = 60_000;

/** The parts of a journal by which its reader judges the vendor's answers. */
type Written = Pick<JournalEntry, 'step' | 'at' | 'staleReads' | 'doubtAt' | 'before'>;

/** Whether a request of this step may be under way. */
function isUnderWay(step: JournalEntry['step']): boolean {
  return step === 'about-to-set' || step === 'about-to-renew';
}

/** When a crashed listener sent the last request that may be in doubt, ISO 8601; empty for none. */
export function doubtOf({ step, at, doubtAt }: Written): string {
  // Both are written by `toISOString`: their order is that of time.
  return isUnderWay(step) && at > doubtAt ? at : doubtAt;
}

/** Whether a request of a crashed listener may still be carried out. `now` is in ms since 1970. */
export function mayBeSetYet({ step, at, doubtAt }: Omit<Written, 'before'>, now: number): boolean {
  // After the clock was set back, a time is in the future: fresh as well.
  const isFresh = (time: string) => now - Date.parse(time) < FRESH_MS;
  return (isUnderWay(step) && isFresh(at)) || (doubtAt !== '' && isFresh(doubtAt));
}

/** The evidence that a crashed listener's journal has. `now` is in ms since 1970. */
export function evidenceOf(
  entry: Written,
  now: number,
  patience: Patience = PATIENCE,
  clock: Clock = SYSTEM_CLOCK,
): Evidence {
  const before = {
    mayBeOurs: entry.step !== 'restored',
    isLagging: entry.staleReads,
    // A renewal may set what was there before, so that no read shows whether it was carried out.
    wasCut: mayBeSetYet(entry.step === 'about-to-set' ? { ...entry, step: 'set' } : entry, now),
    wasForeign: entry.before !== null,
    isUnderWay: entry.step === 'about-to-set' && mayBeSetYet({ ...entry, doubtAt: '' }, now),
    wroteMsAgo: entry.at === '' ? null : Math.max(0, now - Date.parse(entry.at)),
  };
  return createEvidence(patience, before, clock);
}
