/** The simulator's instances: their state, what changes it, and how the API tells it (VENDOR §6, §8). */

import { objectIn, textIn } from '../eazewa/json.ts';
import type { WebhookBody } from '../fixtures/load.ts';

/** How far an instance's client is, in the vendor's words and in their usual order (VENDOR §6). */
const STATUSES = [
  'booting',
  'loading_screen',
  'qr',
  'authenticated',
  'auth_failure',
  'ready',
  'disconnected',
] as const;

/** One of the vendor's words for how far a client is. */
export type Status = (typeof STATUSES)[number];

/** An instance as it is now. */
export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly webhook: Webhook;
  /** The picture of the last `qr` event, as a data url; null before one, or where it had none. */
  readonly qrCode: string | null;
}

/** Where an instance sends which events. Without a url or without events it sends nothing. */
export interface Webhook {
  readonly url: string | null;
  readonly events: readonly string[];
}

/** What a request changes, or creates with; what is absent stays as it is. */
export interface InstanceUpdate {
  readonly name?: string;
  readonly webhook?: Partial<Webhook>;
}

/** So many instances there may be: the quota of the simulator's account. */
export const MOST_INSTANCES = 100;

const OWNER = 'simulator@example.invalid';
// The recorded picture has some 5 kB; one of an event made by hand must not fill the memory.
const LONGEST_QR_CODE = 64 * 1024;

/** An instance as it begins: without a webhook, booting. */
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
 * The instance after it had this event: what the client says about itself is what the API says
 * about it afterwards. No event makes it boot again.
 */
export function afterEvent(instance: Instance, { event, data }: WebhookBody): Instance {
  const status = STATUSES.find((known) => known === event && known !== 'booting');
  if (status === undefined) return instance;
  if (status !== 'qr') return { ...instance, status };
  const picture = textIn(objectIn(data).base64);
  const qrCode = picture !== null && picture.length <= LONGEST_QR_CODE ? picture : null;
  return { ...instance, status, qrCode };
}

/** An id as the vendor has it in numbers: an integer, unless ours is none. */
export function numericId(id: string): number | string {
  return /^(?:0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id;
}

/** The highest of the ids that are numbers; 0 where none is. */
export function highestId(ids: Iterable<string>): number {
  const numbers = [...ids].map(numericId).filter((id) => typeof id === 'number');
  return Math.max(0, ...numbers);
}

/** The instance as the list, `GET /instances/{id}` and the answer to a creation tell it. */
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
