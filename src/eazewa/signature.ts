/** Signatures of webhook requests: HMAC-SHA256 of the body's bytes as they came, in hex (VENDOR §2). */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { pairs, type RawHeaders, valuesOf } from '../platform/raw-headers.ts';
import { USER_AGENTS, webhookHeaders } from './request.ts';

/** What a request's signature is worth, by the secret that this machine knows. */
export const SIGNATURES = ['signed', 'wrongly-signed', 'unsigned'] as const;
export type Signature = (typeof SIGNATURES)[number];

/** The words for `wrongly-signed` on the page of an event. */
export const WRONGLY_SIGNED =
  'wrongly signed: x-waapi-hmac does not fit this body and your webhook secret';

/** The header with the signature. */
export const SIGNATURE = 'x-waapi-hmac';
/** The header with the id of a delivery, which is the same each time that it is sent again. */
export const REQUEST_ID = 'x-waapi-request-id';
/** The header with the id of the instance. */
export const INSTANCE_ID = 'x-waapi-instance-id';

/** Some senders write it before the hex. */
const PREFIX = 'sha256=';

/**
 * Whether `body` (its bytes as they came, compressed or not) is signed with `secret`. Several signatures
 * may be given, in one header or more: a sender that changes its secret signs with both, so one that is
 * right is enough.
 */
export function signatureOf(headers: RawHeaders, body: Uint8Array, secret: string): Signature {
  const given = valuesOf(headers, SIGNATURE);
  if (given.length === 0) return 'unsigned';
  const digests = given.flatMap((value) => value.split(',').flatMap((one) => digestIn(one) ?? []));
  // A header without a digest costs nothing more.
  if (digests.length === 0) return 'wrongly-signed';
  const right = hmac(body, secret).digest();
  return digests.some((one) => timingSafeEqual(one, right)) ? 'signed' : 'wrongly-signed';
}

/** The value of the header for a body, in lower-case hex. */
export function signatureFor(body: Uint8Array, secret: string, isPrefixed = false): string {
  return (isPrefixed ? PREFIX : '') + hmac(body, secret).digest('hex');
}

/** The headers that the vendor's request with this body would have; signed where the secret is known. */
export function madeHeaders(body: Uint8Array, secret: string | null): string[] {
  const headers = webhookHeaders(USER_AGENTS.waapi);
  return secret === null ? headers : [...headers, SIGNATURE, signatureFor(body, secret)];
}

/**
 * The headers of a request that gets another body: signed anew, in the form of the first signature,
 * where the secret is known; without a signature otherwise, because the old one is wrong. A request id
 * is replaced, because an app that has seen the old one takes the request for a duplicate.
 */
export function headersForChange(
  headers: RawHeaders,
  body: Uint8Array,
  secret: string | null,
  requestId: string,
): string[] {
  const [first] = valuesOf(headers, SIGNATURE);
  const isPrefixed = withoutPrefix(first?.trim() ?? '') !== null;
  const fresh = new Map([[REQUEST_ID, requestId]]);
  if (secret !== null) fresh.set(SIGNATURE, signatureFor(body, secret, isPrefixed));
  const changed: string[] = [];
  for (const [name, value] of pairs(headers)) {
    const key = name.toLowerCase();
    const isReplaced = key === SIGNATURE || key === REQUEST_ID;
    const text = isReplaced ? fresh.get(key) : value;
    if (text !== undefined) changed.push(name, text);
    // Of several only the first is replaced, and the others go.
    fresh.delete(key);
  }
  const missing = fresh.get(SIGNATURE);
  return missing === undefined ? changed : [...changed, SIGNATURE, missing];
}

/** Whether a request with these headers says that it is signed. */
export function hasSignature(headers: RawHeaders): boolean {
  return valuesOf(headers, SIGNATURE).length > 0;
}

/** A new id of a delivery: a UUID of version 4. */
export function newRequestId(random: (size: number) => Uint8Array): string {
  const hex = Buffer.from(random(16)).toString('hex');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3];
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`];
  return [...parts, `${variant}${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}

function hmac(body: Uint8Array, secret: string) {
  return createHmac('sha256', secret).update(body);
}

/** The 32 bytes of a signature; null for anything else. */
function digestIn(typed: string): Buffer | null {
  const value = typed.trim();
  const hex = withoutPrefix(value) ?? value;
  return /^[\da-f]{64}$/i.test(hex) ? Buffer.from(hex, 'hex') : null;
}

function withoutPrefix(value: string): string | null {
  const isThere = value.slice(0, PREFIX.length).toLowerCase() === PREFIX;
  return isThere ? value.slice(PREFIX.length) : null;
}
