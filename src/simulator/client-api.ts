/** What the API tells of an instance's WhatsApp client: status, me, qr, and what an action found (VENDOR §8). */

import type { Instance, Status } from './instances.ts';

/** Where the answers to `…/client/<these>` have what they are about; all others have it in `data`. */
const KEYS: Readonly<Record<string, string>> = { status: 'clientStatus', me: 'me', qr: 'qrCode' };

/**
 * The envelope of an answer: what it is about, a link to itself, and a status that only says that
 * the request was understood. `self` is the whole url without a query.
 */
export function envelope(self: string, about: object): object {
  const key = KEYS[/\/client\/(status|me|qr)$/.exec(self)?.[1] ?? ''] ?? 'data';
  return { [key]: about, links: { self }, status: 'success' };
}

/** The instance as an update and `client/status` tell it: here the id is a string. */
export function clientStatus({ id, name, status, webhook }: Instance): object {
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

// The account that the fixtures are about; its number is reserved for fiction.
const ME = {
  displayName: 'Simulator',
  contactId: '12025550100@c.us',
  formattedNumber: '+1 202 555 0100',
  profilePicUrl: 'https://simulator.example.invalid/profile.jpg',
};

/** Who the client is, which only one that is ready knows. */
export function me(instance: Instance): object {
  if (instance.status !== 'ready') return notIn('ready', instance);
  return { status: 'success', instanceId: instance.id, data: ME };
}

/** The code to pair with, while one is waited for. */
export function qr(instance: Instance): object {
  if (instance.status !== 'qr') return notIn('qr', instance);
  return { status: 'success', instanceId: instance.id, data: { qr_code: instance.qrCode } };
}

/** What an action found, which only a client that is ready can do. */
export function found(instance: Instance, look: () => readonly object[]): object {
  if (instance.status !== 'ready') return notIn('ready', instance);
  return { status: 'success', instanceId: instance.id, data: look() };
}

/** The error inside of a success. Recorded of `me`; that the others have it alike is not known. */
function notIn(needed: Status, { id, status }: Instance): object {
  return {
    status: 'error',
    message: `instance not ${needed}`,
    instanceId: id,
    explanation: `instance has to be in ${needed} status to perform this request`,
    instanceStatus: status,
  };
}
