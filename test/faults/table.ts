/** Runs the table of faults, several rows at a time, and prints them in their order. */

import type { Row, Verdict } from './verdict.ts';

/** Options of {@link runTable}. */
export interface TableOptions {
  readonly tries: number;
  /** Stages that run at a time. */
  readonly width: number;
  judge(row: Row): Promise<Verdict>;
  print(line: string): void;
}

/** All tries of a fault in one line of the table. */
interface Line {
  readonly cells: readonly string[];
  readonly problems: readonly string[];
  readonly skipped: boolean;
}

const HEADINGS = ['fault', 'tries', 'webhook', 'restored by', 'acknowledged', 'lost'];
const WIDTHS = [84, 5, 9, 11, 12, 4];

/** Runs every row, prints the table, and resolves to how many of them failed. */
export async function runTable(rows: readonly Row[], options: TableOptions): Promise<number> {
  const { tries, width, judge, print } = options;
  const lines = new Map<Row, Line>();
  let printed = 0;
  print(lined(HEADINGS));
  const flush = () => {
    for (let line = lineAt(printed); line !== undefined; line = lineAt(printed)) {
      print(lined(line.cells));
      for (const problem of line.problems) print(problem.replace(/^/gm, '    '));
      printed++;
    }
  };
  const lineAt = (index: number) => {
    const row = rows[index];
    return row === undefined ? undefined : lines.get(row);
  };
  // Slow rows begin first: they wait while others work.
  const queue = [...rows.filter(({ slow }) => slow), ...rows.filter(({ slow }) => !slow)];
  const work = async () => {
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      lines.set(row, await tried(row, tries, judge));
      flush();
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  const all = [...lines.values()];
  const failed = all.filter(({ problems }) => problems.length > 0).length;
  const skipped = all.filter((line) => line.skipped).length;
  const passed = all.length - failed - skipped;
  print('');
  print(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed;
}

async function tried(row: Row, tries: number, judge: TableOptions['judge']): Promise<Line> {
  const why = row.skip?.() ?? null;
  if (why !== null) {
    return { cells: [row.fault, '0', 'skipped:', why], problems: [], skipped: true };
  }
  const verdicts: Verdict[] = [];
  for (let i = 0; i < tries; i++) verdicts.push(await judge(row));
  const sum = (of: (one: Verdict) => number) =>
    String(verdicts.reduce((sofar, one) => sofar + of(one), 0));
  const cells = [
    row.fault,
    String(tries),
    counted(verdicts.map(({ webhook }) => webhook)),
    counted(verdicts.map(({ by }) => by)),
    sum(({ acknowledged }) => acknowledged),
    sum(({ lost }) => lost),
  ];
  const problems = verdicts
    .filter((one) => one.problems.length > 0)
    .map(({ problems: found, said }) => `!! ${found.join('; ')}\n${said.slice(-3000)}`);
  return { cells, problems, skipped: false };
}

/** The value of all tries, or how often each occurs where they differ. */
function counted(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size === 1) return [...counts.keys()].join();
  return [...counts].map(([value, times]) => `${value} ${times}`).join(', ');
}

function lined(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join('  ')
    .trimEnd();
}
