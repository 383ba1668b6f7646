import { describe, expect, test } from 'vitest';
import {
  FRESH_MS,
  forwardWindow,
  isSuccess,
  type Outcome,
  outcomeOfAttempt,
  outcomeOfEvent,
  outcomeOfWaiting,
  targetsOf,
  withAttempt,
} from '../../src/history/outcome.ts';
import { NOON, OTHER, TARGET } from './support.ts';

describe('an attempt', () => {
  test.each([
    [200, 'delivered'],
    [299, 'delivered'],
    [199, 'failed'],
    [300, 'failed'],
    [500, 'failed'],
    [null, 'failed'],
  ] as const)('answered with %s is %s', (status, outcome) => {
    expect(outcomeOfAttempt({ status })).toBe(outcome);
    expect(isSuccess(status)).toBe(outcome === 'delivered');
  });
});

describe('an event that waits', () => {
  const window = forwardWindow(5, NOON);

  test.each([
    ['after the listener started', { seq: 6, at: NOON }, 'waiting'],
    ['ten minutes old', { seq: 6, at: NOON - FRESH_MS }, 'waiting'],
    ['older than ten minutes', { seq: 6, at: NOON - FRESH_MS - 1 }, 'held'],
    ['from before the listener', { seq: 5, at: NOON }, 'held'],
  ] as const)('%s is %s', (_, event, outcome) => {
    expect(outcomeOfWaiting(event, window)).toBe(outcome);
  });

  test('is held where no listener runs', () => {
    expect(outcomeOfWaiting({ seq: 6, at: NOON }, null)).toBe('held');
  });
});

describe('an event', () => {
  test.each<[Outcome, Outcome[]]>([
    ['failed', ['delivered', 'waiting', 'failed', 'held', 'skipped']],
    ['waiting', ['held', 'delivered', 'waiting', 'skipped']],
    ['held', ['delivered', 'held', 'skipped']],
    ['delivered', ['skipped', 'delivered']],
    ['skipped', ['skipped', 'skipped']],
    ['skipped', []],
  ])('is %s', (outcome, outcomes) => {
    expect(outcomeOfEvent(outcomes)).toBe(outcome);
  });

  test('has the last attempt of each target, what waits, and what was skipped', () => {
    const skipped = [
      { url: 'http://a/', reason: '--route' },
      { url: 'http://b/', reason: '--route' },
    ];
    const attempts = [
      { target: TARGET, status: 500 },
      { target: OTHER, status: 200 },
      { target: TARGET, status: 204 },
      { target: OTHER, status: null },
      // A person replayed the event to a target that the route excludes.
      { target: 'http://b/', status: 200 },
    ];
    const known = { seq: 6, at: NOON, skipped, waiting: ['http://c/'], attempts };
    expect(targetsOf(known, forwardWindow(5, NOON))).toEqual([
      { url: 'http://a/', outcome: 'skipped', reason: '--route' },
      { url: 'http://b/', outcome: 'delivered' },
      { url: 'http://c/', outcome: 'waiting' },
      { url: TARGET, outcome: 'delivered' },
      { url: OTHER, outcome: 'failed' },
    ]);
  });

  test('gains a target by an attempt elsewhere', () => {
    const targets = withAttempt([{ url: TARGET, outcome: 'waiting' }], {
      target: OTHER,
      status: 200,
    });
    expect(targets).toEqual([
      { url: TARGET, outcome: 'waiting' },
      { url: OTHER, outcome: 'delivered' },
    ]);
  });
});
