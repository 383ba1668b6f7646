import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/platform/duration.ts';

test.each([
  ['500ms', 500],
  ['3s', 3_000],
  ['1.5s', 1_500],
  ['5m', 300_000],
  ['24h', 86_400_000],
  [' 7d ', 604_800_000],
  ['0s', 0],
])('%s is %d ms', (typed, ms) => {
  expect(parseDuration(typed)).toBe(ms);
});

test.each(['', '5', 's', '-3s', '3 s', '1e3s', '5min', 'Infinityd', '3s5m', `${'9'.repeat(30)}d`])(
  '%j is refused with an example',
  (typed) => {
    expect(() => parseDuration(typed)).toThrowError(
      expect.objectContaining({
        exit: 'usage',
        code: 'invalid_duration',
        hint: expect.stringContaining('5m'),
      }),
    );
  },
);

test.each([
  [0, '0ms'],
  [45.7, '45ms'],
  [1_500, '1.5s'],
  [9_999, '9.9s'],
  [30_000, '30s'],
  [125_000, '2m 5s'],
  [3_605_000, '1h'],
  [5_400_000, '1h 30m'],
  [604_800_000, '7d'],
])('%d ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('what is shown as one unit reads back as no more than it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (ms) => {
      const shown = formatDuration(ms);
      expect(shown).toMatch(/^[\d.]+(ms|s|m|h|d)( \d+[smh])?$/);
      const sum = shown.split(' ').reduce((total, part) => total + parseDuration(part), 0);
      expect(sum).toBeLessThanOrEqual(ms);
    }),
  );
});
