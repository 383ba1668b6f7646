/** The vendor's API for a command: its credentials, a client, and the only instance of an API token. */

import { type Client, createClient } from '../../eazewa/client.ts';
import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { safeText } from '../../platform/safe-text.ts';
import { shellWord } from '../../platform/shell-quote.ts';
import type { Settings } from '../../settings/settings.ts';
import { credentialFor } from '../../settings/trust.ts';
import type { ApiAccess } from '../../takeover/options.ts';
import { type Asking, pickedText, pickInstance } from './pick-instance.ts';

/**
 * The credentials for the API at a url, which is as trusted as the source that named it.
 * Throws `no_api_token` (auth) and `untrusted_server` (usage).
 */
export function apiAccess(
  { apiToken, apiTokenUrl }: Settings,
  io: Io,
  api: Pick<Settings['apiUrl'], 'value' | 'source'>,
): ApiAccess {
  return {
    apiUrl: api.value,
    apiUrlSource: api.source,
    apiToken: credentialFor(apiToken, apiTokenUrl, api),
    tokenName: apiToken?.name ?? '',
    proxyEnv: proxyEnv(io),
  };
}

/** A client of the vendor's API. The caller closes it. */
export function openClient(access: ApiAccess): Client {
  return createClient({ ...access, env: access.proxyEnv });
}

/**
 * The id of the only instance of an API token, or of the one that the user picks. Throws
 * `which_instance` (usage), which lists them, and `no_instance` (notFound).
 */
export async function onlyInstance(access: ApiAccess, asking: Asking): Promise<string> {
  const client = openClient(access);
  try {
    const instances = await client.listInstances();
    const [only] = instances;
    if (only === undefined) throw noInstance();
    if (instances.length === 1) return only.id;
    const offered = instances.map(({ id, name }) => {
      return {
        text: pickedText(id, name, null),
        flags: `-i ${shellWord(safeText(id, 64))}`,
        value: id,
      };
    });
    return await pickInstance(offered, asking);
  } finally {
    await client.close();
  }
}

function noInstance(): CliError {
  return new CliError('notFound', 'no_instance', 'This API token has no instance yet', {
    hint: 'Create one in your account, or try it without: eazewa-hooks listen --simulate',
  });
}

/** The environment variables that name a proxy for the vendor's API. */
function proxyEnv(io: Pick<Io, 'env'>): Record<string, string | undefined> {
  const names = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
  return Object.fromEntries(names.map((name) => [name, io.env[name]]));
}

/** The line for stderr while a webhook that was set is read back. */
export const LAGS =
  'The vendor accepted the webhook, but still shows the one before: waiting up to 15 s for it\n';
