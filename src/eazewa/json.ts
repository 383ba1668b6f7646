/** Reads untrusted JSON without assumptions about its shape. */

/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object, or an empty one, so that reading its fields never throws. */
export function objectIn(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** Whether a value is a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is a non-empty string, else null. */
export function textIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A text as every history returns it: U+FFFD in place of NUL and lone surrogates. */
export function storableText(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd').replaceAll('\0', '\ufffd');
}

/** The value as a text to store if it is a non-empty string, else null. */
export function storableIn(value: unknown): string | null {
  const text = textIn(value);
  return text === null ? null : storableText(text);
}

/** The value if it is an integer or the text of one that every history can store, else null. */
export function integerIn(value: unknown): number | null {
  const number = numberIn(value);
  return Number.isSafeInteger(number) ? number : null;
}

/** The value if it is a finite number or the text of one, else null. */
export function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** The values of an array; none for anything else. */
export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const DEEPEST_CHANGED = 512;
/** The message for a value that {@link isTooDeep}. */
export const TOO_DEEP = `nested deeper than ${DEEPEST_CHANGED}`;

/**
 * Whether a value is nested too deep to change: freshening, overrides and, in most versions of Node,
 * JSON.stringify recurse. Goes level by level: a hostile body may be nested a million deep.
 */
export function isTooDeep(value: unknown): boolean {
  let level = [value].filter(isNode);
  for (let depth = 0; depth <= DEEPEST_CHANGED; depth++) {
    if (level.length === 0) return false;
    level = level.flatMap((node) => Object.values(node).filter(isNode));
  }
  return true;
}

function isNode(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const BASE64_FROM = 1024;
const DEEPEST = 64;
const BASE64 = /^(?:data:[\w/+.;=-]{0,100},)?[A-Za-z0-9+/_-]+={0,2}$/;

/** Whether a string is base64 of 1,024 characters or more. */
export function isBase64(text: string): boolean {
  return text.length >= BASE64_FROM && BASE64.test(text);
}

/**
 * A value for display: a note of its length replaces base64 of 1,024 characters or more, unless
 * `full`. Anything nested more than 64 deep is cut: JSON.stringify and a thread's port recurse, and a
 * hostile body may be nested a million deep. Returns most values unchanged.
 */
export function elide(value: unknown, full = false): unknown {
  return mayStay(value, full, 0) ? value : cut(value, full, 0);
}

function mayStay(value: unknown, full: boolean, depth: number): boolean {
  if (typeof value === 'string') return full || !isBase64(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= DEEPEST) return false;
  if (Array.isArray(value)) return value.every((item) => mayStay(item, full, depth + 1));
  // Not Object.values, which allocates a list for each object of each body.
  for (const key in value) {
    if (!mayStay((value as JsonObject)[key], full, depth + 1)) return false;
  }
  return true;
}

function cut(value: unknown, full: boolean, depth: number): unknown {
  if (typeof value === 'string') {
    return !full && isBase64(value) ? `[base64, ${value.length} characters]` : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '[nested deeper than 64]';
  if (Array.isArray(value)) return value.map((item) => cut(item, full, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, cut(item, full, depth + 1)]),
  );
}
