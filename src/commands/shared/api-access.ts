/** The vendor's API for a command: what opens it, and which instance is meant when none is named. */

import { createClient } from '../../eazewa/client.ts';
import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import type { Settings } from '../../settings/settings.ts';
import { credentialFor } from '../../settings/trust.ts';
import type { ApiAccess } from '../../takeover/options.ts';

/** What opens the API at a url, which is as trusted as who named it. Throws `no_api_token` and `untrusted_server` (usage). */
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

/** The only instance that an API token has. Throws `which_instance` (usage) that lists them. */
export async function onlyInstance(access: ApiAccess): Promise<string> {
  const client = createClient({ ...access, env: access.proxyEnv });
  try {
    const instances = await client.listInstances();
    const [only] = instances;
    if (only !== undefined && instances.length === 1) return only.id;
    const ids = instances
      .map(({ id, name }) => (name === null ? id : `${id} (${name})`))
      .join(', ');
    throw new CliError('usage', 'which_instance', 'Which instance is meant?', {
      hint: ids === '' ? 'This API token has none yet.' : `Choose one with -i: ${ids}`,
    });
  } finally {
    await client.close();
  }
}

/** The variables that name a proxy for the vendor's API. */
export function proxyEnv(io: Pick<Io, 'env'>): Record<string, string | undefined> {
  const names = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
  return Object.fromEntries(names.map((name) => [name, io.env[name]]));
}
