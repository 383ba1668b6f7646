import { describe, expect, test } from 'vitest';
import { EVENTS, parseEventNames, splitList, UNLISTED_EVENTS } from '../../src/eazewa/events.ts';
import { CliError } from '../../src/errors.ts';

function thrownBy(action: () => unknown): CliError {
  try {
    action();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the catalogue', () => {
  test("has the 20 of the vendor's list, and six that are not in it", () => {
    expect(Object.keys(EVENTS)).toHaveLength(20);
    expect(UNLISTED_EVENTS).toHaveLength(6);
    expect(new Set([...Object.keys(EVENTS), ...UNLISTED_EVENTS]).size).toBe(26);
  });

  test('says of each in one line what it is', () => {
    for (const { description } of Object.values(EVENTS)) {
      expect(description).toMatch(/^\S.{5,60}\S$/);
    }
  });
});

describe('names that were typed', () => {
  test.each([
    [['message'], ['message']],
    [
      ['message', 'qr'],
      ['message', 'qr'],
    ],
    [
      ['message,qr', ' call , ready '],
      ['message', 'qr', 'call', 'ready'],
    ],
    [
      ['qr,message', 'qr'],
      ['qr', 'message'],
    ],
    [['message,,', ''], ['message']],
    [[], []],
    [['presence_update'], ['presence_update']],
  ])('%j are %j', (typed, names) => {
    expect(parseEventNames(typed)).toEqual(names);
  });

  test('all means the 20, and names others beside them', () => {
    expect(parseEventNames(['all'])).toEqual(Object.keys(EVENTS));
    expect(parseEventNames(['presence_update,all,message'])).toEqual([
      'presence_update',
      ...Object.keys(EVENTS),
    ]);
  });

  test('a name that the vendor does not have is an error that says which was meant', () => {
    const error = thrownBy(() => parseEventNames(['message,mesage_ack']));
    expect(error).toMatchObject({ exit: 'usage', code: 'unknown_event' });
    expect(error.message).toBe('mesage_ack is not an event of the vendor');
    expect(error.hint).toContain('message_ack');
  });

  test('a name that is near to nothing is told all there are', () => {
    const { hint = '' } = thrownBy(() => parseEventNames(['xyzzy']));
    for (const name of Object.keys(EVENTS)) expect(hint).toContain(name);
  });

  test.each(['constructor', '__proto__', 'toString', 'Message', 'message*'])(
    '%s is no event',
    (name) => {
      expect(thrownBy(() => parseEventNames([name])).code).toBe('unknown_event');
    },
  );

  test('lists are split at commas and trimmed', () => {
    expect(splitList([' a, b ', ',', 'c'])).toEqual(['a', 'b', 'c']);
  });
});
