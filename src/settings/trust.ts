/** Which server may be sent which credential: one that a source at least as trusted has named. */

import { CliError } from '../errors.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { DEFAULT_API_URL } from './api-url.ts';
import type { Setting, Source } from './sources.ts';

/** The working directory may be anybody's repository: its `.env` is trusted least. */
const RANK: Readonly<Record<Source, number>> = {
  flag: 3,
  environment: 3,
  default: 3,
  profile: 2,
  '.env': 1,
};

const IN_WORDS: Readonly<Record<Source, string>> = {
  flag: 'the command line',
  environment: 'the environment',
  default: 'the default',
  profile: 'your profile',
  '.env': 'the .env of this folder',
};

/** A server as it was named: now, or when it was written down (a journal's API url and source). */
export type NamedServer = Pick<Setting<string>, 'value' | 'source'>;

/**
 * The API token's (or authtoken's) value, if `server` may have it. `boundTo` is the API url that it
 * was checked against (a profile's token), else null: then only the ranks of the two sources count.
 * Throws `no_api_token` (auth) without a token, `untrusted_server` (usage) when the server may not.
 */
export function credentialFor(
  token: Setting<string> | null,
  boundTo: string | null,
  server: NamedServer,
): string {
  if (token === null) throw noToken();
  if (boundTo !== null) {
    if (server.value !== boundTo) throw elsewhere(token, boundTo, server);
    // The token's own source names this server too, so no other source can have lured it there.
    return token.value;
  }
  if (rankOf(server) < RANK[token.source]) throw untrusted(token, server);
  return token.value;
}

/** The vendor's own API is as trusted as a flag, whoever names it. */
function rankOf(server: NamedServer): number {
  return server.value === DEFAULT_API_URL ? RANK.default : RANK[server.source];
}

function noToken(): CliError {
  return new CliError('auth', 'no_api_token', 'There is no API token', {
    hint: 'Set EAZEWA_API_TOKEN, or put apiToken into your profile.',
  });
}

function untrusted(token: Setting<string>, server: NamedServer): CliError {
  const message =
    `${token.name} from ${IN_WORDS[token.source]} is not sent to ${maskUrl(server.value)}: ` +
    `that server was named by ${IN_WORDS[server.source]}, which is trusted less`;
  return new CliError('usage', 'untrusted_server', message, {
    hint:
      `If you trust that server, name it on the command line or in the environment; ` +
      `or put the ${token.name} it is to have into ${IN_WORDS[server.source]}.`,
    facts: { server: maskUrl(server.value), namedBy: server.source, tokenFrom: token.source },
  });
}

function elsewhere(token: Setting<string>, boundTo: string, server: NamedServer): CliError {
  const message =
    `${token.name} is not sent to ${maskUrl(server.value)}, named by ${IN_WORDS[server.source]}: ` +
    `it was checked against ${maskUrl(boundTo)} and is kept for that server only`;
  return new CliError('usage', 'untrusted_server', message, {
    hint: 'Set EAZEWA_API_TOKEN for that server, or log in to it with a profile of its own.',
    facts: { server: maskUrl(server.value), namedBy: server.source, tokenFrom: token.source },
  });
}
