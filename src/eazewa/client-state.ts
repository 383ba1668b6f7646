/** Reads the state of an instance's WhatsApp client, as one more fact for `status`. */

import type { Client } from './client.ts';

/**
 * The state of an instance's WhatsApp client (VENDOR §6), such as `ready`; null where the API does
 * not say or cannot be reached. Never throws: the callers show it beside facts that matter more.
 */
export async function readClientState(
  client: Pick<Client, 'clientStatus'>,
  instanceId: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const status = await client.clientStatus(instanceId, signal).catch(() => null);
  return status?.state ?? null;
}
