/** Webhook subscriptions: further urls for an instance's events beside its webhook (VENDOR §1.9, §8). */

import type { IncomingMessage } from 'node:http';
import { isObject } from '../eazewa/json.ts';
import { type FieldErrors, invalid } from './http.ts';
import { webhookErrors } from './instance-input.ts';
import { readValue } from './request-body.ts';

/** One subscription in the API's shape. */
export interface Subscription {
  readonly id: number;
  readonly url: string;
  readonly events: readonly string[];
  /** The claimed origin, one of `SOURCES`. */
  readonly source: string;
}

/** A subscription without its id. */
export type NewSubscription = Omit<Subscription, 'id'>;

/** The subscriptions of every instance. */
export interface Subscriptions {
  /** The subscriptions of an instance, oldest first. */
  of(instanceId: string): readonly Subscription[];
  /** Adds a subscription; a url keeps the one that it has. Throws a refusal (422) when there are 25. */
  add(instanceId: string, wanted: NewSubscription): { subscription: Subscription; isNew: boolean };
  /** False when the instance has no subscription with this id. */
  remove(instanceId: string, id: string): boolean;
  /** Drops the subscriptions of a deleted instance. */
  forget(instanceId: string): void;
}

/** The limit for each instance (VENDOR §8). */
const MOST = 25;
const LONGEST_BODY = 64 * 1024;
const SOURCES = ['zapier', 'make', 'n8n', 'api'];

/** Starts empty. Ids are never reused. */
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

/** Reads the body that adds a subscription. Throws what {@link readValue} throws, and a refusal (422) with every invalid field. */
export async function readSubscription(request: IncomingMessage): Promise<NewSubscription> {
  const body = await readValue(request, { limit: LONGEST_BODY, lists: ['events'] });
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

/** Messages for required fields that are missing or empty. */
function required(fields: Readonly<Record<string, unknown>>): FieldErrors {
  const missing = Object.entries(fields).filter(
    ([, value]) => value === undefined || value === null || (Array.isArray(value) && !value.length),
  );
  return Object.fromEntries(missing.map(([name]) => [name, [`The ${name} field is required.`]]));
}
