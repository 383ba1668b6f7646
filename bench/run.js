/**
 * The benchmark of the built program: ratios within one run on one machine. Takes about six minutes.
 * Exits with 1 when a row misses its target value.
 *
 *   node bench/run.js [--row 1|2|3|5|8] [--kills <n>] [--node <path>]
 */

import { parseArgs } from 'node:util';
import { createPlace } from './processes.js';
import { row1 } from './row-1.js';
import { row2 } from './row-2.js';
import { row3 } from './row-3.js';
import { row5 } from './row-5.js';
import { row8 } from './row-8.js';

const { values } = parseArgs({
  options: {
    row: { type: 'string' },
    kills: { type: 'string', default: '10' },
    node: { type: 'string', default: process.execPath },
  },
});

const ROWS = {
  1: row1,
  2: row2,
  3: row3,
  5: row5,
  8: (place) => row8(place, Number(values.kills)),
};
const chosen = values.row === undefined ? Object.keys(ROWS) : [values.row];

const place = createPlace(values.node);
// By default Node exits on these without the 'exit' event that removes the folder.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const results = [];
try {
  for (const row of chosen) {
    const measure = ROWS[row];
    if (measure === undefined)
      throw new Error(`there is no row ${row}; there are 1, 2, 3, 5 and 8`);
    process.stderr.write(`measuring row ${row} …\n`);
    results.push(...(await measure(place)));
  }
} finally {
  place.clean();
}

process.stdout.write(`${table(results)}\n`);
process.exit(results.some(({ ok }) => ok === false) ? 1 : 0);

function table(rows) {
  const cells = [
    ['row', 'what', 'measured', 'against', 'ratio', 'wanted', ''],
    ...rows.map(({ row, what, measured, against, ratio, wanted = '', ok }) => [
      String(row),
      what,
      measured,
      against,
      ratio?.toFixed(2) ?? '',
      wanted,
      ok === undefined ? 'for information' : ok ? 'ok' : 'NOT OK',
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
