/** The simulator's instances: their state, what an update may say, and how they are told (VENDOR §8). */

import { EVENTS, UNLISTED_EVENTS } from '../eazewa/events.ts';
import { isObject } from '../eazewa/json.ts';
import { type FieldErrors, invalid, parseUrl } from './http.ts';

/** An instance as it is now. */
export interface Instance {
  readonly id: string;
  readonly name: string;
  /** The vendor's word for how far the client is: booting, qr, ready, … (VENDOR §6). */
  readonly status: string;
  readonly webhook: Webhook;
}

/** Where an instance sends which events. Without a url or without events it sends nothing. */
export interface Webhook {
  readonly url: string | null;
  readonly events: readonly string[];
}

/** What an update changes; what is absent stays as it is. */
export interface InstanceUpdate {
  readonly name?: string;
  readonly webhook?: Partial<Webhook>;
}

const OWNER = 'simulator@example.invalid';
const LONGEST_NAME = 255;
const LONGEST_URL = 2048;
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(EVENTS), ...UNLISTED_EVENTS]);

/** The instance after an update. */
export function updated(instance: Instance, { name, webhook }: InstanceUpdate): Instance {
  return {
    ...instance,
    name: name ?? instance.name,
    webhook: { ...instance.webhook, ...webhook },
  };
}

// What the client says about itself in an event is what the API says about it afterwards.
const STATUS_EVENTS: ReadonlySet<string> = new Set([
  'loading_screen',
  'qr',
  'authenticated',
  'auth_failure',
  'ready',
  'disconnected',
]);

/** The status of an instance after it had this event. */
export function statusAfter(event: string, status: string): string {
  return STATUS_EVENTS.has(event) ? event : status;
}

/** The instance as `GET /instances` and `GET /instances/{id}` tell it. */
export function instanceJson({ id, name, webhook }: Instance): object {
  return {
    id: /^\d{1,15}$/.test(id) ? Number(id) : id,
    name,
    owner: OWNER,
    webhook_url: webhook.url,
    webhook_events: webhook.events,
    is_trial: null,
  };
}

/** The instance as an update and `client/status` tell it: here the id is a string. */
export function clientJson({ id, name, status, webhook }: Instance): object {
  return {
    status: 'success',
    instanceId: id,
    name,
    data: null,
    instanceStatus: status,
    instanceWebhook: webhook.url,
    instanceEvents: webhook.events,
  };
}

/**
 * Reads an update from a parsed body, JSON or form. Unknown fields are ignored.
 * Throws a refusal with 422 that names every field that is not valid.
 */
export function readUpdate(body: unknown): InstanceUpdate {
  const errors: Record<string, readonly string[]> = {};
  const { name, webhook } = isObject(body) ? body : {};
  const update: { name?: string; webhook?: Partial<Webhook> } = {};

  if (typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME) update.name = name;
  else if (name !== undefined) errors.name = ['The name must be a text of 1 to 255 characters.'];

  if (isObject(webhook)) {
    Object.assign(errors, webhookErrors(webhook.url, webhook.events));
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

function webhookErrors(url: unknown, events: unknown): FieldErrors {
  const errors: Record<string, readonly string[]> = {};
  if (url !== undefined && url !== null && !isWebUrl(url)) {
    errors['webhook.url'] = ['The webhook.url must be a valid http or https url.'];
  }
  if (events === undefined) return errors;
  if (!Array.isArray(events)) return { ...errors, 'webhook.events': ['It must be an array.'] };
  for (const [index, event] of events.entries()) {
    if (KNOWN.has(event)) continue;
    errors[`webhook.events.${index}`] = [`The selected webhook.events.${index} is invalid.`];
  }
  return errors;
}

function isWebUrl(url: unknown): boolean {
  if (typeof url !== 'string' || url.length > LONGEST_URL) return false;
  const protocol = parseUrl(url)?.protocol;
  return protocol === 'http:' || protocol === 'https:';
}

/**
 * A form body in the shape of the JSON one: `name`, `webhook[url]`, `webhook[events][]` with or
 * without numbers. An empty value is null, as PHP frameworks read it: an empty url resets it, and
 * `webhook[events][]=` alone is the empty list.
 */
export function readForm(text: string): object {
  const body: Record<string, unknown> = {};
  const webhook: { url?: string | null; events?: string[] } = {};
  for (const [field, value] of new URLSearchParams(text)) {
    if (field === 'name') body.name = value;
    else if (field === 'webhook[url]') webhook.url = value === '' ? null : value;
    else if (/^webhook\[events\](?:\[\d*\])?$/.test(field)) {
      webhook.events ??= [];
      if (value !== '') webhook.events.push(value);
    }
  }
  return Object.keys(webhook).length > 0 ? { ...body, webhook } : body;
}
