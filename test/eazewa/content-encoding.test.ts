import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decode, readable } from '../../src/eazewa/content-encoding.ts';
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
