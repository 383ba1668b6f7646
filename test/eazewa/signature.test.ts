import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  headersForChange,
  madeHeaders,
  newRequestId,
  signatureFor,
  signatureOf,
} from '../../src/eazewa/signature.ts';

const SECRET = 'whsec_Grüße';
const BODY = Buffer.from('{"event":"message","instanceId":"33"}');
const RIGHT = createHmac('sha256', SECRET).update(BODY).digest('hex');
const WRONG = createHmac('sha256', 'another').update(BODY).digest('hex');

describe('a request is', () => {
  test.each([
    ['lower-case hex', [RIGHT]],
    ['upper-case hex', [RIGHT.toUpperCase()]],
    ['with a prefix', [`sha256=${RIGHT}`]],
    ['with a prefix and hex in upper case', [`SHA256=${RIGHT.toUpperCase()}`]],
    ['with spaces around it', [` ${RIGHT}\t`]],
    ['the second of two headers', [WRONG, RIGHT]],
    ['the first of two headers', [RIGHT, 'nonsense']],
    ['one of a list in a header', [`${WRONG}, sha256=${RIGHT}`]],
  ])('signed by %s', (_, values) => {
    const headers = values.flatMap((value) => ['X-WAAPI-HMAC', value]);
    expect(signatureOf(['Host', 'x', ...headers], BODY, SECRET)).toBe('signed');
  });

  test.each([
    ['another secret', WRONG],
    ['nothing', ''],
    ['the prefix alone', 'sha256='],
    ['half of it', RIGHT.slice(0, 32)],
    ['more than it', `${RIGHT}00`],
    ['another algorithm', `sha1=${RIGHT}`],
    ['the prefix twice', `sha256=sha256=${RIGHT}`],
    ['base64', Buffer.from(RIGHT, 'hex').toString('base64')],
    ['text that is no hex', 'g'.repeat(64)],
    ['full-width digits', '０'.repeat(64)],
    ['a long value', 'a'.repeat(100_000)],
    ['many values', `${WRONG},`.repeat(1000)],
  ])('wrongly signed by %s', (_, value) => {
    expect(signatureOf(['x-waapi-hmac', value], BODY, SECRET)).toBe('wrongly-signed');
  });

  test('wrongly signed when one byte of its body changed', () => {
    const changed = Buffer.concat([BODY, Buffer.from(' ')]);
    expect(signatureOf(['x-waapi-hmac', RIGHT], changed, SECRET)).toBe('wrongly-signed');
  });

  test('unsigned without the header, whatever other headers it has', () => {
    expect(signatureOf(['x-waapi-request-id', RIGHT, 'x-hmac', RIGHT], BODY, SECRET)).toBe(
      'unsigned',
    );
    // A value that is the name of the header.
    expect(signatureOf(['x-other', 'x-waapi-hmac', 'Accept', RIGHT], BODY, SECRET)).toBe(
      'unsigned',
    );
  });

  test('never signed by bytes that nobody signed, and judging them throws nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const value = Buffer.from(bytes).toString('latin1');
        expect(signatureOf(['x-waapi-hmac', value], BODY, SECRET)).toBe('wrongly-signed');
      }),
    );
  });
});

describe('the headers of a changed body', () => {
  const change = (headers: readonly string[], secret: string | null = SECRET) =>
    headersForChange(headers, BODY, secret, 'new-id');

  test('have a new signature in the place and the form of the old one', () => {
    expect(change(['A', '1', 'X-Waapi-Hmac', WRONG, 'B', '2'])).toEqual([
      ...['A', '1', 'X-Waapi-Hmac', RIGHT, 'B', '2'],
    ]);
    expect(change(['X-Waapi-Hmac', `Sha256=${WRONG}`])).toEqual([
      ...['X-Waapi-Hmac', `sha256=${RIGHT}`],
    ]);
  });

  test('have one signature where there were several, or none', () => {
    expect(change(['x-waapi-hmac', WRONG, 'X-WAAPI-HMAC', `sha256=${WRONG}`])).toEqual([
      ...['x-waapi-hmac', RIGHT],
    ]);
    expect(change(['A', '1'])).toEqual(['A', '1', 'x-waapi-hmac', RIGHT]);
  });

  test('have no signature where the secret is not known', () => {
    expect(change(['x-waapi-hmac', WRONG, 'A', '1'], null)).toEqual(['A', '1']);
    expect(change(['A', '1'], null)).toEqual(['A', '1']);
  });

  test('have a new request id where there was one', () => {
    const before = ['X-WaAPI-Request-Id', 'old', 'x-waapi-request-id', 'older', 'A', '1'];
    expect(change(before, null)).toEqual(['X-WaAPI-Request-Id', 'new-id', 'A', '1']);
  });
});

test('the headers of a body that is made here are signed where the secret is known', () => {
  expect(madeHeaders(BODY, SECRET)).toEqual([...madeHeaders(BODY, null), 'x-waapi-hmac', RIGHT]);
  expect(signatureFor(BODY, SECRET, true)).toBe(`sha256=${RIGHT}`);
});

test('a request id is a UUID of version 4', () => {
  for (const random of [randomBytes, Buffer.alloc, (size: number) => Buffer.alloc(size, 255)]) {
    expect(newRequestId(random)).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
  }
});
