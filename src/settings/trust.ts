/** Decides which server a credential is sent to: one named by a source at least as trusted as the credential's. */

import { CliError } from '../errors.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { DEFAULT_API_URL } from './api-url.ts';
import type { AuthtokenSource, Setting, Source } from './sources.ts';

/** The `.env` is trusted least: the working directory may be anybody's repository. */
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

/** A kind of credential: its name, where to set it, and how to name its server. */
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

/** The authtoken of ngrok, for {@link refuseUntrusted}. */
export const AUTHTOKEN: Credential = {
  is: 'an authtoken',
  variable: 'NGROK_AUTHTOKEN',
  profileKey: 'ngrokAuthtoken',
  server: '--ngrok-server or NGROK_SERVER_ADDR',
};

/** A server with the source that named it, now or in a journal. */
export type NamedServer = Pick<Setting<string>, 'value' | 'source'>;

/**
 * The API token's value, if it may be sent to `server`. `boundTo` is the only API url that it may be
 * sent to (a profile's token), or null where only the ranks of the two sources count.
 * Throws `no_api_token` (auth) without a token, and `untrusted_server` (usage).
 */
export function credentialFor(
  token: Setting<string> | null,
  boundTo: string | null,
  server: NamedServer,
): string {
  if (token === null) throw noToken(server);
  if (boundTo !== null) {
    if (server.value !== boundTo) throw elsewhere(token, boundTo, server);
    // The token's own source names this server too: no less trusted source can redirect the token.
    return token.value;
  }
  refuseUntrusted(token, server, API_TOKEN);
  return token.value;
}

/** Throws `untrusted_server` (usage) when a source less trusted than the credential's named the server. */
export function refuseUntrusted(
  token: Setting<string, AuthtokenSource>,
  server: NamedServer,
  kind: Credential,
): void {
  if (rankOf(server) < RANK[token.source]) throw untrusted(token, server, kind);
}

/** The vendor's own API is as trusted as a flag, whichever source names it. */
function rankOf(server: NamedServer): number {
  return server.value === DEFAULT_API_URL ? RANK.default : RANK[server.source];
}

/** Where the vendor's account makes API tokens (the README of the vendor's own SDK for TypeScript). */
const API_TOKENS = 'https://waapi.app/user/api-tokens';

function noToken({ value }: NamedServer): CliError {
  const where = value === DEFAULT_API_URL ? ` (your account makes one: ${API_TOKENS})` : '';
  return new CliError('auth', 'no_api_token', 'No API token is set', {
    hint: `Set EAZEWA_API_TOKEN${where}, or apiToken in your profile. The simulator needs none: eazewa-hooks listen --simulate`,
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
    `${IN_WORDS[server.source]} names that server, and is trusted less`;
  const key = server.source === 'profile' ? kind.profileKey : kind.variable;
  // The new credential only counts without the one that takes precedence.
  const instead =
    RANK[token.source] === RANK.environment
      ? `, and unset ${token.name} in ${IN_WORDS.environment}`
      : '';
  return new CliError('usage', 'untrusted_server', message, {
    hint:
      `If you trust that server, name it with ${kind.server}. Or give it ${kind.is} of its own: ` +
      `set ${key} in ${IN_WORDS[server.source]}${instead}.`,
    facts: { server: maskUrl(server.value), namedBy: server.source, tokenFrom: token.source },
  });
}

function elsewhere(token: Setting<string>, boundTo: string, server: NamedServer): CliError {
  const message =
    `${token.name} is not sent to ${maskUrl(server.value)}, named by ${IN_WORDS[server.source]}: ` +
    `it is for ${maskUrl(boundTo)} only`;
  return new CliError('usage', 'untrusted_server', message, {
    hint: 'Set EAZEWA_API_TOKEN for that server, or use a profile with an apiToken and apiUrl of its own.',
    facts: { server: maskUrl(server.value), namedBy: server.source, tokenFrom: token.source },
  });
}
