import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exploreModel, INVARIANTS, type Run } from './model.ts';

const PAGE = join(import.meta.dirname, '../../../docs/takeover.md');

const ALONE: Run['starts'] = { A: ['A1'], B: [] };
const BOTH: Run['starts'] = { A: ['A1'], B: ['B1'] };

/** How every takeover begins, and how that of B goes wrong. */
const A_SETS = [
  'A starts a listener',
  'A claims: reads original, and will restore original',
  'A proves: writes original',
  'A writes its journal, and reads original',
];
const B_PROVES = [
  ...A_SETS,
  'A sets: writes A1',
  'A is stopped, and begins its release',
  'A restores: reads A1',
  'B starts a listener',
  'B claims: reads A1, and will restore A1',
  'A restores: writes original',
  'A checks: reads original, says that it is done, and ends',
  'B proves: writes A1',
];

const NEVER_AGAIN = 0;
const NO_LISTENERS_URL = 1;
const NO_FALSE_BLAME = 4;

test('no state that the model reaches violates an invariant', () => {
  const { states, ms, violations } = exploreModel();
  process.stdout.write(`The model has ${states} states, searched in ${ms.toFixed()} ms.\n`);
  expect(violations).toEqual([]);
  expect(states).toBe(46_884);
});

test('each invariant is a sentence of docs/takeover.md', () => {
  const page = readFileSync(PAGE, 'utf8');
  for (const [sentence] of INVARIANTS) expect(page).toContain(sentence);
});

test.each([
  {
    mend: 'writesOriginal',
    violated: NEVER_AGAIN,
    run: { starts: ALONE, faults: { lags: 1 } },
    trace: [
      ...A_SETS,
      'A sets: writes A1 (reads show it later)',
      'A is stopped, and begins its release',
      'A restores: reads original, which is older, says that it is done, and ends',
    ],
  },
  {
    mend: 'waitsForLate',
    violated: NEVER_AGAIN,
    run: { starts: ALONE, faults: { cuts: 1 } },
    trace: [
      ...A_SETS,
      'A sets: writes A1, and the request is cut; it retries',
      'A sets: writes A1',
      'A is stopped, and begins its release',
      'A restores: reads A1',
      'A restores: writes original',
      'A checks: reads original, says that it is done, and ends',
      'the request that writes A1 is carried out late',
    ],
  },
  {
    mend: 'readsPatiently',
    violated: NO_FALSE_BLAME,
    run: { starts: ALONE, faults: { lags: 1 } },
    trace: [
      ...A_SETS,
      'A sets: writes A1 (reads show it later)',
      'A checks: reads original, which is older, and says that somebody else changed it, and begins its release',
    ],
  },
  {
    mend: 'skipsProof',
    violated: NO_LISTENERS_URL,
    run: { starts: BOTH, faults: { crashes: 1 } },
    trace: [...B_PROVES, 'B is killed'],
  },
  {
    mend: 'recognises',
    violated: NO_LISTENERS_URL,
    run: { starts: BOTH, faults: {} },
    trace: [
      ...B_PROVES,
      'B writes its journal, and reads A1',
      'B sets: writes B1',
      'B is stopped, and begins its release',
      'B restores: reads B1',
      'B restores: writes A1',
      'B checks: reads A1, says that it is done, and ends',
    ],
  },
  {
    mend: 'remembers',
    violated: NO_LISTENERS_URL,
    run: { starts: ALONE, faults: { crashes: 1, deletions: 1 } },
    trace: [
      ...A_SETS,
      'A sets: writes A1',
      'the folder of A is deleted',
      'A is killed',
      "A's guard finds no journal, and ends",
    ],
  },
])('without $mend, the search finds the shortest way to a violation', (one) => {
  const { violations } = exploreModel({ without: { [one.mend]: false }, runs: [one.run] });
  const sentence = INVARIANTS[one.violated]?.[0];
  const found = violations.find((violation) => violation.sentence === sentence);
  expect(found?.trace).toEqual(one.trace);
});
