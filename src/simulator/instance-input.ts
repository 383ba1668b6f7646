/** Reads the body that creates or updates an instance (VENDOR §8). */

import type { IncomingMessage } from 'node:http';
import { EVENTS, UNLISTED_EVENTS } from '../eazewa/events.ts';
import { isObject } from '../eazewa/json.ts';
import { type FieldErrors, invalid, parseUrl } from './http.ts';
import type { InstanceUpdate, Webhook } from './instances.ts';
import { readValue } from './request-body.ts';

const LONGEST_BODY = 1024 * 1024;
const LONGEST_NAME = 255;
const LONGEST_URL = 2048;
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(EVENTS), ...UNLISTED_EVENTS]);

/**
 * Reads a request's body. Ignores unknown fields and an empty body. An empty url in a form resets the
 * url, and `webhook[events][]=` alone is the empty list. Throws what {@link readValue} throws, and a
 * refusal (422) with every invalid field.
 */
export async function readUpdate(request: IncomingMessage): Promise<InstanceUpdate> {
  return checked(await readValue(request, { limit: LONGEST_BODY, lists: ['events'] }));
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
