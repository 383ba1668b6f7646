/** Outages: times in which nothing could come in. Each is reported and stored, and with `--recover` recovered. */

import { join } from 'node:path';
import * as z from 'zod';
import type { Post } from '../../feed/feed.ts';
import { readIfThere, removeDurably, writeDurably } from '../../platform/durable-file.ts';
import { pause } from '../../platform/pause.ts';
import { mayBeLost } from './notices.ts';
import type { Recovery } from './recover.ts';

export interface Outages {
  /** Adds an outage between two moments (ms since 1970). `soon`: this listener goes on, and may recover it. */
  add(from: number, to: number, soon?: boolean): void;
  /** Adds this moment: a connection was closed, and a tunnel or proxy answered in our place. */
  addNow(): void;
  /** Starts to recover, where that is wanted: the outages of earlier listeners first. */
  start(recovery: Recovery): void;
  /** Ends the recovery; what was not recovered is for the next listener that recovers. */
  stop(): Promise<void>;
}

export interface OutageOptions {
  /** Whether the API is asked for the messages of an outage. */
  readonly recover: boolean;
  /** The instance's folder; null stores nothing beyond this listener. */
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
 * How long after an outage the API is asked, in ms: the vendor retries an unanswered event after 3 s
 * (VENDOR §2), and no event must be stored twice.
 */
const SETTLE_MS = 5_000;
/** Two outages that are no further apart than this are one, in ms. */
const TOGETHER_MS = 2_000;

/** The outages of a listener, with those that earlier listeners did not recover. */
export async function openOutages(options: OutageOptions): Promise<Outages> {
  const { recover, folder, post, now } = options;
  const path = folder === null ? null : join(folder, 'outages.json');
  const leaving = new AbortController();
  const { signal } = leaving;
  let times = path === null ? [] : await earlier(path);
  let saved: Promise<unknown> = Promise.resolve();
  let recovering: Promise<void> | null = null;

  const save = () => {
    if (path === null) return;
    const text = JSON.stringify({ v: 1, times });
    const write = () => (times.length === 0 ? removeDurably(path) : writeDurably(path, text));
    // A listener that cannot store its outages is still worth running.
    saved = saved.then(write).catch(() => {});
  };
  const recoverAll = async (recovery: Recovery) => {
    for (;;) {
      const [next] = times;
      if (next === undefined) return;
      await pause(Math.min(SETTLE_MS, next.to + SETTLE_MS - now()), signal);
      // The outage may have grown meanwhile.
      const [time = next] = times;
      if (signal.aborted || !(await recovery.recover(time.from, time.to, signal))) return;
      times = times.filter((one) => one !== time);
      save();
    }
  };
  let recovery: Recovery | null = null;
  const recoverSoon = () => {
    if (!recover || recovery === null || signal.aborted) return;
    recovering ??= recoverAll(recovery).finally(() => {
      recovering = null;
    });
  };
  const add = (from: number, to: number, soon = !signal.aborted) => {
    post(mayBeLost(from, to, recover && soon));
    times = joined([...times, { from: Math.min(from, to), to }]);
    save();
    if (soon) recoverSoon();
  };
  let moments: Time | null = null;
  let timer: NodeJS.Timeout | undefined;
  const addMoments = () => {
    clearTimeout(timer);
    if (moments !== null) add(moments.from, moments.to);
    moments = null;
  };

  return {
    add,
    start(given) {
      recovery = given;
      recoverSoon();
    },
    addNow() {
      moments = { from: moments?.from ?? now() - TOGETHER_MS, to: now() };
      clearTimeout(timer);
      timer = setTimeout(addMoments, TOGETHER_MS);
    },
    async stop() {
      leaving.abort();
      addMoments();
      await recovering;
      await saved;
    },
  };
}

/** Merges times that touch each other, and returns the last 20. */
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
    // A file that cannot be read has nothing to recover.
    return [];
  }
}
