/** HTTP helpers of the simulator: bounded bodies, JSON answers, the API token. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as z from 'zod';
import { isTooDeep, TOO_DEEP } from '../eazewa/json.ts';

/** An error answer to a request, with `body` as JSON. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, more: object = {}, headers = {}) {
    super(message);
    this.status = status;
    this.body = { message, ...more };
    this.headers = headers;
  }
}

/** 405 with the methods that the path has. */
export function methodNotAllowed(...allowed: readonly string[]): Refusal {
  return new Refusal(405, 'The method is not allowed here.', {}, { allow: allowed.join(', ') });
}

/** Messages of a validation, by field. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** 422 for invalid input (VENDOR §8: `{message, errors: {field: […]}}`). */
export function invalid(errors: FieldErrors): Refusal {
  const first = Object.values(errors)[0]?.[0] ?? '';
  return new Refusal(422, first, { errors });
}

/** Answers with JSON. */
export function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  write(response, status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

/** Answers with text, plain or of another type. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain',
): void {
  write(response, status, text, { 'content-type': `${type}; charset=UTF-8` });
}

function write(response: ServerResponse, status: number, text: string, headers: object): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, { 'content-length': bytes.length, ...headers });
  response.end(bytes);
}

/**
 * The bytes of a request's body. Throws a {@link Refusal}: 413 for more than `limit` bytes, which are
 * never held in memory, 400 for a body that ends early.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = new Refusal(413, 'The body is too large.', {}, { connection: 'close' });
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    if (Number(request.headers['content-length'] ?? 0) > limit) return reject(tooLarge);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        chunks = [];
        reject(tooLarge);
      }
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('close', () => reject(new Refusal(400, 'The body ended too early.')));
    request.once('error', reject);
  });
}

/**
 * The value, of `parseJson` or of a query, as the schema parses it.
 * Throws a {@link Refusal} (422) with the messages for each field.
 */
export function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors: Record<string, string[]> = {};
  for (const { path, message } of parsed.error.issues) {
    const field = path.join('.') || 'body';
    errors[field] = [...(errors[field] ?? []), message];
  }
  throw invalid(errors);
}

/** Parses JSON. Throws a {@link Refusal}: 400 for no JSON, 422 for JSON that is nested too deep. */
export function parseJson(bytes: Buffer): unknown {
  const value = parsed(bytes);
  if (isTooDeep(value)) throw new Refusal(422, `The body is ${TOO_DEEP}.`);
  return value;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Refusal(400, 'The body is not valid JSON.');
  }
}

/** The media type of a request's body in lower case, without parameters. */
export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Throws a {@link Refusal} with 401 unless the request bears the API token (VENDOR §8). */
export function requireToken(request: IncomingMessage, apiToken: string): void {
  const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  // Digests have one length, so that the comparison takes the same time for every token.
  if (!timingSafeEqual(digest(given), digest(apiToken))) {
    throw new Refusal(401, 'Unauthenticated.', {}, { 'www-authenticate': 'Bearer' });
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Parses a url; null for an invalid one. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
