/** An event as a curl command that sends the same request again. */

import { bodyDropped } from '../history/find.ts';
import { shownHeader } from '../history/headers.ts';
import type { History, StoredEvent } from '../history/history.ts';
import { looksSecret, MASK, maskUrl } from '../platform/mask-url.ts';
import { pairs, type RawHeaders } from '../platform/raw-headers.ts';
import { safeText } from '../platform/safe-text.ts';
import { shellQuote } from '../platform/shell-quote.ts';
import { eventHeaders } from './headers.ts';

export interface CurlOptions {
  /** Headers that the listener adds to what it forwards, names and values in turn. */
  readonly added: RawHeaders;
  /** Prints the secrets of the target and of headers; without it they are `***`. */
  readonly printSecret: boolean;
}

/** Largest body in the command itself, in bytes; a larger one comes through a pipe. */
const LARGEST_INLINE = 8 * 1024;
/** The target of an event that has none. */
const ANY_TARGET = 'http://127.0.0.1:3000/';
/** From this size on some versions of curl ask first whether the app wants the body, in bytes. */
const EXPECT_FROM = 1024;
/** Headers that curl adds by itself. */
const CURLS_OWN = ['accept', 'content-type', 'user-agent'];

/**
 * The command, with its line end, for POSIX shells and curl 7.43 or later. It goes to the target of the
 * last attempt, or one that the event waits for, with the headers of that attempt in their order.
 * Throws `body_dropped` for an event whose body is no longer stored.
 */
export function curlOf(
  event: Pick<StoredEvent, 'id' | 'seq' | 'headers' | 'body' | 'bodyDropped'>,
  history: Pick<History, 'lastAttempts' | 'waitingTargets'>,
  { added, printSecret }: CurlOptions,
): string {
  if (event.bodyDropped) throw bodyDropped(event.id);
  const last = history.lastAttempts(event.seq).at(-1);
  const target = last?.target ?? history.waitingTargets(event.seq)[0] ?? ANY_TARGET;
  const attempt = { number: last?.number ?? 1, replay: last?.replay ?? false };
  const headers = [...pairs(eventHeaders(event, attempt, added))];
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const unset = CURLS_OWN.filter((name) => !names.has(name));
  if (event.body.length >= EXPECT_FROM) unset.push('expect');

  const typed = new Set([...pairs(added)].map(([name]) => name.toLowerCase()));
  // Who adds a header chooses its name: only the value may tell that it is a secret.
  const shown = (name: string, value: string) =>
    typed.has(name.toLowerCase()) && looksSecret(value) ? MASK : shownHeader(name, value);

  const text = inlineText(event.body);
  const url = printSecret ? target : maskUrl(target);
  const parts = [
    `${text === null ? `eazewa-hooks events show ${event.id} --raw | ` : ''}curl ${shellQuote(url)}`,
    // Without this curl reads brackets and braces as patterns.
    ...(/[[\]{}]/.test(url) ? ['--globoff'] : []),
    ...headers.map(([name, value]) =>
      headerOption(header(name, printSecret ? value : shown(name, value))),
    ),
    ...unset.map((name) => headerOption(`${name}:`)),
    text === null ? '--data-binary @-' : `--data-raw ${shellQuote(text)}`,
  ];
  return `${parts.join(' \\\n  ')}\n`;
}

/** A header in curl's own form: it drops one that has nothing after the colon. */
function header(name: string, value: string): string {
  return value.trim() === '' ? `${name};` : `${name}: ${value}`;
}

/** A header as an option. Bytes that a terminal must not get are written by their octal numbers. */
function headerOption(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `-H ${shellQuote(text)}`;
  const escaped = text.replace(/[^\x20-\x7e]|['\\%]/g, (one) =>
    one === '%' ? '%%' : `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `-H "$(printf '${escaped}')"`;
}

/** The text of a body that a terminal shows and a shell takes unchanged; null for any other. */
function inlineText(body: Uint8Array): string | null {
  if (body.length > LARGEST_INLINE) return null;
  const text = Buffer.from(body).toString();
  const isWhole = Buffer.from(text).equals(body);
  // A tab would complete what is pasted into a terminal.
  const isPlain = text.split('\n').every((line) => safeText(line) === line);
  return isWhole && isPlain ? text : null;
}
