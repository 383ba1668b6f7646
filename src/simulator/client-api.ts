/** The API's answers about an instance's WhatsApp client: status, me, qr and actions (VENDOR §8). */

import type { Instance, Status } from './instances.ts';

/** The answer's key for `…/client/<name>`; all other answers use `data`. */
const KEYS: Readonly<Record<string, string>> = { status: 'clientStatus', me: 'me', qr: 'qrCode' };

/**
 * The envelope of an answer: the content, a link to itself, and a status that only says that
 * the request was understood. `self` is the whole url without its query.
 */
export function envelope(self: string, about: object): object {
  const key = KEYS[/\/client\/(status|me|qr)$/.exec(self)?.[1] ?? ''] ?? 'data';
  return { [key]: about, links: { self }, status: 'success' };
}

/** The instance in the answers to an update and to `client/status`, where the id is a string. */
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

// The account of the fixtures. Its number is reserved for fiction.
const ME = {
  displayName: 'Simulator',
  contactId: '12025550100@c.us',
  formattedNumber: '+1 202 555 0100',
  profilePicUrl: 'https://simulator.example.invalid/profile.jpg',
};

/** The client's own account. Only a ready client knows it. */
export function me(instance: Instance): object {
  if (instance.status !== 'ready') return notIn('ready', instance);
  return { status: 'success', instanceId: instance.id, data: ME };
}

/** The pairing code, while the client waits for a scan. */
export function qr(instance: Instance): object {
  if (instance.status !== 'qr') return notIn('qr', instance);
  return { status: 'success', instanceId: instance.id, data: { qr_code: instance.qrCode } };
}

/** The result of an action. Only a ready client can act. */
export function found(instance: Instance, look: () => readonly object[]): object {
  if (instance.status !== 'ready') return notIn('ready', instance);
  return { status: 'success', instanceId: instance.id, data: look() };
}

/** The error inside a 200. Recorded for `me`; that the other answers look alike is a guess. */
function notIn(needed: Status, { id, status }: Instance): object {
  return {
    status: 'error',
    message: `instance not ${needed}`,
    instanceId: id,
    explanation: `instance has to be in ${needed} status to perform this request`,
    instanceStatus: status,
  };
}
