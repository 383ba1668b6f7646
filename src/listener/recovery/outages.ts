/** What is done about times in which nothing could come in: they are told, remembered, and where that is wanted, recovered. */

import { join } from 'node:path';
import * as z from 'zod';
import type { Post } from '../../feed/feed.ts';
import { readIfThere, removeDurably, writeDurably } from '../../platform/durable-file.ts';
import { pause } from '../../platform/pause.ts';
import { mayBeLost } from './notices.ts';
import type { Recovery } from './recover.ts';

export interface Outages {
  /** Nothing came in from one moment to another, ms since 1970. `soon`: this listener goes on, and may recover it. */
  was(from: number, to: number, soon?: boolean): void;
  /** One request was turned away, and whoever brought it has answered in our place. */
  missedOne(): void;
  /** Ends what is under way; what was not recovered is for the next listener that recovers. */
  stop(): Promise<void>;
}

export interface OutageOptions {
  /** Whether the API is asked for the messages of such times, those of earlier listeners first. */
  readonly recover: boolean;
  readonly recovery: Recovery;
  /** The instance's folder; null remembers nothing beyond this listener. */
  readonly folder: string | null;
  readonly post: Post;
  readonly now: () => number;
}

const shape = z.object({
  v: z.literal(1),
  times: z.array(z.object({ from: z.number(), to: z.number() })),
});
type Time = z.infer<typeof shape>['times'][number];

const MOST_BYTES = 64 * 1024;
const MOST_TIMES = 20;
/**
 * How long after a time the API is asked, in ms: what had no answer is sent again after 3 s
 * (VENDOR §2), and what is on its way by then must not be there twice.
 */
const SETTLE_MS = 5_000;
/** Requests that were turned away within this of each other are one time, in ms. */
const TOGETHER_MS = 2_000;

/** Looks after the deaf times of a listener. */
export async function trackOutages(options: OutageOptions): Promise<Outages> {
  const { recover, recovery, folder, post, now } = options;
  const path = folder === null ? null : join(folder, 'outages.json');
  const leaving = new AbortController();
  const { signal } = leaving;
  let times = path === null ? [] : await earlier(path);
  let saved: Promise<unknown> = Promise.resolve();
  let working: Promise<void> | null = null;

  const save = () => {
    if (path === null) return;
    const text = JSON.stringify({ v: 1, times });
    const write = () => (times.length === 0 ? removeDurably(path) : writeDurably(path, text));
    // That a time is not remembered beyond this listener is no reason to stop it.
    saved = saved.then(write).catch(() => {});
  };
  const work = async () => {
    for (;;) {
      const [next] = times;
      if (next === undefined) return;
      await pause(Math.min(SETTLE_MS, next.to + SETTLE_MS - now()), signal);
      // It may have grown meanwhile.
      const [time = next] = times;
      if (signal.aborted || !(await recovery.recover(time.from, time.to, signal))) return;
      times = times.filter((one) => one !== time);
      save();
    }
  };
  const start = () => {
    if (!recover || signal.aborted) return;
    working ??= work().finally(() => {
      working = null;
    });
  };
  let missed: Time | null = null;
  let timer: NodeJS.Timeout | undefined;
  const tellMissed = () => {
    clearTimeout(timer);
    if (missed !== null) was(missed.from, missed.to);
    missed = null;
  };
  const was = (from: number, to: number, soon = !signal.aborted) => {
    post(mayBeLost(from, to, recover && soon));
    times = joined([...times, { from: Math.min(from, to), to }]);
    save();
    if (soon) start();
  };

  start();
  return {
    was,
    missedOne() {
      missed = { from: missed?.from ?? now() - TOGETHER_MS, to: now() };
      clearTimeout(timer);
      timer = setTimeout(tellMissed, TOGETHER_MS);
    },
    async stop() {
      leaving.abort();
      tellMissed();
      await working;
      await saved;
    },
  };
}

/** Times that touch as one, and no more of them than is worth remembering. */
function joined(times: readonly Time[]): Time[] {
  const all: Time[] = [];
  for (const time of [...times].sort((a, b) => a.from - b.from)) {
    const before = all.at(-1);
    if (before !== undefined && time.from <= before.to + SETTLE_MS) {
      all.splice(-1, 1, { from: before.from, to: Math.max(before.to, time.to) });
    } else all.push(time);
  }
  return all.slice(-MOST_TIMES);
}

async function earlier(path: string): Promise<Time[]> {
  try {
    const text = await readIfThere(path, MOST_BYTES);
    return text === null ? [] : joined(shape.parse(JSON.parse(text)).times);
  } catch {
    // Of what cannot be read nothing can be recovered.
    return [];
  }
}
