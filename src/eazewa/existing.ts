/** The error for an instance that does not exist, with the instances that do. */

import { CliError } from '../errors.ts';
import type { Client } from './client.ts';

/** Adds the instances that there are to the error that this one does not exist. */
export async function withExisting(
  error: unknown,
  client: Client,
  signal?: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof CliError) || error.exit !== 'notFound') return error;
  const instances = await client.listInstances(signal).catch(() => []);
  const ids = instances.map(({ id, name }) => (name === null ? id : `${id} (${name})`));
  const hint =
    ids.length > 0
      ? `This API token has: ${ids.join(', ')}. Choose one with -i.`
      : 'This API token has no instance yet.';
  return new CliError('notFound', error.code, error.message, { hint, cause: error });
}
