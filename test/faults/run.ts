/** `npm run faults`: the table of faults, or kills at random moments. */

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { ROWS } from './rows.ts';
import { runTable } from './table.ts';
import { judge } from './verdict.ts';

/** Runs what `args` say with the program at `bin`. Resolves to the exit code. */
export async function runFaults(args: readonly string[], bin: string): Promise<number> {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      tries: { type: 'string', default: '1' },
      kills: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const rows = ROWS.filter(({ fault }) => fault.includes(values.only));
  const failed = await runTable(rows, {
    tries: Number(values.tries),
    width: 2 * availableParallelism(),
    judge: (row) => judge(row, bin),
    print,
  });
  return failed > 0 ? 1 : 0;
}
