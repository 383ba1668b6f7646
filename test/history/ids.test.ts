import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createIds } from '../../src/history/ids.ts';

test('an id is evt_ and 16 characters that nobody takes for others', () => {
  const newId = createIds(randomBytes);
  for (let i = 0; i < 1000; i++) expect(newId()).toMatch(/^evt_[0-9abcdefghjkmnpqrstvwxyz]{16}$/);
});

test('no two are the same, and every character comes up in every place', () => {
  const newId = createIds(randomBytes);
  const ids = Array.from({ length: 10_000 }, newId);
  expect(new Set(ids).size).toBe(10_000);
  for (let place = 4; place < 20; place++) {
    expect(new Set(ids.map((id) => id[place])).size).toBe(32);
  }
});
