/** Judges a fault: the webhook, who restored it, and what was lost, compared with what must be. */

import { until } from '../support/until.ts';
import { type Stage, setStage, type Who } from './stage.ts';
import { filesBelow, lostOf } from './stored.ts';

/** A fault: how it is made, and what the outcome must be. */
export interface Row {
  readonly fault: string;
  /** The webhook of the instance in the end; default: the original. */
  readonly webhook?: 'theirs';
  /** The webhook must not be written, and no subscription left in the end. */
  readonly sideBySide?: true;
  /** Who restored it; several where that is left to chance. */
  readonly by: Who | readonly Who[];
  /** It takes long, and mostly waits. */
  readonly slow?: true;
  /** Part of `npm test`. */
  readonly short?: true;
  /** Why this system cannot run it; null where it can. */
  skip?(): string | null;
  /** Makes the fault, and resolves when every program that it started has ended. Throws what is wrong. */
  make(stage: Stage): Promise<unknown>;
}

export interface Verdict {
  readonly webhook: string;
  readonly by: string;
  readonly acknowledged: number;
  readonly lost: number;
  /** Empty where nothing is wrong. */
  readonly problems: readonly string[];
  /** Output of the programs. */
  readonly said: string;
}

/** Events per second while a fault is made. */
const RATE = 50;
/** Longest time for a fault, in ms: half a minute of retries, and a guard that tries once a minute. */
const LONGEST_MS = 150_000;

/** Makes one fault with the program at `bin`, and judges. Never throws. */
export async function judge(row: Row, bin: string): Promise<Verdict> {
  const problems: string[] = [];
  const seen = { webhook: '?', by: '?', acknowledged: 0, lost: 0, said: '' };
  let stage: Stage | null = null;
  try {
    stage = await setStage(bin, RATE);
    await within(LONGEST_MS, row.make(stage)).catch((error) => problems.push(String(error)));
    await settled(stage).catch((error) => problems.push(String(error)));
    if (stage.points.failure() !== null) problems.push(String(stage.points.failure()));
    Object.assign(seen, await look(stage));
    problems.push(...compared(row, seen));
    if (row.sideBySide) problems.push(...(await touched(stage)));
    const left = filesBelow(stage.place.home, 'journal.json');
    if (left.length > 0) problems.push('a journal is left');
    seen.said = stage.said();
  } catch (error) {
    problems.push(String(error));
  }
  await stage?.clean().catch((error) => problems.push(String(error)));
  return { ...seen, problems };
}

/** Resolves when guards have ended by themselves, and the vendor has answered every request. */
async function settled({ points, api, place }: Stage): Promise<void> {
  // A guard that is starting when its listener is killed shows by its journal only.
  const over = () =>
    points.alive().length === 0 && filesBelow(place.home, 'journal.json').length === 0;
  await until(over, 'every process has ended, and no journal is left', 90_000);
  await api.idle();
}

async function touched({ api, vendor }: Stage): Promise<string[]> {
  const left = await vendor.subscriptions();
  return [
    left.length > 0 && 'a subscription is left',
    api.log.some(({ sets }) => sets !== undefined) && 'the webhook was written',
  ].filter((problem) => problem !== false);
}

async function look(stage: Stage) {
  const { vendor, original, theirs, tunnel, place } = stage;
  const webhook = shown(await vendor.webhook());
  const names = new Map([
    [shown(original), 'original'],
    [shown(theirs), 'theirs'],
  ]);
  return {
    webhook: names.get(webhook) ?? 'WRONG',
    by: stage.by(),
    acknowledged: [...tunnel.acknowledged.values()].reduce((sum, one) => sum + one, 0),
    lost: await lostOf(place.home, tunnel.acknowledged),
  };
}

function compared({ webhook, by }: Row, seen: Omit<Verdict, 'problems'>): string[] {
  const wanted: string = webhook ?? 'original';
  const who: readonly string[] = [by].flat();
  return [
    seen.webhook !== wanted && `the webhook must be the ${wanted}`,
    !who.includes(seen.by) && `who restored it must be ${who.join(' or ')}`,
    seen.lost > 0 && `${seen.lost} acknowledged events are lost`,
  ].filter((problem) => problem !== false);
}

function shown({ url, events }: { url: string | null; events: readonly string[] }): string {
  return `${url} ${[...events].sort().join()}`;
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
