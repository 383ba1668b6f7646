/** The headers of a forwarded event: the vendor's in their order, without those of one connection, then ours. */

import { pairs, type RawHeaders } from '../platform/raw-headers.ts';

/** Headers of one connection (RFC 9110 §7.6.1), and those that the new request sets itself. */
const OF_ONE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The headers to forward: those received without the hop-by-hop ones, those named in `without` (lower
 * case) and those that `added` names; then `added`. All are names and values in turn.
 */
export function forwardedHeaders(
  received: RawHeaders,
  added: RawHeaders,
  without: readonly string[] = [],
): string[] {
  const excluded = new Set([...OF_ONE_CONNECTION, ...without]);
  for (const [name] of pairs(added)) excluded.add(name.toLowerCase());
  for (const [name, value] of pairs(received)) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const named of value.split(',')) excluded.add(named.trim().toLowerCase());
  }
  const forwarded = [...pairs(received)].filter(([name]) => !excluded.has(name.toLowerCase()));
  return [...forwarded.flat(), ...added];
}

/** The headers of an attempt: the event's, those `added` by `-H`, and ours that say which attempt it is. */
export function eventHeaders(
  event: { readonly id: string; readonly headers: RawHeaders },
  { number, replay }: { readonly number: number; readonly replay: boolean },
  added: RawHeaders,
): string[] {
  return forwardedHeaders(event.headers, [
    ...added,
    ...['x-eazewa-hooks-event', event.id],
    ...['x-eazewa-hooks-attempt', String(number)],
    ...['x-eazewa-hooks-replay', String(replay)],
  ]);
}
