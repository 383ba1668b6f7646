/** Decodes compressed bodies of webhook requests (RFC 9110 §8.4). They are stored and forwarded as they came. */

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { LARGEST_BODY } from './request.ts';

/** A body that was not decoded. */
export interface NotDecoded {
  readonly status: 400 | 413 | 415;
  /** One clause. */
  readonly reason: string;
}

type Decode = (body: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

const DECODERS = new Map<string, Decode>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflate],
  ['br', brotliDecompressSync],
  ['identity', (body) => body],
]);

/** More than any client applies; each may cost 64 MiB of work. */
const MOST_CODINGS = 3;

/** The value of the Accept-Encoding header that goes with status 415. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

/** Decodes a body by the value of its Content-Encoding header, to at most {@link LARGEST_BODY} bytes. */
export function decode(encoding: string, body: Uint8Array): Uint8Array | NotDecoded {
  const codings = encoding.split(',', MOST_CODINGS + 1).map((name) => name.trim().toLowerCase());
  const decoders = codings.flatMap((name) => DECODERS.get(name) ?? []);
  if (decoders.length < codings.length || decoders.length > MOST_CODINGS) {
    return { status: 415, reason: `a Content-Encoding other than ${ACCEPTED_ENCODINGS}` };
  }
  try {
    // The last coding was applied last.
    return decoders.reduceRight(
      (bytes, one) => one(bytes, { maxOutputLength: LARGEST_BODY }),
      body,
    );
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? { status: 413, reason: 'a body over 64 MiB when decoded' }
      : { status: 400, reason: 'a body that its Content-Encoding does not decode' };
  }
}

/** The body of an event as text to read: decoded, or as it is where that fails. `headers` are names and values in turn. */
export function readable(headers: readonly string[], body: Uint8Array): Uint8Array {
  const encodings = headers.filter(
    (_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === 'content-encoding',
  );
  if (encodings.length === 0) return body;
  const decoded = decode(encodings.join(','), body);
  return 'reason' in decoded ? body : decoded;
}

/** Some clients send deflate without its zlib frame. */
function inflate(body: Uint8Array, options: { maxOutputLength: number }): Uint8Array {
  const hasFrame =
    ((body[0] ?? 0) & 0x0f) === 8 && (((body[0] ?? 0) << 8) | (body[1] ?? 0)) % 31 === 0;
  return (hasFrame ? inflateSync : inflateRawSync)(body, options);
}
