/** The simulator's instances: their state, its changes, and its JSON in the API (VENDOR §6, §8). */

import { objectIn, textIn } from '../eazewa/json.ts';
import type { WebhookBody } from '../fixtures/load.ts';

/** The states of an instance's client in their usual order (VENDOR §6). */
const STATUSES = [
  'booting',
  'loading_screen',
  'qr',
  'authenticated',
  'auth_failure',
  'ready',
  'disconnected',
] as const;

/** The vendor's name of a client's state. */
export type Status = (typeof STATUSES)[number];

/** An instance at one moment. */
export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly webhook: Webhook;
  /** The image of the last `qr` event as a data url; null without one. */
  readonly qrCode: string | null;
}

/** An instance's webhook. Without a url or without events the instance sends nothing. */
export interface Webhook {
  readonly url: string | null;
  readonly events: readonly string[];
}

/** The fields to change; absent ones stay. */
export interface InstanceUpdate {
  readonly name?: string;
  readonly webhook?: Partial<Webhook>;
}

/** The quota of the simulator's account. */
export const MOST_INSTANCES = 100;

const OWNER = 'simulator@example.invalid';
// The recorded image has 5 kB; a handmade event must not fill the memory.
const LONGEST_QR_CODE = 64 * 1024;

/** A new instance: booting, without a webhook. */
export function bootingInstance(id: string): Instance {
  const webhook = { url: null, events: [] };
  return { id, name: `Instance ${id}`, status: 'booting', webhook, qrCode: null };
}

/** The instance after an update. */
export function updated(instance: Instance, { name, webhook }: InstanceUpdate): Instance {
  return {
    ...instance,
    name: name ?? instance.name,
    webhook: { ...instance.webhook, ...webhook },
  };
}

/**
 * The instance after this event: its client's events change the state that the API reports.
 * No event makes it boot again.
 */
export function afterEvent(instance: Instance, { event, data }: WebhookBody): Instance {
  const status = STATUSES.find((known) => known === event && known !== 'booting');
  if (status === undefined) return instance;
  if (status !== 'qr') return { ...instance, status };
  const picture = textIn(objectIn(data).base64);
  const qrCode = picture !== null && picture.length <= LONGEST_QR_CODE ? picture : null;
  return { ...instance, status, qrCode };
}

/** An id as an integer, as the vendor has it; unchanged where it is none. */
export function numericId(id: string): number | string {
  return /^(?:0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id;
}

/** The highest numeric id; 0 without one. */
export function highestId(ids: Iterable<string>): number {
  const numbers = [...ids].map(numericId).filter((id) => typeof id === 'number');
  return Math.max(0, ...numbers);
}

/** The instance in the list, in `GET /instances/{id}` and in the answer to a creation. */
export function instanceJson({ id, name, webhook }: Instance): object {
  return {
    id: numericId(id),
    name,
    owner: OWNER,
    webhook_url: webhook.url,
    webhook_events: webhook.events,
    is_trial: null,
  };
}
