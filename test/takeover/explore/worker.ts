/** A thread of the explorer: plays every n-th schedule, and tells what was found. */

import { parentPort, workerData } from 'node:worker_threads';
import { play } from './schedule.ts';

/** Which schedules a thread plays. */
export interface Share {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Ends with the first schedule that breaks a rule. */
  readonly isFirstEnough: boolean;
}

/** What a thread tells: the broken rules of a schedule, or in the end how many it has played. */
export type Told =
  | { readonly seed: number; readonly broken: readonly string[] }
  | { readonly played: number; readonly actions: number };

const { from, to, step, isFirstEnough } = workerData as Share;
let [played, total] = [0, 0];
const tell = (told: Told) => parentPort?.postMessage(told);
for (let seed = from; seed < to; seed += step) {
  const { broken, actions } = await play(seed);
  played++;
  total += actions;
  if (broken.length === 0) continue;
  tell({ seed, broken });
  if (isFirstEnough) break;
}
tell({ played, actions: total });
