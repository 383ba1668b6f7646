/** Reads the body that creates or updates an instance, as JSON or as a form (VENDOR §8). */

import type { IncomingMessage } from 'node:http';
import { EVENTS, UNLISTED_EVENTS } from '../eazewa/events.ts';
import { isObject } from '../eazewa/json.ts';
import { type FieldErrors, invalid, mediaType, parseJson, parseUrl, readBody } from './http.ts';
import type { InstanceUpdate, Webhook } from './instances.ts';

const LONGEST_BODY = 1024 * 1024;
const LONGEST_NAME = 255;
const LONGEST_URL = 2048;
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(EVENTS), ...UNLISTED_EVENTS]);

/**
 * Reads a request's body. Ignores unknown fields and an empty body. Throws a refusal: 400 for
 * neither JSON nor a form, 413, and 422 with every invalid field.
 */
export async function readUpdate(request: IncomingMessage): Promise<InstanceUpdate> {
  const bytes = await readBody(request, LONGEST_BODY);
  if (bytes.length === 0) return {};
  return checked(isForm(request, bytes) ? readForm(bytes.toString('utf8')) : parseJson(bytes));
}

/**
 * The vendor's PHP SDK sends forms with a JSON header (VENDOR §8). A body that begins with a form
 * field is a form: no JSON begins like that.
 */
function isForm(request: IncomingMessage, bytes: Buffer): boolean {
  if (mediaType(request) === 'application/x-www-form-urlencoded') return true;
  return /^(?:name|webhook(?:\[|%5B)[^=]{0,100})=/i.test(bytes.toString('latin1', 0, 200));
}

function checked(body: unknown): InstanceUpdate {
  const errors: Record<string, readonly string[]> = {};
  const { name, webhook } = isObject(body) ? body : {};
  const update: { name?: string; webhook?: Partial<Webhook> } = {};

  if (typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME) update.name = name;
  else if (name !== undefined) errors.name = ['The name must be a text of 1 to 255 characters.'];

  if (isObject(webhook)) {
    Object.assign(errors, webhookErrors(webhook.url, webhook.events, 'webhook.'));
    update.webhook = {
      ...(webhook.url === undefined ? {} : { url: webhook.url as string | null }),
      ...(webhook.events === undefined
        ? {}
        : { events: [...new Set(webhook.events as readonly string[])] }),
    };
  } else if (webhook !== undefined) {
    errors.webhook = ['The webhook must be an object with url and events.'];
  }

  if (Object.keys(errors).length > 0) throw invalid(errors);
  return update;
}

/** The validation messages for a url and a list of events; `prefix` begins each field's name. */
export function webhookErrors(url: unknown, events: unknown, prefix: string): FieldErrors {
  const errors: Record<string, readonly string[]> = {};
  if (url !== undefined && url !== null && !isWebUrl(url)) {
    errors[`${prefix}url`] = [`The ${prefix}url must be a valid http or https url.`];
  }
  if (events === undefined) return errors;
  if (!Array.isArray(events)) return { ...errors, [`${prefix}events`]: ['It must be an array.'] };
  for (const [index, event] of events.entries()) {
    if (KNOWN.has(event)) continue;
    const field = `${prefix}events.${index}`;
    errors[field] = [`The selected ${field} is invalid.`];
  }
  return errors;
}

function isWebUrl(url: unknown): boolean {
  if (typeof url !== 'string' || url.length > LONGEST_URL) return false;
  const protocol = parseUrl(url)?.protocol;
  return protocol === 'http:' || protocol === 'https:';
}

/**
 * A form in the shape of the JSON body: `name`, `webhook[url]`, `webhook[events][]` with or without
 * numbers for the order. An empty value is null, as in PHP frameworks: an empty url resets the url,
 * and `webhook[events][]=` alone is the empty list.
 */
function readForm(text: string): object {
  const body: { name?: string; webhook?: object } = {};
  const webhook: { url?: string | null; events?: readonly string[] } = {};
  const events = new Map<number, string>();
  let next = 0;
  for (const [field, value] of new URLSearchParams(text)) {
    if (field === 'name') body.name = value;
    else if (field === 'webhook[url]') webhook.url = value === '' ? null : value;
    else {
      const [listed, digits] = /^webhook\[events\](?:\[(\d{0,9})\])?$/.exec(field) ?? [];
      if (listed === undefined) continue;
      const index = digits ? Number(digits) : next;
      next = Math.max(next, index + 1);
      events.set(index, value);
      webhook.events = [];
    }
  }
  if (webhook.events !== undefined) {
    const ordered = [...events].sort(([one], [other]) => one - other);
    webhook.events = ordered.flatMap(([, event]) => event || []);
  }
  return Object.keys(webhook).length > 0 ? { ...body, webhook } : body;
}
