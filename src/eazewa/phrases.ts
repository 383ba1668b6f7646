/** The small parts that summaries are put together from: names, quotes, lists, sizes, durations. */

import { safeText } from '../platform/safe-text.ts';
import { type JsonObject, listIn, numberIn, objectIn, textIn } from './json.ts';
import { jidIn } from './webhook.ts';

/** A part may be this long, so that what stands after it is still seen. In graphemes. */
const PART = 40;
/** Of a list, so many are named. */
const NAMED = 3;
/** Of a text, in UTF-16 units: far more than a line has room for. */
const QUOTED = 16 * 1024;

/** A text cut to a part of a line, or to `most` graphemes. */
export function clip(text: string, most = PART): string {
  return safeText(text, most);
}

/** A text in quotes: of one of 64 MiB no more than a line could show is touched. */
export function quote(text: string, most?: number): string {
  return `"${most === undefined ? text.slice(0, QUOTED) : clip(text, most)}"`;
}

/** `491511234567`; a hidden id, a group or a channel stays whole, since nothing else names it (VENDOR §5). */
export function name(value: unknown): string {
  const jid = jidIn(value);
  if (jid === null) return 'somebody';
  return clip(jid.endsWith('@c.us') && jid.length > '@c.us'.length ? jid.slice(0, -5) : jid);
}

/** What somebody calls themselves, marked as WhatsApp does; null where it is not told (VENDOR §3 `notifyName`). */
export function pushName(message: JsonObject): string | null {
  const called = textIn(objectIn(message._data).notifyName)?.trim();
  return called ? `~${clip(called, 24)}` : null;
}

/** `a, b and 7 more`: so many parts as a line has room for, of a list of any length. */
export function listed(values: unknown, say: (value: unknown) => string): string {
  const all = listIn(values);
  const told = all.slice(0, NAMED).map(say);
  const rest = all.length - told.length;
  return rest > 0 ? `${told.join(', ')} and ${rest} more` : told.join(', ');
}

const UNITS = ['B', 'kB', 'MB', 'GB'];

/** `240 kB`, `1.4 MB`; null for what is no size. */
export function size(bytes: number | null): string | null {
  if (bytes === null || bytes < 0 || bytes >= 1e12) return null;
  let number = Math.round(bytes);
  let unit = 0;
  for (; number >= 999.5 && unit < UNITS.length - 1; unit++) number /= 1000;
  const digits = unit >= 2 && number < 9.95 ? 1 : 0;
  return `${number.toFixed(digits)} ${UNITS[unit]}`;
}

/** `0:27`, `1:02:05` for seconds, which may come as a text (VENDOR §3 `duration`); null for what is none. */
export function duration(value: unknown): string | null {
  const seconds = Math.round(numberIn(value) ?? -1);
  if (seconds < 0 || seconds >= 360_000) return null;
  const two = (number: number) => String(number).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

/** The parts that there are, with a space between them. */
export function join(...parts: (string | null | false)[]): string {
  return parts.filter((part) => part !== null && part !== false && part !== '').join(' ');
}
