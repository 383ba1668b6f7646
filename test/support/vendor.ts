/** The vendor for tests of processes: `eazewa-hooks simulate` in its own process. */

import type { Entry, Place, Program } from './program.ts';
import { until } from './until.ts';

export const API_TOKEN = 'a-token-for-tests';

export interface Vendor {
  readonly apiUrl: string;
  readonly program: Program;
  /** The webhook in `GET /instances/33`. */
  webhook(): Promise<{ url: string | null; events: string[] }>;
  /** The subscriptions beside the webhook. */
  subscriptions(): Promise<{ id: number; url: string; events: string[] }[]>;
  setWebhook(url: string | null, events: readonly string[]): Promise<void>;
  /** Emits until the signal aborts; `body` as for `/_simulator/emit`. */
  emit(body: Record<string, unknown>, signal?: AbortSignal): Promise<Entry>;
  /** Adds a fault for the next requests; `body` as for `/_simulator/faults`. */
  fault(body: Record<string, unknown>): Promise<Entry>;
  /** Removes the remaining faults. */
  heal(): Promise<Entry>;
  /** All deliveries, after each was answered. */
  deliveries(): Promise<Entry[]>;
  /** The arguments and environment for `eazewa-hooks` to use this vendor. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a simulator with instance 33, this webhook and these further variables of its environment. */
export async function startVendor(
  place: Place,
  webhook: { url?: string; events?: string; apiToken?: string } = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Vendor> {
  const { url, events = 'message', apiToken = API_TOKEN } = webhook;
  const args = [
    ...['simulate', '--json', '--quiet', '--scenario', 'none', '--instance', '33'],
    ...['--api-token', apiToken, '--events', events],
    ...(url === undefined ? [] : ['--webhook', url]),
  ];
  const program = place.run(args, env);
  const { apiUrl } = await program.entry('simulator');
  const call = async (path: string, init: RequestInit = {}): Promise<Entry> => {
    const headers = { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' };
    const response = await fetch(new URL(path, apiUrl), { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Entry;
  };
  const instance = '/api/v1/instances/33';
  return {
    apiUrl,
    program,
    async webhook() {
      const { instance: found } = await call(instance);
      return { url: found.webhook_url, events: found.webhook_events };
    },
    async subscriptions() {
      return (await call(`${instance}/webhooks`)).data;
    },
    async setWebhook(to, names) {
      const body = JSON.stringify({ webhook: { url: to, events: names } });
      await call(instance, { method: 'PUT', body });
    },
    emit: (body, signal) =>
      call('/_simulator/emit', {
        method: 'POST',
        body: JSON.stringify(body),
        ...(signal && { signal }),
      }),
    fault: (body) => call('/_simulator/faults', { method: 'POST', body: JSON.stringify(body) }),
    heal: () => call('/_simulator/faults', { method: 'DELETE' }),
    deliveries() {
      return until(async () => {
        const { deliveries, pending } = await call('/_simulator/deliveries?limit=10000');
        return pending === 0 && (deliveries as Entry[]);
      }, 'all deliveries have had their answer');
    },
    args: ['--api-url', apiUrl, '-i', '33', '--tunnel', 'none'],
    env: { EAZEWA_API_TOKEN: apiToken },
  };
}
