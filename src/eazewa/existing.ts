/** Reads an instance; the error for an unknown one names those that exist. */

import { CliError } from '../errors.ts';
import type { Client, Instance } from './client.ts';

/**
 * The instance with this id. Throws what the API gives. After a 404 it reads the list of instances:
 * `no_such_instance` (notFound) names those that the API token has, or says why they are not known;
 * `wrong_api_url` (vendor) where the url answers neither request as the vendor does; and
 * `vendor_contradicts` (vendor) where the list has the instance.
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
    const instances = await client.listInstances(signal).catch((unread: unknown) => {
      throw withoutList(instanceId, error, unread);
    });
    if (instances.some(({ id }) => id === instanceId)) throw contradiction(instanceId, error);
    const ids = instances.map(({ id, name }) => (name === null ? id : `${id} (${name})`));
    const hint =
      ids.length > 0
        ? `This API token has: ${ids.join(', ')}. Choose one with -i.`
        : 'This API token has no instance yet.';
    throw new CliError('notFound', error.code, error.message, { hint, cause: error });
  }
}

/** Whether this answer to the request for the list shows that the url is not that of the vendor's API. */
function isNotTheApi({ code, facts }: CliError): boolean {
  const isMissing = code === 'vendor_error' && facts.status === 404;
  return isMissing || code === 'vendor_unexpected' || code === 'vendor_redirect';
}

/** A 404 whose list of instances cannot be read: it does not say that there is no instance. */
function withoutList(instanceId: string, notFound: CliError, unread: unknown): unknown {
  if (!(unread instanceof CliError)) return unread;
  if (isNotTheApi(unread)) {
    return new CliError(
      'vendor',
      'wrong_api_url',
      `The API url looks wrong: it has neither instance ${instanceId} nor a list of instances (${unread.message})`,
      { hint: "Check --api-url: the vendor's ends in /api/v1.", cause: unread },
    );
  }
  return new CliError('notFound', notFound.code, notFound.message, {
    hint: `Whether it exists is not certain, since the list of instances could not be read: ${unread.message}`,
    cause: unread,
  });
}

function contradiction(instanceId: string, cause: CliError): CliError {
  return new CliError(
    'vendor',
    'vendor_contradicts',
    `The vendor lists instance ${instanceId}, but says that it does not exist`,
    { hint: 'Try again later.', cause },
  );
}
