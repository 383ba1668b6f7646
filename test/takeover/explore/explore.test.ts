import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { play } from './schedule.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** `npm run explore` plays 20,000; these are others. */
const [FROM, SCHEDULES] = [1_000_000, 200];

test(`${SCHEDULES} schedules break no rule`, async () => {
  const broken: unknown[] = [];
  for (let seed = FROM; seed < FROM + SCHEDULES; seed++) {
    const found = await play(seed);
    if (found.broken.length > 0) broken.push({ seed, broken: found.broken });
  }
  expect(broken).toEqual([]);
});

test('the same seed makes the same trace', async () => {
  for (const seed of [7, 8, 9]) {
    const { trace, actions } = await play(seed, true);
    expect(trace.length).toBeGreaterThan(10);
    expect(trace).toHaveLength(actions);
    expect((await play(seed, true)).trace).toEqual(trace);
  }
});

test.each(MUTANTS)('the mend of a mutant is in its source: $name', ({ file, from, to }) => {
  const source = readFileSync(join(ROOT, file), 'utf8');
  expect(source.split(from)).toHaveLength(2);
  expect(to === '' || !source.includes(to)).toBe(true);
});

test('what is shipped has every mend, and nothing of the mutants', () => {
  const dist = join(ROOT, 'dist');
  const files = readdirSync(dist).filter((name) => name.endsWith('.js'));
  const texts = files.map((name) => readFileSync(join(dist, name), 'utf8'));
  expect(texts.length).toBeGreaterThan(3);
  for (const { name, to } of MUTANTS) {
    expect(texts.filter((text) => text.includes(name))).toEqual([]);
    expect(texts.filter((text) => to !== '' && text.includes(to))).toEqual([]);
  }
});
