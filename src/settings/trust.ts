/** Which server may be sent which credential: one that a source at least as trusted has named. */

import { CliError } from '../errors.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { DEFAULT_API_URL } from './api-url.ts';
import type { AuthtokenSource, Setting, Source } from './sources.ts';

/** The working directory may be anybody's repository: its `.env` is trusted least. */
const RANK: Readonly<Record<AuthtokenSource, number>> = {
  flag: 3,
  environment: 3,
  default: 3,
  profile: 2,
  ngrok: 2,
  '.env': 1,
};

const IN_WORDS: Readonly<Record<Source, string>> = {
  flag: 'the command line',
  environment: 'the environment',
  default: 'the default',
  profile: 'your profile',
  '.env': 'the .env of this folder',
};

/** A kind of credential: what it is called where it can be given, and how its server is named. */
interface Credential {
  readonly is: string;
  readonly variable: string;
  readonly profileKey: string;
  readonly server: string;
}

const API_TOKEN: Credential = {
  is: 'an API token',
  variable: 'EAZEWA_API_TOKEN',
  profileKey: 'apiToken',
  server: '--api-url or EAZEWA_API_URL',
};

/** ngrok's, for {@link refuseUntrusted}. */
export const AUTHTOKEN: Credential = {
  is: 'an authtoken',
  variable: 'NGROK_AUTHTOKEN',
  profileKey: 'ngrokAuthtoken',
  server: '--ngrok-server or NGROK_SERVER_ADDR',
};

/** A server as it was named: now, or when it was written down (a journal's API url and source). */
export type NamedServer = Pick<Setting<string>, 'value' | 'source'>;

/**
 * The API token's value, if `server` may have it. `boundTo` is the API url that it
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
  refuseUntrusted(token, server, API_TOKEN);
  return token.value;
}

/** Throws `untrusted_server` (usage) when a source trusted less than the credential's own named the server. */
export function refuseUntrusted(
  token: Setting<string, AuthtokenSource>,
  server: NamedServer,
  kind: Credential,
): void {
  if (rankOf(server) < RANK[token.source]) throw untrusted(token, server, kind);
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

function untrusted(
  token: Setting<string, AuthtokenSource>,
  server: NamedServer,
  kind: Credential,
): CliError {
  const what =
    token.source === 'ngrok'
      ? `The authtoken in ${token.name}`
      : `${token.name} from ${IN_WORDS[token.source]}`;
  const message =
    `${what} is not sent to ${maskUrl(server.value)}: ` +
    `that server was named by ${IN_WORDS[server.source]}, which is trusted less`;
  const key = server.source === 'profile' ? kind.profileKey : kind.variable;
  // What wins over the one that is to be added has to go.
  const instead = RANK[token.source] === RANK.environment ? `, and leave out ${token.name}` : '';
  return new CliError('usage', 'untrusted_server', message, {
    hint:
      `If you trust that server, name it with ${kind.server}. Or let it have ${kind.is} of its ` +
      `own: put ${key} into ${IN_WORDS[server.source]}${instead}.`,
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
