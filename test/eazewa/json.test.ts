import { describe, expect, test } from 'vitest';
import {
  elide,
  isBase64,
  isObject,
  listIn,
  numberIn,
  objectIn,
  textIn,
} from '../../src/eazewa/json.ts';

describe('reading JSON of any shape', () => {
  const values = [undefined, null, true, 0, 1.5, '', 'x', [], [1], {}, { a: 1 }] as const;

  test('an object is one, and everything else is an empty one', () => {
    expect(values.map(isObject)).toEqual(values.map((_, index) => index >= 9));
    expect(values.map(objectIn)).toEqual([...Array(9).fill({}), {}, { a: 1 }]);
  });

  test('a text is a string that is not empty', () => {
    expect(values.map(textIn)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
      'x',
      null,
      null,
      null,
      null,
    ]);
  });

  test('a list is an array', () => {
    expect(listIn([1, 2])).toEqual([1, 2]);
    expect(['x', { length: 1 }, null, undefined].flatMap(listIn)).toEqual([]);
  });

  test.each([
    [3, 3],
    [-1.5, -1.5],
    ['3', 3],
    [' 4 ', 4],
    ['1e3', 1000],
    ['', null],
    [' ', null],
    ['3 apples', null],
    ['Infinity', null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [true, null],
    [null, null],
    [undefined, null],
    [[3], null],
    [{}, null],
  ])('the number in %j is %j', (value, number) => {
    expect(numberIn(value)).toBe(number);
  });
});

describe('base64', () => {
  const long = 'QUJD'.repeat(256);

  test.each([
    ['of 1,024 characters', long, true],
    ['of one less', long.slice(1), false],
    ['with padding', `${long}==`, true],
    ['as a data url', `data:image/png;base64,${long}`, true],
    ['url-safe', `${long}-_`, true],
    ['with a space in it', `${long} ${long}`, false],
    ['with padding in the middle', `${long}=${long}`, false],
  ])('%s is told from text', (_, text, is) => {
    expect(isBase64(text)).toBe(is);
  });

  test('a text of 10 MB is judged at once', () => {
    expect(isBase64(`${'A'.repeat(10_000_000)}!`)).toBe(false);
    expect(isBase64(`data:${'a'.repeat(10_000_000)}`)).toBe(false);
  });
});

describe('elide', () => {
  const media = 'A'.repeat(2000);

  test('replaces base64 wherever it stands by its length', () => {
    const value = { a: { b: [media, 'short', { c: media }] }, d: 1, e: null, f: true };
    const note = '[base64, 2000 characters]';
    expect(elide(value)).toEqual({
      a: { b: [note, 'short', { c: note }] },
      d: 1,
      e: null,
      f: true,
    });
  });

  test('leaves base64 alone when all is asked for', () => {
    expect(elide({ a: [media] }, true)).toEqual({ a: [media] });
  });

  test('leaves the value that it was given as it was', () => {
    const value = { a: media };
    elide(value);
    expect(value.a).toBe(media);
  });

  test('cuts what is nested more than 64 deep, even when all is asked for', () => {
    const nested = (deep: number): unknown => JSON.parse(`${'['.repeat(deep)}${']'.repeat(deep)}`);
    expect(elide(nested(64))).toEqual(nested(64));
    for (const full of [false, true]) {
      const text = JSON.stringify(elide(nested(100_000), full));
      expect(text).toBe(`${'['.repeat(64)}"[nested deeper than 64]"${']'.repeat(64)}`);
    }
  });

  test('looks through a list of ten million at once', () => {
    const value = { a: Array(10_000_000).fill(1) };
    expect(elide(value)).toBe(value);
  });

  test('keeps a key called __proto__ as a key', () => {
    const value: unknown = JSON.parse('{"__proto__":{"polluted":true},"a":1}');
    expect(JSON.stringify(elide(value))).toBe('{"__proto__":{"polluted":true},"a":1}');
    expect(({} as { polluted?: boolean }).polluted).toBe(undefined);
  });
});
