/** Why an ngrok tunnel could not be opened, in words: by ngrok's codes and the network's errors. */

import { CliError, messageOf } from '../errors.ts';
import { maskSecret, maskUrls } from '../platform/mask-text.ts';
import { safeText } from '../platform/safe-text.ts';
import type { NgrokOptions } from './ngrok-options.ts';

/** Where the SDK connects to unless told otherwise (https://ngrok.com/docs/agent/connect-url). */
const DEFAULT_SERVER = 'connect.ngrok-agent.com:443';
const MAX_SAID = 300;
/** How much of a server's message is read: it may be of any length. */
const MAX_READ = 4000;

interface Words {
  /** The code of the error; errors with the same remedy share one. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const GIVE_AUTHTOKEN =
  'Copy the authtoken whole from https://dashboard.ngrok.com/get-started/your-authtoken and set ' +
  'NGROK_AUTHTOKEN to it, or run: ngrok config add-authtoken <authtoken>';
const SEE_USAGE =
  'See https://dashboard.ngrok.com/billing; until then, use your own url: --public-url <url>';
const UPDATE = 'Update: npm install -g eazewa-hooks@latest';

/** The meaning of the codes (https://ngrok.com/docs/errors) that a listener can get. */
const WORDS: Readonly<Record<string, (options: NgrokOptions) => Words>> = {
  ERR_NGROK_4018: () => ({
    code: 'ngrok_authtoken_refused',
    message: 'ngrok opens no tunnel without an authtoken',
    hint: GIVE_AUTHTOKEN,
  }),
  ERR_NGROK_105: () => ({
    code: 'ngrok_authtoken_refused',
    message: 'ngrok says that the authtoken does not look like one',
    hint: `${GIVE_AUTHTOKEN} (An ngrok API key is not an authtoken.)`,
  }),
  ERR_NGROK_107: () => ({
    code: 'ngrok_authtoken_refused',
    message:
      'ngrok no longer accepts this authtoken: it was reset or revoked, or you left its team',
    hint: GIVE_AUTHTOKEN,
  }),
  ERR_NGROK_108: () => ({
    code: 'ngrok_session_limit',
    message: 'The ngrok account already runs as many agents as its plan allows',
    hint: 'Stop one of them, here or on another machine: https://dashboard.ngrok.com/agents lists them.',
  }),
  ERR_NGROK_334: ({ domain }) => ({
    code: 'ngrok_url_in_use',
    message: `${domain ?? 'The url of this account'} is already online in another ngrok session`,
    hint:
      'Stop that session (https://dashboard.ngrok.com/endpoints shows it), or use another domain: ' +
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
    message:
      'Without an account ngrok accepts only the newest version of its SDK, and this one is older',
    hint: `${UPDATE}. Or: ${GIVE_AUTHTOKEN}`,
  }),
  ERR_NGROK_121: () => ({
    code: 'ngrok_sdk_too_old',
    message: 'ngrok no longer accepts this version of its SDK for accounts like yours',
    hint: UPDATE,
  }),
  ERR_NGROK_3200: ({ domain }) => ({
    code: 'ngrok_endpoint_offline',
    message: `ngrok says that ${domain ?? 'the url'} is offline: no session serves it`,
    hint: 'Start listen again; https://dashboard.ngrok.com/endpoints shows what is online.',
  }),
  ERR_NGROK_8012: () => ({
    code: 'ngrok_receiver_unreachable',
    message: 'The ngrok tunnel is open, but could not connect to the receiver',
    hint: 'Check whether a firewall on this machine blocks connections to 127.0.0.1, then start listen again.',
  }),
};

/**
 * Turns an error of ngrok's SDK (NGROK §3) into a tunnel error with a remedy; `facts.ngrokCode` is
 * ngrok's code or null. A {@link CliError} (a timeout) is returned as it is. The result never holds
 * the authtoken, which ngrok repeats in its own messages.
 */
export function ngrokError(thrown: unknown, options: NgrokOptions): CliError {
  if (thrown instanceof CliError) return thrown;
  const said = saidBy(thrown, options);
  const ngrokCode = codeOf(thrown);
  // The SDK's own error may hold the authtoken, and --debug prints causes.
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

/** The meaning and remedy of a code in an answer of ngrok's edge; null for an unknown code. */
export function ngrokWords(
  code: string,
): { readonly message: string; readonly hint: string } | null {
  const nothing = { authtoken: null, domain: null, server: null, ca: null };
  return Object.hasOwn(WORDS, code) ? (WORDS[code]?.(nothing) ?? null) : null;
}

/** An error from before ngrok answered. */
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
          : 'Check that it is a TLS server whose certificate names it and is trusted by --ngrok-ca.',
    };
  }
  return {
    code: 'ngrok_failed',
    message: `ngrok's tunnel could not be opened at ${host}: ${said}`,
    hint: 'Try again, or use your own url: --public-url <url>',
  };
}

function certificateHint(server: string | null): string {
  return server === null
    ? 'A proxy or firewall may intercept TLS connections: name its certificate with --ngrok-ca <file.pem>.'
    : 'Name its certificate with --ngrok-ca <file.pem>: without it, only ngrok itself is trusted.';
}

/** Such as `ERR_NGROK_105`. Only some calls of the SDK fill in `errorCode`. */
function codeOf(thrown: unknown): string | null {
  const { errorCode, message } = Object(thrown) as { errorCode?: unknown; message?: unknown };
  if (typeof errorCode === 'string' && /^ERR_NGROK_\d{1,9}$/.test(errorCode)) return errorCode;
  return /error_code: (ERR_NGROK_\d{1,9})\s*$/.exec(String(message).slice(-100))?.[1] ?? null;
}

/** The SDK's message in one safe line, without its wrapping and without the authtoken. */
function saidBy(thrown: unknown, { authtoken }: NgrokOptions): string {
  const text = maskUrls(maskSecret(messageOf(thrown), authtoken))
    .slice(0, MAX_READ)
    .replace(/^failed to (?:connect session|start listener): /, '')
    .replace(/\s*error_code: ERR_NGROK_\d+\s*$/, '')
    .replace(/authtoken:\s*\S+/gi, 'authtoken: ***')
    .replace(/\s+/g, ' ');
  return safeText(text.trim(), MAX_SAID);
}
