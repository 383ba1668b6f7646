import { describe, expect, test } from 'vitest';
import {
  CATALOGUE,
  EVENTS,
  parseEventNames,
  splitList,
  UNLISTED_EVENTS,
  unknownEvent,
} from '../../src/eazewa/events.ts';
import { thrownBy } from '../support/failure.ts';

describe('the catalogue', () => {
  test("has the 20 of the vendor's list, and six that are not in it", () => {
    expect(Object.keys(EVENTS)).toHaveLength(20);
    expect(UNLISTED_EVENTS).toHaveLength(6);
    expect(new Set([...Object.keys(EVENTS), ...UNLISTED_EVENTS]).size).toBe(26);
  });

  test('is one map of the 26, in which no property of objects is found', () => {
    expect([...CATALOGUE.keys()]).toEqual([...Object.keys(EVENTS), ...UNLISTED_EVENTS]);
    expect(['constructor', '__proto__', 'toString'].map((name) => CATALOGUE.get(name))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each([...CATALOGUE])('says of %s what it is, and where its shape is from', (_, entry) => {
    expect(entry.description).toMatch(/^\S.{5,60}\S$/);
    expect(entry.source).toMatch(/^VENDOR §\d.*\w$/);
    expect(['high', 'medium', 'low']).toContain(entry.confidence);
    expect(entry.data.safeParse('no object').success).toBe(false);
  });

  test('groups the events', () => {
    const of = (category: string) =>
      [...CATALOGUE].flatMap(([name, entry]) => (entry.category === category ? [name] : []));
    expect(of('message')).toHaveLength(9);
    expect(of('instance')).toHaveLength(7);
    expect(of('group')).toEqual(['group_join', 'group_leave', 'group_update']);
    expect(of('call')).toEqual(['call']);
    expect([...of('presence'), ...of('community')]).toEqual(UNLISTED_EVENTS);
  });

  test('has high confidence for events with a page of the vendor', () => {
    for (const [name, { source, confidence }] of CATALOGUE) {
      expect(confidence === 'high', name).toBe(source.includes('page'));
    }
  });
});

describe('typed event names', () => {
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

  test('an unknown name is an error with the nearest names', () => {
    const error = thrownBy(() => parseEventNames(['message,mesage_ack']));
    expect(error).toMatchObject({ exit: 'usage', code: 'unknown_event' });
    expect(error.message).toBe('mesage_ack is not an event of the vendor');
    expect(error.hint).toContain('message_ack');
  });

  test('a name without near ones gets the whole list', () => {
    const { hint = '' } = thrownBy(() => parseEventNames(['xyzzy']));
    for (const name of Object.keys(EVENTS)) expect(hint).toContain(name);
  });

  test('--allow-unknown accepts every possible name', () => {
    const typed = ['Brand.new-event_2,message', 'all'];
    expect(parseEventNames(typed, { allowUnknown: true })).toEqual([
      'Brand.new-event_2',
      'message',
      ...Object.keys(EVENTS).slice(1),
    ]);
  });

  test.each(['a b', 'message*', 'é', '\u001b[2J', 'x'.repeat(65)])(
    'what cannot be a name is not taken from the insistent: %j',
    (name) => {
      const error = thrownBy(() => parseEventNames([name], { allowUnknown: true }));
      expect(error).toMatchObject({ exit: 'usage', code: 'unknown_event' });
      expect(error.hint).toContain('64');
    },
  );

  test('the hint names --allow-unknown only for commands with that option', () => {
    const hint = (options?: { allowUnknown: boolean }, name = 'mesage') =>
      thrownBy(() => parseEventNames([name], options)).hint;
    expect(hint()).not.toContain('--allow-unknown');
    expect(hint({ allowUnknown: false })).toContain('message');
    expect(hint({ allowUnknown: false })).toContain('--allow-unknown');
    expect(hint({ allowUnknown: false }, 'xyzzy')).toContain('vote_update. To use it');
    expect(unknownEvent('xyzzy').hint).not.toContain('--allow-unknown');
    expect(unknownEvent('xyzzy', true).hint).toContain('--allow-unknown');
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
