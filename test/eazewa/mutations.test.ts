/** Every fixture with anything broken in it: always accepted, always summarised, never an exception. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isBase64, isObject, textIn } from '../../src/eazewa/json.ts';
import { searchText, summarize } from '../../src/eazewa/summary.ts';
import { readWebhook } from '../../src/eazewa/webhook.ts';
import { fc } from '../support/arbitrary.ts';

const SEED = 20_261_123;
const RUNS = 10_000;
const FOLDER = join(import.meta.dirname, '../../fixtures');

type Place = readonly (string | number)[];

const fixtures = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const places = placesIn(JSON.parse(text));
    // `_data` has most of the keys, and hardly any that is looked at.
    return { text, places, outer: places.filter((place) => !place.includes('_data')) };
  });

/** Stands for a nesting that JSON.stringify could not write. */
const DEEP = 'nested deeply';
const nested = `${'[{"a":'.repeat(5000)}0${'}]'.repeat(5000)}`;

const leaf = fc.constantFrom<unknown>(
  ...[null, true, false, 0, -1, 1.5, 1e308, '', ' ', '7', DEEP, {}, [], [[]], [null], { a: {} }],
  ...['\u001b[2J\u202e', '\r\n\u2028', '\ud83d', '@c.us', 'x@lid', 'status@broadcast', '👩‍👩‍👧'],
  ...['x'.repeat(30_000), 'QUJD'.repeat(1000), Array(1000).fill(0), Array(1000).fill('y')],
  ...[{ _serialized: 7 }, { _serialized: 'w@lid' }, { toString: 1 }, { length: 1e9 }],
);

type Mutation = (value: unknown) => unknown;
const DROP = Symbol('drop');
const mutation: fc.Arbitrary<Mutation | typeof DROP> = fc.oneof(
  leaf.map((value) => () => structuredClone(value)),
  fc.constantFrom<Mutation | typeof DROP>(
    DROP,
    (value) => [value, value],
    (value) => ({ value }),
    (value) => (typeof value === 'string' ? Number(value) : JSON.stringify(value)),
    (value) => (Array.isArray(value) ? { ...value } : [[value]]),
  ),
);

const mutated = fc
  .record({
    fixture: fc.constantFrom(...fixtures),
    changes: fc.array(fc.record({ at: fc.nat(), anywhere: fc.nat(3), mutation }), {
      minLength: 1,
      maxLength: 3,
    }),
  })
  .map(({ fixture, changes }) => {
    const body = JSON.parse(fixture.text);
    for (const { at, anywhere, mutation } of changes) {
      const places = anywhere === 0 ? fixture.places : fixture.outer;
      change(body, places[at % places.length] ?? [], mutation);
    }
    const text = JSON.stringify(body).replaceAll(`"${DEEP}"`, nested);
    return { text, event: body.event === DEEP ? null : textIn(body.event) };
  });

test(`${RUNS} mutations of the fixtures are accepted and summarised (seed ${SEED})`, () => {
  fc.assert(
    fc.property(mutated, ({ text, event }) => {
      const bytes = Buffer.from(text);
      const webhook = readWebhook(bytes);
      if (event === null) {
        expect(webhook).toEqual({ reason: 'the body has no event' });
        return;
      }
      if ('reason' in webhook) throw new Error(webhook.reason);
      expect(webhook.issues.length).toBeLessThanOrEqual(12);
      for (const issue of webhook.issues) expect(issue).toMatch(/^[\w'. ]{1,100}$/);

      const { summary, name, ...columns } = summarize(event, webhook.data);
      for (const line of [summary, columns.text, name ?? '']) {
        if (line.length > 120) {
          expect([...new Intl.Segmenter('en').segment(line)].length).toBeLessThanOrEqual(120);
        }
        expect(line).not.toMatch(/\p{Cc}|\p{Cs}|[\u2028-\u202e]/u);
        const [made] = /undefined|null|NaN|\[object|function/.exec(line) ?? [];
        if (made !== undefined) expect(textsIn(webhook.data).join('\n')).toContain(made);
      }
      expect(searchText(summary, bytes).length).toBeLessThanOrEqual(8192);
    }),
    { numRuns: RUNS, seed: SEED },
  );
}, 120_000);

/** Where something is in a body: every key of every object, every entry of every list. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [key],
    ...placesIn(inner).map((place) => [key, ...place]),
  ]);
}

function change(body: unknown, place: Place, mutation: Mutation | typeof DROP): void {
  let holder = body as Record<string, unknown>;
  for (const key of place.slice(0, -1)) {
    const inner = holder[key];
    // An earlier change may have taken it away.
    if (!isObject(inner) && !Array.isArray(inner)) return;
    holder = inner as Record<string, unknown>;
  }
  const key = place.at(-1) ?? '';
  if (mutation === DROP) delete holder[key];
  else holder[key] = mutation(holder[key]);
}

/** Every text of a body, and its keys: none of those ours. */
function textsIn(root: unknown): string[] {
  const texts: string[] = [];
  const stack = [root];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value === 'string' && !isBase64(value)) texts.push(value);
    else if (typeof value === 'object' && value !== null) stack.push(...Object.values(value));
  }
  return texts;
}
