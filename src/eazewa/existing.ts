/** Reads an instance; the error for an unknown one names those that exist. */

import { CliError } from '../errors.ts';
import type { Client, Instance } from './client.ts';

/**
 * The instance with this id. Throws what the API gives; where the instance does not exist, the hint
 * of the error (notFound) names the instances that the API token has.
 */
export async function getExisting(
  client: Pick<Client, 'getInstance' | 'listInstances'>,
  instanceId: string,
  signal?: AbortSignal,
): Promise<Instance> {
  try {
    return await client.getInstance(instanceId, signal);
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== 'notFound') throw error;
    const instances = await client.listInstances(signal).catch(() => []);
    const ids = instances.map(({ id, name }) => (name === null ? id : `${id} (${name})`));
    const hint =
      ids.length > 0
        ? `This API token has: ${ids.join(', ')}. Choose one with -i.`
        : 'This API token has no instance yet.';
    throw new CliError('notFound', error.code, error.message, { hint, cause: error });
  }
}
