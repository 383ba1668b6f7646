/** The name in a vCard (RFC 2426, RFC 6350, and the quoted-printable form of vCard 2.1). */

/** A photo before the name can have some hundred kB. */
const LONGEST = 2 * 1024 * 1024;
const LONGEST_NAME = 1000;
/** Names that are read before one that is not empty. */
const MOST_NAMES = 100;

/** A property's group, name and parameters; a parameter in quotes may have a colon. */
const NAME = /^(?:[\w-]{1,40}\.)?(FN|N)((?:;[^:"\r\n]*(?:"[^"\r\n]*"[^:"\r\n]*)*)?):/gim;

/** The formatted name (FN), else the one in parts (N); null without either. */
export function vCardName(vCard: string): string | null {
  const text = vCard.slice(0, LONGEST);
  const names: Record<string, string> = {};
  let read = 0;
  for (const { 0: whole, 1: property = '', 2: parameters = '', index } of text.matchAll(NAME)) {
    const key = property.toUpperCase();
    if (names[key]) continue;
    if (++read > MOST_NAMES) break;
    const value = valueAt(text, index + whole.length, parameters);
    names[key] = key === 'FN' ? unescaped(value) : inOrder(value);
    if (names.FN) break;
  }
  return names.FN || names.N || null;
}

/** A value from `start` on, its lines unfolded and its bytes decoded. */
function valueAt(text: string, start: number, parameters: string): string {
  const rest = text.slice(start, start + 4 * LONGEST_NAME);
  if (!/quoted-printable/i.test(parameters)) {
    return (/^.*/.exec(rest.replace(/\r?\n[ \t]/g, '')) ?? [''])[0].slice(0, LONGEST_NAME);
  }
  const [line] = /^.*/.exec(rest.replace(/=\r?\n[ \t]?/g, '')) ?? [''];
  const bytes = Buffer.from(
    line.replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number(`0x${hex}`))),
    'latin1',
  );
  const [, charset = 'utf-8'] = /charset="?([\w-]+)/i.exec(parameters) ?? [];
  return decoderFor(charset).decode(bytes).slice(0, LONGEST_NAME);
}

function decoderFor(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

/** `family;given;additional;prefix;suffix` as it is said: prefix, given, additional, family, suffix. */
function inOrder(value: string): string {
  const parts = value.split(/(?<!\\);/).map(unescaped);
  const [family, given, additional, prefix, suffix] = parts;
  return [prefix, given, additional, family, suffix].filter(Boolean).join(' ');
}

function unescaped(value: string): string {
  return value
    .replace(/\\n/gi, ' ')
    .replace(/\\([,;:\\])/g, '$1')
    .trim();
}
