/** Kills listeners at random moments under load: counts lost events, and measures how soon the guard restores. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../support/program.ts';
import { until } from '../support/until.ts';
import { seeded } from './random.ts';
import { type Stage, setStage } from './stage.ts';
import { lostOf } from './stored.ts';

export interface KillsOptions {
  readonly kills: number;
  /** Seed of the random moments. */
  readonly seed: number;
  print(line: string): void;
}

/** Longest time from setting the webhook to the kill, in ms. */
const LATEST_MS = 1000;
/** Longest time from the kill until the guard has restored, in ms. */
const RESTORED_MS = 2000;
/** Kills on one history: few enough that its retention removes nothing. */
const KILLS_A_STAGE = 25;

/** Kills that many listeners. Resolves to how many kills went wrong. */
export async function runKills(bin: string, options: KillsOptions): Promise<number> {
  const { kills, seed, print } = options;
  const random = seeded(seed);
  const times: number[] = [];
  let acknowledged = 0;
  let lost = 0;
  let failed = 0;
  print(`${kills} times kill -9 under load, seed ${seed}`);
  for (let first = 1; first <= kills; first += KILLS_A_STAGE) {
    const last = Math.min(kills, first + KILLS_A_STAGE - 1);
    const stage = await setStage(bin, 0);
    try {
      for (let number = first; number <= last; number++) {
        const moment = random() * LATEST_MS;
        try {
          const ms = await killOnce(stage, moment);
          times.push(ms);
          if (ms <= RESTORED_MS) continue;
          print(`!! kill ${number}: restored after ${ms.toFixed()} ms`);
        } catch (error) {
          print(`!! kill ${number}, ${moment.toFixed()} ms after the webhook was set: ${error}`);
        }
        failed++;
      }
      const { acknowledged: bodies } = stage.tunnel;
      for (const count of bodies.values()) acknowledged += count;
      lost += await lostOf(stage.place.home, bodies);
    } finally {
      await stage.clean();
    }
    print(`  ${last} kills: ${acknowledged} events acknowledged, ${lost} lost`);
  }
  times.sort((a, b) => a - b);
  const [median = 0, worst = 0] = [times[times.length >> 1], times.at(-1)];
  print(`the guard restored after ${median.toFixed()} ms (median), ${worst.toFixed()} ms (worst)`);
  if (lost > 0) failed = Math.max(failed, 1);
  print(`${kills - failed} passed, ${failed} failed`);
  return failed;
}

/** Kills a listener `moment` ms after it set the webhook. Resolves to the time until it was restored, in ms. */
async function killOnce(stage: Stage, moment: number): Promise<number> {
  const { points, vendor, args, run } = stage;
  const isSet = new Promise<void>((resolve) => points.at('set', () => resolve()));
  const listener = run(...args, '--quiet');
  const over = new AbortController();
  try {
    await Promise.race([isSet, tooEarly(listener)]);
    // As fast as the listener accepts them: the guard must work on a busy machine, too.
    const load = { fixture: 'message.chat', count: 1_000_000 };
    const emitting = vendor.emit(load, over.signal).catch(() => {});
    await sleep(moment);
    const killedAt = performance.now();
    listener.kill('SIGKILL');
    const restoredAt = await until(
      () => restored(stage, killedAt),
      'the original webhook',
      10 * RESTORED_MS,
    );
    over.abort();
    await Promise.all([listener.exit, emitting]);
    await until(() => points.alive().length === 0, 'the end of the guard', 30_000);
    const { url } = await vendor.webhook();
    if (url !== stage.original.url) throw new Error('the webhook is WRONG');
    if (stage.by() !== 'guard') throw new Error(`restored by ${stage.by()}`);
    return restoredAt - killedAt;
  } finally {
    over.abort();
    listener.kill('SIGKILL');
    await listener.exit;
  }
}

async function tooEarly({ exit }: Program): Promise<never> {
  const { code, stderr } = await exit;
  throw new Error(`the listener ended with ${code} by itself: ${stderr}`);
}

/** When the original was restored after the kill; undefined until then. */
function restored({ api, original }: Stage, killedAt: number): number | undefined {
  const last = api.log.findLast(({ sets }) => sets !== undefined);
  const isThat = last?.sets === original.url && last.landedAt > killedAt;
  return isThat ? last.landedAt : undefined;
}
