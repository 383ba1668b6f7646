/** The headers of a forwarded event: the vendor's, in their order, less those of one connection, and ours. */

import type { RawHeaders } from './deliver.ts';

/** Those that belong to one connection (RFC 9110 §7.6.1), and those that the new request has its own of. */
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
 * The headers to forward: those received, less the hop-by-hop ones, those of the names `without` (in
 * lower case) and any that `added` names, followed by `added`. All are names and values in turn.
 */
export function forwardedHeaders(
  received: RawHeaders,
  added: RawHeaders,
  without: readonly string[] = [],
): string[] {
  const left = new Set([...OF_ONE_CONNECTION, ...without]);
  for (const [name] of pairs(added)) left.add(name.toLowerCase());
  for (const [name, value] of pairs(received)) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const named of value.split(',')) left.add(named.trim().toLowerCase());
  }
  const kept = [...pairs(received)].filter(([name]) => !left.has(name.toLowerCase()));
  return [...kept.flat(), ...added];
}

function* pairs(raw: RawHeaders): Generator<[name: string, value: string]> {
  for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i] ?? '', raw[i + 1] ?? ''];
}
