/** Webhook subscriptions: urls beside an instance's own webhook that get events too (VENDOR §1.9, §8). */

import type { IncomingMessage } from 'node:http';
import { isObject } from '../eazewa/json.ts';
import { type FieldErrors, invalid, parseJson, readBody } from './http.ts';
import { webhookErrors } from './instance-input.ts';

/** One subscription, as the API tells it. */
export interface Subscription {
  readonly id: number;
  readonly url: string;
  readonly events: readonly string[];
  /** Who says to have made it. */
  readonly source: string;
}

/** What a subscription is made of. */
export type NewSubscription = Omit<Subscription, 'id'>;

/** The subscriptions of every instance. */
export interface Subscriptions {
  /** Those of an instance, oldest first. */
  of(instanceId: string): readonly Subscription[];
  /** Adds one. Where the url has one already, that stays as it is. Throws a refusal (422) when there are 25. */
  add(instanceId: string, wanted: NewSubscription): { subscription: Subscription; isNew: boolean };
  /** False when the instance has none with this id. */
  remove(instanceId: string, id: string): boolean;
  /** For an instance that is deleted. */
  forget(instanceId: string): void;
}

/** So many an instance may have (VENDOR §8). */
const MOST = 25;
const LONGEST_BODY = 64 * 1024;
const SOURCES = ['zapier', 'make', 'n8n', 'api'];

/** Starts with none. An id is never given twice. */
export function createSubscriptions(): Subscriptions {
  const all = new Map<string, Subscription[]>();
  let newestId = 0;
  const of = (instanceId: string) => all.get(instanceId) ?? [];
  return {
    of,
    add(instanceId, wanted) {
      const own = of(instanceId);
      const existing = own.find(({ url }) => url === wanted.url);
      if (existing !== undefined) return { subscription: existing, isNew: false };
      if (own.length >= MOST) {
        throw invalid({ url: [`The instance has ${MOST} webhook subscriptions already.`] });
      }
      const subscription = { id: ++newestId, ...wanted };
      all.set(instanceId, [...own, subscription]);
      return { subscription, isNew: true };
    },
    remove(instanceId, id) {
      const own = of(instanceId);
      const left = own.filter((one) => String(one.id) !== id);
      all.set(instanceId, left);
      return left.length < own.length;
    },
    forget: (instanceId) => void all.delete(instanceId),
  };
}

/** Reads what to subscribe. Throws a refusal: 400 for what is no JSON, 413, and 422 that names every field that is not valid. */
export async function readSubscription(request: IncomingMessage): Promise<NewSubscription> {
  const body = parseJson(await readBody(request, LONGEST_BODY));
  const { url, events, source = 'api' } = isObject(body) ? body : {};
  const errors: Record<string, readonly string[]> = {
    ...required({ url, events }),
    ...webhookErrors(url ?? undefined, events ?? undefined, ''),
  };
  if (typeof source !== 'string' || !SOURCES.includes(source)) {
    errors.source = ['The selected source is invalid.'];
  }
  if (Object.keys(errors).length > 0) throw invalid(errors);
  const names = new Set(events as readonly string[]);
  return { url: url as string, events: [...names], source: source as string };
}

/** Complaints about fields that must be there, and must not be empty. */
function required(fields: Readonly<Record<string, unknown>>): FieldErrors {
  const missing = Object.entries(fields).filter(
    ([, value]) => value === undefined || value === null || (Array.isArray(value) && !value.length),
  );
  return Object.fromEntries(missing.map(([name]) => [name, [`The ${name} field is required.`]]));
}
