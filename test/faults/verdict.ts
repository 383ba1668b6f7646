/** What became of a fault: the webhook, who restored it, and what was lost, compared with what must be. */

import { until } from '../support/until.ts';
import { type Stage, setStage, type Who } from './stage.ts';
import { filesBelow, lostOf } from './stored.ts';

/** A fault: how it is made, and what must become of it. */
export interface Row {
  readonly fault: string;
  /** What the instance has when all is over; the original without. */
  readonly webhook?: 'theirs';
  /** The webhook is never written, but a subscription made beside it, which is gone in the end. */
  readonly beside?: true;
  /** Who put it back; one of several where that is left to chance. */
  readonly by: Who | readonly Who[];
  /** It waits for long, and works little. */
  readonly slow?: true;
  /** It is part of `npm test`. */
  readonly short?: true;
  /** Why this system cannot show it; null where it can. */
  skip?(): string | null;
  /** Makes the fault. Ends when every program that it started has. Throws where something is not as it must be. */
  make(stage: Stage): Promise<unknown>;
}

export interface Verdict {
  readonly webhook: string;
  readonly by: string;
  readonly acknowledged: number;
  readonly lost: number;
  /** Empty where all is well. */
  readonly problems: readonly string[];
  /** What the programs said, where it is not. */
  readonly said: string;
}

/** Events a second while a fault is made. */
const RATE = 50;
/** For the longest of them: half a minute of tries, and a guard that comes once a minute. */
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
    if (row.beside) problems.push(...(await touched(stage)));
    const left = filesBelow(stage.place.home, 'journal.json');
    if (left.length > 0) problems.push('a journal is left');
    seen.said = stage.said();
  } catch (error) {
    problems.push(String(error));
  }
  await stage?.clean().catch((error) => problems.push(String(error)));
  return { ...seen, problems };
}

/** Guards end by themselves, and the vendor has dealt with all that it was asked. */
async function settled({ points, api, place }: Stage): Promise<void> {
  // A guard that is starting when its listener is killed is known to nobody yet: its journal is.
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
