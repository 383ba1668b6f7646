/** Decodes compressed bodies of requests and answers (RFC 9110 §8.4). They are stored and forwarded as they came. */

import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
} from 'node:zlib';
import { type RawHeaders, valuesOf } from '../platform/raw-headers.ts';
import { LARGEST_BODY } from './request.ts';

/** A body that was not decoded. */
export interface NotDecoded {
  readonly status: 400 | 413 | 415;
  /** One clause. */
  readonly reason: string;
}

interface Bounds {
  readonly maxOutputLength: number;
  /** What the end of the input means; without it, input that ends early is an error. */
  readonly finishFlush?: number;
}

type Decode = (body: Uint8Array, bounds: Bounds) => Uint8Array;

const DECODERS = new Map<string, Decode>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflate],
  ['br', unbrotli],
  ['identity', (body) => body],
]);

/** More than any client applies; each may cost 64 MiB of work. */
const MOST_CODINGS = 3;

/** The value of the Accept-Encoding header that goes with status 415. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

/** Decodes a body by the value of its Content-Encoding header, to at most {@link LARGEST_BODY} bytes. */
export function decode(
  encoding: string,
  body: Uint8Array,
  bounds: Bounds = { maxOutputLength: LARGEST_BODY },
): Uint8Array | NotDecoded {
  const codings = encoding.split(',', MOST_CODINGS + 1).map((name) => name.trim().toLowerCase());
  const decoders = codings.flatMap((name) => DECODERS.get(name) ?? []);
  if (decoders.length < codings.length || decoders.length > MOST_CODINGS) {
    return { status: 415, reason: `a Content-Encoding other than ${ACCEPTED_ENCODINGS}` };
  }
  try {
    // The last coding was applied last.
    return decoders.reduceRight((bytes, one) => one(bytes, bounds), body);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? { status: 413, reason: 'a body over 64 MiB when decoded' }
      : { status: 400, reason: 'a body that its Content-Encoding does not decode' };
  }
}

/** The body of an event as text to read: decoded, or as it is where that fails. */
export function readable(headers: RawHeaders, body: Uint8Array): Uint8Array {
  const encoding = encodingOf(headers);
  if (encoding === null) return body;
  const decoded = decode(encoding, body);
  return 'reason' in decoded ? body : decoded;
}

/** Largest answer that is decoded for reading, in bytes: only its beginning is shown. */
const LARGEST_ANSWER = 1024 * 1024;

/**
 * The answer of an app as text to read. `body` may be its beginning only: what that decodes to is the
 * text. Where nothing can be decoded, the text says so in place of compressed bytes.
 */
export function answerText(headers: RawHeaders, body: Uint8Array): string {
  const encoding = encodingOf(headers);
  if (encoding === null || body.length === 0) return Buffer.from(body).toString();
  const decoded = decode(encoding, body, {
    maxOutputLength: LARGEST_ANSWER,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  if (!('reason' in decoded)) return Buffer.from(decoded).toString();
  const why = decoded.status === 413 ? 'it decodes to over 1 MiB' : 'it cannot be decoded';
  return `[${body.length} bytes with Content-Encoding ${encoding.slice(0, 40)}: ${why}]`;
}

function encodingOf(headers: RawHeaders): string | null {
  const encodings = valuesOf(headers, 'content-encoding');
  return encodings.length === 0 ? null : encodings.join(',');
}

/** Brotli has a constant of its own for input that may end early. */
function unbrotli(body: Uint8Array, { finishFlush, ...bounds }: Bounds): Uint8Array {
  if (finishFlush === undefined) return brotliDecompressSync(body, bounds);
  return brotliDecompressSync(body, { ...bounds, finishFlush: constants.BROTLI_OPERATION_FLUSH });
}

/** Some clients send deflate without its zlib frame. */
function inflate(body: Uint8Array, options: Bounds): Uint8Array {
  const hasFrame =
    ((body[0] ?? 0) & 0x0f) === 8 && (((body[0] ?? 0) << 8) | (body[1] ?? 0)) % 31 === 0;
  return (hasFrame ? inflateSync : inflateRawSync)(body, options);
}
