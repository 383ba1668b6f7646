import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { answerText, decode, readable } from '../../src/eazewa/content-encoding.ts';
import { LARGEST_BODY } from '../../src/eazewa/request.ts';

const BODY = Buffer.from('{"event":"message","data":{"x":"é"}}');

describe('a body', () => {
  test.each([
    ['gzip', gzipSync(BODY)],
    ['X-GZIP', gzipSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['deflate', deflateRawSync(BODY)],
    ['br', brotliCompressSync(BODY)],
    ['identity', BODY],
    [' deflate , gzip ', gzipSync(deflateSync(BODY))],
  ])('of %j is decoded', (encoding, bytes) => {
    expect(Buffer.from(decode(encoding, bytes) as Uint8Array).equals(BODY)).toBe(true);
    expect(Buffer.from(readable(['CONTENT-Encoding', encoding], bytes)).equals(BODY)).toBe(true);
  });

  test('is decoded by all of its headers, in their order', () => {
    const headers = [
      'Content-Encoding',
      'deflate',
      'x',
      'content-encoding',
      'content-encoding',
      'gzip',
    ];
    expect(Buffer.from(readable(headers, gzipSync(deflateSync(BODY)))).equals(BODY)).toBe(true);
  });

  test.each([
    ['zstd', 415],
    ['', 415],
    ['constructor', 415],
    ['gzip, gzip, gzip, gzip', 415],
    ['gzip', 400],
    ['br', 400],
    ['deflate', 400],
  ])('that %j does not decode stays as it is, with status %i', (encoding, status) => {
    expect(decode(encoding, BODY)).toMatchObject({ status, reason: expect.any(String) });
    expect(readable(['content-encoding', encoding], BODY)).toBe(BODY);
  });

  test('is not decoded where it breaks off', () => {
    for (const encode of [gzipSync, deflateSync, brotliCompressSync]) {
      const name = encode === gzipSync ? 'gzip' : encode === deflateSync ? 'deflate' : 'br';
      expect(decode(name, encode(BODY).subarray(0, -5))).toMatchObject({ status: 400 });
    }
  });

  test('is decoded to 64 MiB and not a byte more', () => {
    const bomb = (bytes: number) => gzipSync(Buffer.alloc(bytes), { level: 1 });
    expect(decode('gzip', bomb(LARGEST_BODY))).toHaveLength(LARGEST_BODY);
    expect(decode('gzip', bomb(LARGEST_BODY + 1))).toMatchObject({ status: 413 });
    expect(decode('gzip, gzip', gzipSync(bomb(LARGEST_BODY + 1)))).toMatchObject({ status: 413 });
  });
});

describe('an answer of the app', () => {
  const kinds = [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
  ] as const;

  test.each(kinds)('by %s is text', (encoding, encode) => {
    expect(answerText(['Content-Encoding', encoding], encode('sorry, é'))).toBe('sorry, é');
  });

  test.each(kinds)(
    'by %s of which the beginning is stored is text up to there',
    (encoding, encode) => {
      const whole = randomBytes(100_000).toString('base64');
      const stored = encode(whole).subarray(0, 64 * 1024);
      const text = answerText(['content-encoding', encoding], stored);
      expect(text.length).toBeGreaterThan(50_000);
      expect(whole.startsWith(text)).toBe(true);
    },
  );

  test.each([
    ['gzip', gzipSync(Buffer.alloc(8 * 1024 * 1024)), 'it decodes to over 1 MiB'],
    ['zstd', Buffer.from('x'), 'it cannot be decoded'],
    ['gzip', Buffer.from('no gzip'), 'it cannot be decoded'],
  ])('by %s that is too large or wrong says so', (encoding, bytes, why) => {
    expect(answerText(['content-encoding', encoding], bytes)).toBe(
      `[${bytes.length} bytes with Content-Encoding ${encoding}: ${why}]`,
    );
  });

  test('without a body or an encoding is as it came', () => {
    expect(answerText(['content-encoding', 'gzip'], new Uint8Array())).toBe('');
    expect(answerText([], Buffer.from('ok'))).toBe('ok');
  });
});
