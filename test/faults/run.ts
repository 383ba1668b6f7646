/** `npm run faults`: the table of faults, kills at random moments, or runs against a vendor that lags. */

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runKills } from './kills.ts';
import { runLagRuns } from './lag-runs.ts';
import { ROWS } from './rows.ts';
import { runTable } from './table.ts';
import { judge } from './verdict.ts';

/** Runs against a vendor that lags, in the whole table. */
const LAG_RUNS = 8;

/** Ends the stages, too, when the run is told to end. */
function heedSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

/** Runs the faults that `args` name with the program at `bin`. Resolves to the exit code. Throws for wrong arguments. */
export async function runFaults(args: readonly string[], bin: string): Promise<number> {
  heedSignals();
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      tries: { type: 'string', default: '1' },
      kills: { type: 'string' },
      'lag-runs': { type: 'string' },
      seed: { type: 'string', default: String(1 + (Date.now() % 1_000_000)) },
    },
  });
  const seed = number('seed', values.seed);
  if (values.kills !== undefined) {
    const kills = number('kills', values.kills);
    return (await runKills(bin, { kills, seed, print })) > 0 ? 1 : 0;
  }
  if (values['lag-runs'] !== undefined) {
    const runs = number('lag-runs', values['lag-runs']);
    return (await runLagRuns(bin, { runs, seed, print })) > 0 ? 1 : 0;
  }
  const rows = ROWS.filter(({ fault }) => fault.includes(values.only));
  if (rows.length === 0) throw new Error(`no fault has ${values.only} in its name`);
  const failed = await runTable(rows, {
    tries: number('tries', values.tries),
    // A stage mostly waits.
    width: 2 * availableParallelism(),
    judge: (row) => judge(row, bin),
    print,
  });
  const isWhole = rows.length === ROWS.length;
  const wrong = isWhole ? await runLagRuns(bin, { runs: LAG_RUNS, seed, print }) : 0;
  return failed + wrong > 0 ? 1 : 0;
}

function number(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--${name} wants a number of 1 or more`);
}
