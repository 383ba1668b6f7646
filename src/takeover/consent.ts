/** Whether an instance's webhook may be replaced: a foreign one only with the consent that names its host. */

import { CliError } from '../errors.ts';
import { isLoopback } from '../platform/loopback.ts';
import { hasListenersPath, hasPrefixedToken } from './path-token.ts';

/** Domains of tunnels for development: a webhook there is nobody's production. */
const TUNNELS: readonly string[] = [
  'ngrok.io',
  'ngrok.app',
  'ngrok.dev',
  'ngrok-free.app',
  'ngrok-free.dev',
  'ngrok.pizza',
  'loca.lt',
  'localhost.run',
  'lhr.life',
  'serveo.net',
  'trycloudflare.com',
  'devtunnels.ms',
  'localtunnel.me',
  'bore.pub',
];

/**
 * Throws a usage error when the webhook url `current` must not be replaced: `protected_instance`, or
 * `foreign_webhook` when its host is neither loopback nor a known tunnel's (or the url is another
 * listener's) and `replace` does not name it. The facts of `foreign_webhook` have the host, and whether `--tee` could
 * send it a copy, to ask the user.
 */
export function mayReplace(options: {
  readonly instanceId: string;
  readonly current: string | null;
  readonly replace: string | null;
  readonly protectedInstance: boolean;
  /** Whether the webhook gets its events from this machine meanwhile (--tee). */
  readonly tee?: boolean;
}): void {
  const { instanceId, current, tee = false } = options;
  if (options.protectedInstance) {
    throw new CliError(
      'usage',
      'protected_instance',
      `Instance ${instanceId} is protected: its webhook is never changed`,
      { hint: 'It is listed under protectedInstances in your settings (config.json).' },
    );
  }
  if (current === null || current === '') return;
  const host = hostOf(current);
  if (
    ((isLoopback(host) || isTunnel(host)) && !isListeners(current)) ||
    options.replace?.toLowerCase() === host
  )
    return;
  // A tee sends nothing to a tunnel, which may be gone, or to another listener.
  const canTee = !isTunnel(host) && !isListeners(current);
  const isTeed = tee && canTee;
  const meanwhile = isTeed ? 'would get them from this machine only' : 'would get none';
  const alsoTee =
    canTee && !tee
      ? `. To replace it and send ${host} a copy of each event: --replace ${host} --tee`
      : '';
  const keep = 'To leave that webhook as it is: --side-by-side. ';
  const hint = `${keep}To replace it: --replace ${host}${isTeed ? ' --tee' : alsoTee}`;
  throw new CliError(
    'usage',
    'foreign_webhook',
    `Instance ${instanceId} sends its events to ${host}. While this listener runs, ${host} ${meanwhile}`,
    { hint, facts: { host, canTee } },
  );
}

/** Whether a webhook url is at a known host of tunnels, which may be gone tomorrow. */
export function isTunnels(url: string): boolean {
  return isTunnel(hostOf(url));
}

/**
 * Whether a webhook url is a listener's, of whatever machine or user: it ends with that listener, so it
 * is never restored, and replacing it needs the same consent as a foreign webhook. A url without the
 * prefix of path tokens may be production's, except at a host of tunnels.
 */
export function isListeners(url: string | null): url is string {
  return url !== null && (hasPrefixedToken(url) || (isTunnels(url) && hasListenersPath(url)));
}

/** The host of a webhook url in lower case, without its port; for a text that is no url, its first part. */
function hostOf(url: string): string {
  return URL.canParse(url)
    ? new URL(url).hostname.toLowerCase()
    : (url.split(/[/?#@]/, 1)[0] ?? '').slice(0, 100);
}

/** Whether a host, in lower case, is one of tunnels for development. */
export function isTunnel(host: string): boolean {
  const name = host.replace(/\.$/, '');
  return TUNNELS.some((domain) => name === domain || name.endsWith(`.${domain}`));
}
