/** Runs listeners against a vendor that lags and delivers late: each must leave the original, and say so only when it is true. */

import { setTimeout as sleep } from 'node:timers/promises';
import { readGuardReport } from '../../src/takeover/guard/report.ts';
import type { Entry, Exit, Program } from '../support/program.ts';
import { until } from '../support/until.ts';
import { createLaggingVendor, type LaggingVendor } from './lagging-vendor.ts';
import { seeded } from './random.ts';
import { type Stage, setStage } from './stage.ts';
import { filesBelow, lostOf } from './stored.ts';

export interface LagRunsOptions {
  readonly runs: number;
  /** Seed of the first run; each further one has the next. */
  readonly seed: number;
  print(line: string): void;
}

/** Runs at a time, each with a simulator of its own. */
const WIDTH = 8;
/** Listeners that start at a time: a busy machine must not make a start fail. */
const STARTS = 2;
/** Events per second. */
const RATE = 50;
/** Longest time from the journal to the kill, and from `ready` to the stop, in ms. */
const LATEST_MS = 6000;
/** The original must be there so long after the end of the listener, in ms. */
const SETTLED_MS = 30_000;

/** Longest time for a start while all others run, in ms. */
const START_MS = 60_000;
/** The exit code of a listener that does not start because of the vendor. */
const VENDOR = 15;

/** How a run ended. */
interface Ran {
  readonly end: 'killed' | 'stopped' | 'left to the guard' | 'not started';
  readonly acknowledged: number;
  readonly lost: number;
  readonly counts: LaggingVendor['counts'];
  /** Empty where nothing is wrong. */
  readonly problems: readonly string[];
}

/** Makes that many runs. Resolves to how many went wrong. */
export async function runLagRuns(bin: string, options: LagRunsOptions): Promise<number> {
  const { runs, seed, print } = options;
  print(`${runs} runs with reads that lag up to 3 s and one write in ten cut, seed ${seed}`);
  const done: Ran[] = [];
  const turn = createTurns(STARTS);
  const failed: number[] = [];
  let next = seed;
  const work = async () => {
    while (next < seed + runs) {
      const own = next++;
      const ran = await runOnce(bin, own, turn);
      done.push(ran);
      if (ran.problems.length === 0) continue;
      failed.push(own);
      print(`!! run with seed ${own} (${ran.end}): ${ran.problems.join('; ')}`);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  for (const line of summary(done)) print(line);
  if (failed.length > 0) print(`one of them again: --lag-runs 1 --seed ${Math.min(...failed)}`);
  print(`${runs - failed.length} passed, ${failed.length} failed`);
  return failed.length;
}

function summary(done: readonly Ran[]): string[] {
  const sum = (of: (ran: Ran) => number) => done.reduce((sofar, ran) => sofar + of(ran), 0);
  const ends = (['stopped', 'left to the guard', 'not started', 'killed'] as const)
    .map((end) => `${sum((ran) => Number(ran.end === end))} ${end}`)
    .join(', ');
  return [
    `  ${ends}`,
    `  ${sum(({ counts }) => counts.cut)} writes cut, ${sum(({ counts }) => counts.olderReads)} reads of an older webhook`,
    `  ${sum(({ acknowledged }) => acknowledged)} events acknowledged, ${sum(({ lost }) => lost)} lost`,
  ];
}

/** One run: a listener that is stopped or killed at a random moment. Never throws. */
async function runOnce(bin: string, seed: number, turn: Turns): Promise<Ran> {
  const random = seeded(seed);
  const problems: string[] = [];
  let ran: Omit<Ran, 'problems'> = { end: 'not started', acknowledged: 0, lost: 0, counts: NONE };
  let stage: Stage | null = null;
  let hasStarted = () => {};
  try {
    hasStarted = await turn();
    stage = await setStage(bin, RATE);
    const vendor = createLaggingVendor(random, stage.original);
    stage.api.disturb(vendor.disturb);
    const listener = stage.listen();
    const { points } = stage;
    const started = () => points.passed('journal-written');
    Promise.race([until(started, 'a journal', START_MS), listener.exit])
      .catch(() => {})
      .finally(hasStarted);
    const isKilled = random() < 0.5;
    const moment = random() * LATEST_MS;
    await (isKilled ? killAt(stage, listener, moment) : stopAt(listener, moment));
    const exit = await listener.exit;
    const endedAt = Date.now();
    await sleep(SETTLED_MS);
    const claims = [...claimsOf(listener, exit, endedAt), ...(await guardsClaims(stage))];
    problems.push(...(await wrongIn(stage)), ...untrue(claims, vendor, stage.original.url));
    const end = isKilled && exit.signal !== null ? 'killed' : endOf(listener, exit);
    if (end === 'not started' && exit.code !== VENDOR) problems.push(`it ended with ${exit.code}`);
    const { acknowledged: bodies } = stage.tunnel;
    const acknowledged = [...bodies.values()].reduce((sofar, one) => sofar + one, 0);
    const lost = await lostOf(stage.place.home, bodies);
    if (lost > 0) problems.push(`${lost} acknowledged events are lost`);
    ran = { end, acknowledged, lost, counts: vendor.counts };
    if (problems.length > 0) problems.push(`\n${stage.said().slice(-3000)}`);
  } catch (error) {
    problems.push(String(error));
  }
  hasStarted();
  await stage?.clean().catch((error) => problems.push(String(error)));
  return { ...ran, problems };
}

/** Resolves when it is one's turn, to what ends it. */
type Turns = () => Promise<() => void>;

/** Turns of which so many may be taken at a time. */
function createTurns(width: number): Turns {
  let free = width;
  const waiting: (() => void)[] = [];
  return async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    };
  };
}

const NONE = { cut: 0, olderReads: 0 };

/** Kills the listener `moment` ms after its journal was written, whatever it does then. */
async function killAt({ points }: Stage, listener: Program, moment: number): Promise<void> {
  const journaled = until(
    () => points.passed('journal-written'),
    'a listener with a journal',
    START_MS,
  );
  await Promise.race([journaled, listener.exit]);
  await Promise.race([sleep(moment), listener.exit]);
  listener.kill('SIGKILL');
}

/** Stops the listener `moment` ms after it was ready; one that does not start ends by itself. */
async function stopAt(listener: Program, moment: number): Promise<void> {
  const ready = listener.entry('ready').then(
    () => true,
    () => false,
  );
  if (!(await ready)) return;
  await sleep(moment);
  listener.kill('SIGINT');
}

function endOf(listener: Program, { code }: Exit): Ran['end'] {
  if (code === 20) return 'left to the guard';
  return listener.entries().some(({ type }) => type === 'ready') ? 'stopped' : 'not started';
}

/** Somebody said that the webhook is restored, and when, in ms since 1970. */
interface Claim {
  readonly by: string;
  readonly at: number;
}

function claimsOf(listener: Program, { code }: Exit, endedAt: number): Claim[] {
  const saysRestored = ({ type, status, restored }: Entry) =>
    (type === 'webhook' && status === 'restored') || (type === 'stopped' && restored === true);
  const said = listener.entries().filter(saysRestored);
  const claims = said.map(({ type, at }) => ({ by: `the entry ${type}`, at: Date.parse(at) }));
  return code === 0 ? [...claims, { by: 'exit code 0', at: endedAt }] : claims;
}

async function guardsClaims({ place }: Stage): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const path of filesBelow(place.home, 'guard.json')) {
    const report = await readGuardReport(path.slice(0, -'/guard.json'.length));
    if (report === null || !['restored', 'there', 'changed'].includes(report.outcome)) continue;
    claims.push({ by: `the guard's report ${report.outcome}`, at: Date.parse(report.at) });
  }
  return claims;
}

/** The claims that were not true: the webhook was another then, or later. */
function untrue(claims: readonly Claim[], { landed }: LaggingVendor, original: string): string[] {
  return claims.flatMap(({ by, at }) => {
    const since = landed.findLastIndex((one) => one.at <= at);
    const other = landed.slice(Math.max(0, since)).find(({ webhook }) => webhook.url !== original);
    if (other === undefined) return [];
    const late = other.at > at ? `, ${other.at - at} ms later` : '';
    return [`${by} was not true: the instance had ${other.webhook.url}${late}`];
  });
}

/** What is wrong when everything has had its time. */
async function wrongIn({ vendor, original, points, place }: Stage): Promise<string[]> {
  const { url } = await until(() => vendor.webhook(), 'the webhook');
  return [
    url !== original.url && `the webhook is WRONG: ${url}`,
    points.alive().length > 0 && 'a process still runs',
    filesBelow(place.home, 'journal.json').length > 0 && 'a journal is left',
  ].filter((problem) => problem !== false);
}
