/** Why an ngrok tunnel could not be opened, in words: ngrok's codes and what the network says. */

import { CliError } from '../errors.ts';
import { safeText } from '../platform/safe-text.ts';
import type { NgrokOptions } from './ngrok-options.ts';

/** Where the SDK connects to unless told otherwise (https://ngrok.com/docs/agent/connect-url). */
const DEFAULT_SERVER = 'connect.ngrok-agent.com:443';
const MAX_SAID = 300;
/** A server may answer with anything: no more of it is looked at. */
const MAX_READ = 4000;
/** What is shorter is no secret, and masking it would only garble what was said. */
const SHORTEST_SECRET = 8;

interface Words {
  /** The code of the error; those that are mended in the same way share one. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const GIVE_AUTHTOKEN =
  'Copy the authtoken whole from https://dashboard.ngrok.com/get-started/your-authtoken and set ' +
  'NGROK_AUTHTOKEN to it, or run: ngrok config add-authtoken <authtoken>';
const SEE_USAGE =
  'See https://dashboard.ngrok.com/billing; until then, lead a url of your own here: --public-url <url>';
const UPDATE = 'Update: npm install -g eazewa-hooks@latest';

/** What ngrok's codes mean (https://ngrok.com/docs/errors), as far as they happen to a listener. */
const WORDS: Readonly<Record<string, (options: NgrokOptions) => Words>> = {
  ERR_NGROK_4018: () => ({
    code: 'ngrok_authtoken_refused',
    message: 'ngrok opens no tunnel without the authtoken of an account',
    hint: GIVE_AUTHTOKEN,
  }),
  ERR_NGROK_105: () => ({
    code: 'ngrok_authtoken_refused',
    message: 'ngrok says that what it was given does not look like an authtoken',
    hint: `${GIVE_AUTHTOKEN} (An API key of ngrok's is something else.)`,
  }),
  ERR_NGROK_107: () => ({
    code: 'ngrok_authtoken_refused',
    message: 'ngrok no longer takes this authtoken: it was reset, revoked, or left with its team',
    hint: GIVE_AUTHTOKEN,
  }),
  ERR_NGROK_108: () => ({
    code: 'ngrok_session_limit',
    message: 'The ngrok account has as many agents running as its plan allows',
    hint: 'Stop one of them, here or on another machine: https://dashboard.ngrok.com/agents lists them.',
  }),
  ERR_NGROK_334: ({ domain }) => ({
    code: 'ngrok_url_in_use',
    message: `${domain ?? 'The url of this account'} is already online in another ngrok session`,
    hint:
      'Stop that one (https://dashboard.ngrok.com/endpoints shows it), or take another domain: ' +
      '--domain <name>',
  }),
  ERR_NGROK_725: () => ({
    code: 'ngrok_limit_reached',
    message: 'The ngrok account has used up its data transfer for this month',
    hint: SEE_USAGE,
  }),
  ERR_NGROK_727: () => ({
    code: 'ngrok_limit_reached',
    message: 'The ngrok account has used up its HTTP requests for this month',
    hint: SEE_USAGE,
  }),
  ERR_NGROK_120: () => ({
    code: 'ngrok_sdk_too_old',
    message: "ngrok takes only the newest version of its SDK without an account, and this isn't it",
    hint: `${UPDATE}. Or: ${GIVE_AUTHTOKEN}`,
  }),
  ERR_NGROK_121: () => ({
    code: 'ngrok_sdk_too_old',
    message: 'ngrok no longer takes the version of its SDK in this program for accounts like yours',
    hint: UPDATE,
  }),
  ERR_NGROK_3200: ({ domain }) => ({
    code: 'ngrok_endpoint_offline',
    message: `ngrok says that ${domain ?? 'the url'} is offline: no session serves it`,
    hint: 'Start listen again; https://dashboard.ngrok.com/endpoints shows what is online.',
  }),
  ERR_NGROK_8012: () => ({
    code: 'ngrok_receiver_unreachable',
    message: 'The ngrok tunnel is open, but its end here could not connect to the receiver',
    hint: 'Does a firewall on this machine stop connections to 127.0.0.1? Then start listen again.',
  }),
};

/**
 * What ngrok's SDK threw, as a tunnel error that says what helps; `facts.ngrokCode` is ngrok's code
 * where there is one. A {@link CliError} (a time that was over) is returned as it is. What the SDK
 * throws: NGROK §3. The error never holds the authtoken, which ngrok repeats in its own messages.
 */
export function ngrokError(thrown: unknown, options: NgrokOptions): CliError {
  if (thrown instanceof CliError) return thrown;
  const said = saidBy(thrown, options);
  const ngrokCode = codeOf(thrown);
  // Not the SDK's own error: it may hold the authtoken, and --debug prints it.
  const details = { cause: new Error(said), facts: { ngrokCode } };
  const known = ngrokCode !== null && Object.hasOwn(WORDS, ngrokCode) ? WORDS[ngrokCode] : null;
  if (known) {
    const { code, message, hint } = known(options);
    return new CliError('tunnel', code, `${message} (${ngrokCode})`, { ...details, hint });
  }
  if (ngrokCode !== null) {
    return new CliError('tunnel', 'ngrok_refused', `ngrok opens no tunnel: ${said}`, {
      ...details,
      hint: `${ngrokCode}: https://ngrok.com/docs/errors/${ngrokCode.toLowerCase()}`,
    });
  }
  const { code, message, hint } = network(said, options);
  const facts = { ...details.facts, server: options.server ?? DEFAULT_SERVER };
  return new CliError('tunnel', code, message, { ...details, hint, facts });
}

/** What a code means that ngrok's edge answers a request with, and what helps; null for one that we do not know. */
export function ngrokWords(
  code: string,
): { readonly message: string; readonly hint: string } | null {
  const nothing = { authtoken: null, domain: null, server: null, ca: null };
  return Object.hasOwn(WORDS, code) ? (WORDS[code]?.(nothing) ?? null) : null;
}

/** What went wrong before ngrok said anything. */
function network(said: string, { server, ca }: NgrokOptions): Words {
  const host = server ?? DEFAULT_SERVER;
  const whose = server === null ? `ngrok's server ${host}` : `The ngrok server ${host}`;
  if (said.includes('failed to establish tcp connection')) {
    return {
      code: 'ngrok_unreachable',
      message: `${whose} cannot be reached`,
      hint:
        `Check the network, whether DNS knows the name, and whether a firewall lets connections ` +
        `out to ${host}. They are made directly: HTTPS_PROXY is not used for the tunnel.`,
    };
  }
  if (said.includes('tls handshake error')) {
    return {
      code: 'ngrok_tls_failed',
      message: `${whose} could not be trusted: the TLS handshake failed`,
      hint:
        ca === null
          ? certificateHint(server)
          : 'Is it a TLS server, with a certificate for its name that --ngrok-ca vouches for?',
    };
  }
  return {
    code: 'ngrok_failed',
    message: `ngrok's tunnel could not be opened at ${host}: ${said}`,
    hint: 'Try again; or lead a url of your own here: --public-url <url>',
  };
}

function certificateHint(server: string | null): string {
  return server === null
    ? 'A proxy or firewall may open TLS connections here: name its certificate with --ngrok-ca <file.pem>.'
    : 'Name the certificate that vouches for it with --ngrok-ca <file.pem>; without, only ngrok itself is trusted.';
}

/** `ERR_NGROK_105`; the SDK fills in `errorCode` for some of its calls only. */
function codeOf(thrown: unknown): string | null {
  const { errorCode, message } = Object(thrown) as { errorCode?: unknown; message?: unknown };
  if (typeof errorCode === 'string' && /^ERR_NGROK_\d{1,9}$/.test(errorCode)) return errorCode;
  return /error_code: (ERR_NGROK_\d{1,9})\s*$/.exec(String(message).slice(-100))?.[1] ?? null;
}

/** The SDK's message in one safe line, without what is only its wrapping, and without the authtoken. */
function saidBy(thrown: unknown, { authtoken }: NgrokOptions): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const masked =
    authtoken === null || authtoken.length < SHORTEST_SECRET
      ? message
      : message.replaceAll(authtoken, '***');
  const text = masked
    .slice(0, MAX_READ)
    .replace(/^failed to (?:connect session|start listener): /, '')
    .replace(/\s*error_code: ERR_NGROK_\d+\s*$/, '')
    .replace(/authtoken:\s*\S+/gi, 'authtoken: ***')
    .replace(/\s+/g, ' ');
  return safeText(text.trim(), MAX_SAID);
}
