import { beforeEach, expect, test, vi } from 'vitest';
import { createSeldom, type Sum } from '../../src/listener/seldom.ts';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

test('20,000 of a kind make one report a second, with a sum, and none is lost', () => {
  const seldom = createSeldom();
  const told: Sum[] = [];
  for (let i = 0; i < 20_000; i++) {
    seldom.add('a', { count: 1, size: 10 }, (sum) => told.push(sum));
    if (i % 5000 === 4999) vi.advanceTimersByTime(900);
  }
  expect(told.length).toBeLessThanOrEqual(5);
  seldom.close();
  expect(told[0]).toEqual({ count: 1, size: 10 });
  expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(20_000);
  expect(told.reduce((sum, { size }) => sum + size, 0)).toBe(200_000);
});

test('kinds do not wait for each other, and one that was quiet is reported at once', () => {
  const seldom = createSeldom();
  const told: string[] = [];
  const add = (kind: string) =>
    seldom.add(kind, { count: 1, size: 0 }, ({ count }) => told.push(`${kind} ${count}`));
  for (const kind of ['a', 'b', 'a', 'b', 'b']) add(kind);
  expect(told).toEqual(['a 1', 'b 1']);
  vi.advanceTimersByTime(1000);
  expect(told).toEqual(['a 1', 'b 1', 'a 1', 'b 2']);
  vi.advanceTimersByTime(1000);
  add('a');
  expect(told.at(-1)).toBe('a 1');
  expect(told).toHaveLength(5);
  seldom.close();
  vi.advanceTimersByTime(10_000);
  expect(told).toHaveLength(5);
});
