/** The outbox: a bounded queue between the listener and whoever reads its feed. A slow reader never delays the listener. */

import { FEED_VERSION, type FeedEntry, type NewFeedEntry, type Post } from './feed.ts';
import { type Warning, warning } from './warning.ts';

/** Takes a batch. The next batch comes only after the promise resolves. */
export type Take = (entries: readonly FeedEntry[]) => Promise<void>;

export interface Outbox {
  readonly post: Post;
  /** Hands over at once. Resolves when the reader took everything, or after `ms` (a second by default). */
  flush(ms?: number): Promise<void>;
}

const EVERY_MS = 50;
/** How long the last entries may take to be read, in ms. */
const LAST_ENTRIES_MS = 1000;
const MOST_WAITING = 1000;
/** The largest sum of the sizes of waiting events with bodies, in bytes: one event may have 64 MiB. */
const MOST_BYTES = 128 * 1024 * 1024;

/**
 * Holds at most 1,000 entries and 128 MiB, in constant time per entry. A full outbox drops the oldest
 * event, attempt or rejection; then the oldest tunnel or webhook that a later one supersedes; then the
 * oldest warning. It never drops `ready` and `stopped`. One warning per batch counts the dropped entries.
 */
export function createOutbox(take: Take, now: () => number): Outbox {
  let queue = createQueue();
  let handingOver: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  const stamp = (entry: NewFeedEntry): FeedEntry =>
    ({ v: FEED_VERSION, at: new Date(now()).toISOString(), ...entry }) as FeedEntry;

  const handOver = async () => {
    while (queue.count() > 0) {
      const { entries, dropped } = queue.all();
      queue = createQueue();
      await take(dropped > 0 ? [stamp(droppedWarning(dropped)), ...entries] : entries);
    }
  };
  const start = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    handingOver ??= handOver().finally(() => {
      handingOver = null;
      if (queue.count() > 0) schedule();
    });
    return handingOver;
  };
  const schedule = () => {
    if (handingOver === null) timer ??= setTimeout(start, EVERY_MS);
  };

  return {
    post(entry) {
      queue.add(stamp(entry));
      schedule();
    },
    async flush(ms = LAST_ENTRIES_MS) {
      let deadline: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => {
        deadline = setTimeout(resolve, ms);
      });
      const all = async () => {
        while (handingOver !== null || queue.count() > 0) await start();
      };
      await Promise.race([all(), over]);
      clearTimeout(deadline);
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Waiting entries of one importance, oldest first. `number` is an entry's place in the feed. */
type Lane = { readonly number: number; readonly entry: FeedEntry }[];

/** The entries of one batch, in a lane for each importance: the oldest of a lane is dropped without a search. */
function createQueue() {
  // History has these entries, so they go first.
  const stored: Lane = [];
  // A view shows the last of each, so the last of each stays.
  const tunnels: Lane = [];
  const webhooks: Lane = [];
  const warnings: Lane = [];
  const once: Lane = [];
  const lanes: Readonly<Record<FeedEntry['type'], Lane>> = {
    event: stored,
    attempt: stored,
    rejected: stored,
    warning: warnings,
    tunnel: tunnels,
    webhook: webhooks,
    ready: once,
    stopped: once,
  };
  let posted = 0;
  let count = 0;
  let bytes = 0;

  /** Drops the oldest entry of a lane that has more than `least`; false where it has not. */
  const drop = (lane: Lane, least: number): boolean => {
    if (lane.length <= least) return false;
    const oldest = lane.shift();
    if (oldest !== undefined) bytes -= weight(oldest.entry);
    count--;
    return true;
  };

  return {
    count: () => count,
    add(entry: FeedEntry) {
      lanes[entry.type].push({ number: posted++, entry });
      bytes += weight(entry);
      count++;
      while (bytes > MOST_BYTES && drop(stored, 1));
      if (count <= MOST_WAITING) return;
      drop(stored, 0) || drop(tunnels, 1) || drop(webhooks, 1) || drop(warnings, 0);
    },
    /** Everything that waits, in the order of the feed, and how many entries were dropped. */
    all() {
      const waiting = [stored, tunnels, webhooks, warnings, once].flat();
      waiting.sort((a, b) => a.number - b.number);
      return { entries: waiting.map(({ entry }) => entry), dropped: posted - count };
    },
  };
}

function weight(entry: FeedEntry): number {
  return entry.type === 'event' && entry.body !== undefined ? entry.size : 0;
}

function droppedWarning(dropped: number): Warning {
  const entries = dropped === 1 ? '1 entry of the feed was' : `${dropped} entries of the feed were`;
  return warning(
    'entries_dropped',
    `${entries} dropped: nobody read the feed in time. Events and attempts are stored in history`,
  );
}
