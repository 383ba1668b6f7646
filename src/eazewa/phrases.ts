/** The parts of summaries: names, quotes, lists, sizes, durations. */

import { safeText } from '../platform/safe-text.ts';
import { type JsonObject, listIn, numberIn, objectIn, textIn } from './json.ts';
import { jidIn } from './webhook.ts';

/** The longest part in graphemes, which leaves room for the parts after it. */
const PART = 40;
/** The most items of a list to name. */
const NAMED = 3;
/** The longest text to process, in UTF-16 units: far more than fits a line. */
const QUOTED = 16 * 1024;

/** Cuts a text to the length of a part, or to `most` graphemes. */
export function clip(text: string, most = PART): string {
  return safeText(text, most);
}

/** A text in quotes. A text of 64 MiB is cut first to what a line could show. */
export function quote(text: string, most?: number): string {
  return `"${most === undefined ? text.slice(0, QUOTED) : clip(text, most)}"`;
}

/** `491511234567`. A lid, a group or a channel keeps its whole jid, its only name (VENDOR §5). */
export function name(value: unknown): string {
  const jid = jidIn(value);
  if (jid === null) return 'somebody';
  return clip(jid.endsWith('@c.us') && jid.length > '@c.us'.length ? jid.slice(0, -5) : jid);
}

/** A push name, marked `~` as in WhatsApp; null without one (VENDOR §3 `notifyName`). */
export function pushName(message: JsonObject): string | null {
  const called = textIn(objectIn(message._data).notifyName)?.trim();
  return called ? `~${clip(called, 24)}` : null;
}

/** `a, b and 7 more`: the first parts of a list of any length. */
export function listed(values: unknown, say: (value: unknown) => string): string {
  const all = listIn(values);
  const told = all.slice(0, NAMED).map(say);
  const rest = all.length - told.length;
  return rest > 0 ? `${told.join(', ')} and ${rest} more` : told.join(', ');
}

const UNITS = ['B', 'kB', 'MB', 'GB'];

/** `240 kB`, `1.4 MB`; null for an invalid size. */
export function size(bytes: number | null): string | null {
  if (bytes === null || bytes < 0 || bytes >= 1e12) return null;
  let number = Math.round(bytes);
  let unit = 0;
  for (; number >= 999.5 && unit < UNITS.length - 1; unit++) number /= 1000;
  const digits = unit >= 2 && number < 9.95 ? 1 : 0;
  return `${number.toFixed(digits)} ${UNITS[unit]}`;
}

/** `0:27`, `1:02:05` for seconds as number or text (VENDOR §3 `duration`); null for an invalid one. */
export function duration(value: unknown): string | null {
  const seconds = Math.round(numberIn(value) ?? -1);
  if (seconds < 0 || seconds >= 360_000) return null;
  const two = (number: number) => String(number).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

/** The non-empty parts, separated by spaces. */
export function join(...parts: (string | null | false)[]): string {
  return parts.filter((part) => part !== null && part !== false && part !== '').join(' ');
}
