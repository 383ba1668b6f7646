/** `npm run explore`: plays many schedules against the takeover's real code, or shows that each mutant is found. */

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { MUTANTS, type Mutant } from './mutants.ts';
import { play } from './schedule.ts';
import type { Share, Told } from './worker.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** Builds worker.ts, with a mutant; resolves to its path. */
type Build = (mutant: Mutant | null) => Promise<string>;

/** Explores as `args` say. Resolves to the exit code. Throws for wrong arguments. */
export async function runExplore(args: readonly string[], build: Build): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      schedules: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      mutants: { type: 'boolean', default: false },
    },
  });
  const schedules = number('schedules', values.schedules);
  const seed = number('seed', values.seed);
  const range = { from: seed, to: seed + schedules };
  return values.mutants ? findMutants(range, build) : exploreAll(range, await build(null));
}

type Range = Pick<Share, 'from' | 'to'>;

async function exploreAll(range: Range, worker: string): Promise<number> {
  const began = performance.now();
  const { played, actions, broken } = await explore(range, worker, false);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const first = broken[0];
  if (first !== undefined) {
    const { trace } = await play(first.seed, true);
    print(`The schedule of seed ${first.seed}:\n${trace.join('\n')}\n`);
    print('Broken, with the number of schedules and the first seeds:');
    for (const [rule, seeds] of byRule(broken))
      print(`${String(seeds.length).padStart(6)}  ${rule}: ${seeds.slice(0, 5).join(' ')}`);
    print(`See one with: npm run explore -- --schedules 1 --seed ${first.seed}`);
  }
  const result = first === undefined ? 'every rule holds' : `${broken.length} break a rule`;
  print(`${played} schedules with ${actions} actions in ${seconds} s: ${result}`);
  return first === undefined ? 0 : 1;
}

/** The seeds of each rule that is broken first in its schedule. */
function byRule(broken: readonly Broken[]): ReadonlyMap<string, readonly number[]> {
  const all = new Map<string, number[]>();
  for (const { seed, rules } of broken) {
    const rule = rules[0]?.split(':')[0] ?? '';
    all.set(rule, [...(all.get(rule) ?? []), seed]);
  }
  return all;
}

async function findMutants(range: Range, build: Build): Promise<number> {
  let missed = 0;
  for (const mutant of MUTANTS) {
    const { broken } = await explore(range, await build(mutant), true);
    const first = broken[0];
    if (first === undefined) missed++;
    const found =
      first === undefined
        ? `not found in ${range.to - range.from} schedules`
        : `found after ${first.seed - range.from + 1} schedules (seed ${first.seed}): ${first.rules[0]}`;
    print(`${first === undefined ? '!!' : 'ok'}  ${mutant.name}: ${found}`);
  }
  print(`${MUTANTS.length - missed} of ${MUTANTS.length} mutants found`);
  return missed === 0 ? 0 : 1;
}

interface Broken {
  readonly seed: number;
  readonly rules: readonly string[];
}

interface Explored {
  readonly played: number;
  readonly actions: number;
  /** The schedules that break a rule, by seed. */
  readonly broken: readonly Broken[];
}

/** Plays the schedules of a range in a thread for each processor. */
async function explore(range: Range, worker: string, isFirstEnough: boolean): Promise<Explored> {
  const step = Math.max(1, availableParallelism());
  let [played, actions] = [0, 0];
  const broken: Broken[] = [];
  const thread = (offset: number) =>
    new Promise<void>((resolve, reject) => {
      const workerData: Share = { ...range, from: range.from + offset, step, isFirstEnough };
      const running = new Worker(worker, { workerData });
      running.on('message', (told: Told) => {
        if ('seed' in told) broken.push({ seed: told.seed, rules: told.broken });
        else {
          played += told.played;
          actions += told.actions;
        }
      });
      running.once('error', reject);
      running.once('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: step }, (_, offset) => thread(offset)));
  return { played, actions, broken: broken.sort((a, b) => a.seed - b.seed) };
}

function number(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--${name} wants a number of 1 or more`);
}
