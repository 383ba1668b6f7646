/** The outbox: hands the feed over in batches, at the pace of who takes it, and never holds up the listener. */

import { FEED_VERSION, type FeedEntry, type NewFeedEntry, type Post } from './feed.ts';

/** Takes a batch; the next one comes only when this resolves. */
export type Take = (entries: readonly FeedEntry[]) => Promise<void>;

export interface Outbox {
  readonly post: Post;
  /** Resolves when all that was posted is taken, or after `ms`: nobody may be reading any more. */
  flush(ms: number): Promise<void>;
}

const EVERY_MS = 50;
const MOST_WAITING = 1000;
/** The sum of the sizes of events that wait with their bodies, in bytes: one may have 64 MiB. */
const MOST_BYTES = 128 * 1024 * 1024;
/** Entries of which there may be thousands, each of them in history too. */
const DROPPABLE: ReadonlySet<string> = new Set(['event', 'attempt', 'rejected']);

/** An outbox that holds at most 1,000 entries and 128 MiB; then the oldest are dropped and counted in a warning. */
export function createOutbox(take: Take, now: () => number): Outbox {
  let waiting: FeedEntry[] = [];
  let bytes = 0;
  let dropped = 0;
  let handingOver: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  const stamp = (entry: NewFeedEntry): FeedEntry =>
    ({ v: FEED_VERSION, at: new Date(now()).toISOString(), ...entry }) as FeedEntry;

  const handOver = async () => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      bytes = 0;
      if (dropped > 0) batch.unshift(stamp(droppedWarning(dropped)));
      dropped = 0;
      await take(batch);
    }
  };
  const start = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    handingOver ??= handOver().finally(() => {
      handingOver = null;
      if (waiting.length > 0) schedule();
    });
    return handingOver;
  };
  const schedule = () => {
    if (handingOver === null) timer ??= setTimeout(start, EVERY_MS);
  };

  /** Drops the oldest entry of those that may be; false when there is none. */
  const dropOldest = (): boolean => {
    const oldest = waiting.findIndex(({ type }) => DROPPABLE.has(type));
    if (oldest < 0) return false;
    for (const entry of waiting.splice(oldest, 1)) bytes -= weight(entry);
    dropped++;
    return true;
  };

  return {
    post(entry) {
      waiting.push(stamp(entry));
      bytes += weight(entry);
      const tooMuch = () => waiting.length > MOST_WAITING || bytes > MOST_BYTES;
      while (waiting.length > 1 && tooMuch() && dropOldest());
      schedule();
    },
    async flush(ms) {
      let deadline: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => {
        deadline = setTimeout(resolve, ms);
      });
      const all = async () => {
        while (handingOver !== null || waiting.length > 0) await start();
      };
      await Promise.race([all(), over]);
      clearTimeout(deadline);
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function weight(entry: NewFeedEntry): number {
  return entry.type === 'event' && entry.body !== undefined ? entry.size : 0;
}

function droppedWarning(count: number): NewFeedEntry {
  return {
    type: 'warning',
    code: 'entries_dropped',
    message: `${count} entries of the feed were dropped, since they were not read in time. The events are in history`,
  };
}
