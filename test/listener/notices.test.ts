/** The warnings of a listener, in words. */

import { expect, test } from 'vitest';
import { olderWaiting, unanswered } from '../../src/listener/notices.ts';

test('requests that were closed without an answer are warned of by their cause, in the right number', () => {
  const warnings = (['not-stored', 'too-many', 'idle', 'too-slow'] as const).flatMap((cause) =>
    [1, 2].map((count) => unanswered(cause, count)),
  );
  expect(warnings.map(({ code, message }) => [code, message])).toEqual([
    [
      'not_stored_in_time',
      '1 request was closed without an answer: its event could not be stored in time',
    ],
    [
      'not_stored_in_time',
      '2 requests were closed without an answer: their events could not be stored in time',
    ],
    [
      'too_many_connections',
      '1 connection was closed without an answer: too many were open at the same time',
    ],
    [
      'too_many_connections',
      '2 connections were closed without an answer: too many were open at the same time',
    ],
    ['too_many_connections', '1 idle connection was closed: too many were open at the same time'],
    ['too_many_connections', '2 idle connections were closed: too many were open at the same time'],
    ['request_too_slow', '1 request was closed without an answer: it did not arrive in time'],
    ['request_too_slow', '2 requests were closed without an answer: they did not arrive in time'],
  ]);
});

test('events that wait from earlier listeners are counted in the right number', () => {
  expect(olderWaiting(1).message).toMatch(/^1 event of an earlier listener waits /);
  expect(olderWaiting(2).message).toMatch(/^2 events of earlier listeners wait /);
});
