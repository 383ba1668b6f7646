/** Reads the value of a request's body: JSON, or a form as PHP clients send it (VENDOR §8). */

import type { IncomingMessage } from 'node:http';
import { mediaType, parseJson, readBody } from './http.ts';

/** How to read a body. */
export interface BodyOptions {
  /** In bytes. */
  readonly limit: number;
  /** Fields of a form that are lists even with a single value. */
  readonly lists?: readonly string[];
}

/** Nested fields of a form, `a[b][c]`, go no deeper than this. */
const DEEPEST = 8;

/**
 * The value of a body; `{}` for an empty one. In a form every value is text, and an empty one is null,
 * or nothing in a list. Throws a refusal: 400 for neither JSON nor a form, 413, 422 for JSON that is
 * nested too deep.
 */
export async function readValue(
  request: IncomingMessage,
  { limit, lists = [] }: BodyOptions,
): Promise<unknown> {
  const bytes = await readBody(request, limit);
  if (bytes.length === 0) return {};
  return isForm(request, bytes) ? readForm(bytes.toString('utf8'), lists) : parseJson(bytes);
}

/**
 * The vendor's PHP SDK sends forms with a JSON header (VENDOR §8). A body that begins with a field is a
 * form: no JSON begins like that.
 */
function isForm(request: IncomingMessage, bytes: Buffer): boolean {
  if (mediaType(request) === 'application/x-www-form-urlencoded') return true;
  return /^\w+(?:(?:\[|%5B)[^=]{0,100})?=/i.test(bytes.toString('latin1', 0, 200));
}

/** The fields inside brackets; `next` is the number that `[]` stands for. */
interface Fields {
  readonly named: Map<string, string | Fields>;
  next: number;
}

const noFields = (): Fields => ({ named: new Map(), next: 0 });

function readForm(text: string, lists: readonly string[]): object {
  const form = noFields();
  for (const [name, value] of new URLSearchParams(text)) {
    const [, first = '', rest = ''] = /^([^[]+)((?:\[[^\]]*\])*)$/.exec(name) ?? [];
    const keys = [first, ...[...rest.matchAll(/\[([^\]]*)\]/g)].map(([, key = '']) => key)];
    if (first !== '' && keys.length <= DEEPEST) place(form, keys, value);
  }
  return objectOf(form, new Set(lists));
}

/** Puts a value where its keys say. */
function place(fields: Fields, [key = '', ...deeper]: readonly string[], value: string): void {
  const name = key === '' ? String(fields.next) : key;
  if (isNumber(name)) fields.next = Math.max(fields.next, Number(name) + 1);
  if (deeper.length === 0) {
    fields.named.set(name, value);
    return;
  }
  const there = fields.named.get(name);
  const inner = there === undefined || typeof there === 'string' ? noFields() : there;
  fields.named.set(name, inner);
  place(inner, deeper, value);
}

function objectOf({ named }: Fields, lists: ReadonlySet<string>): object {
  return Object.fromEntries([...named].map(([name, field]) => [name, itemOf(name, field, lists)]));
}

function itemOf(name: string, field: string | Fields, lists: ReadonlySet<string>): unknown {
  const isList = lists.has(name);
  if (typeof field === 'string') {
    if (isList) return field === '' ? [] : [field];
    return field === '' ? null : field;
  }
  if (!isList && ![...field.named.keys()].every(isNumber)) return objectOf(field, lists);
  const numbered = [...field.named].filter(([key]) => isNumber(key));
  const ordered = numbered.sort(([one], [other]) => Number(one) - Number(other));
  return ordered.map(([, item]) => itemOf('', item, lists)).filter((item) => item !== null);
}

function isNumber(key: string): boolean {
  return /^\d{1,9}$/.test(key);
}
