/** Whether an instance's webhook may be replaced: a foreign one only with the consent that names its host. */

import { CliError } from '../errors.ts';
import { isLoopback } from '../platform/loopback.ts';

/** Hosts that tunnels for development live at; a webhook there is nobody's production. */
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
 * Throws a usage error when `current` must not be replaced: the instance is protected, or its host
 * is neither loopback nor a known tunnel's (or another listener holds it) and `replace` does not name it. The error
 * `foreign_webhook` holds the host in its facts, so that a person can be asked.
 */
export function mayReplace(options: {
  readonly instanceId: string;
  readonly current: string | null;
  readonly replace: string | null;
  readonly protectedInstance: boolean;
  /** Whether the webhook gets its events all the same, from this machine. */
  readonly tee?: boolean;
}): void {
  const { instanceId, current, tee = false } = options;
  if (options.protectedInstance) {
    throw new CliError(
      'usage',
      'protected_instance',
      `Instance ${instanceId} is protected: its webhook is never touched`,
      { hint: 'It stands in protectedInstances of your settings (config.json).' },
    );
  }
  if (current === null || current === '') return;
  const host = hostOf(current);
  if (
    isLoopback(host) ||
    (isTunnel(host) && !isListeners(current)) ||
    options.replace?.toLowerCase() === host
  )
    return;
  // A tee sends nothing to what may be a tunnel that died.
  const canTee = !isTunnel(host);
  const isTeed = tee && canTee;
  const instead = isTeed ? 'would get them from this machine alone' : 'would get none';
  const alsoTee =
    canTee && !tee ? `. To send them on to it from here: --replace ${host} --tee` : '';
  const beside = 'To leave it as it is and listen beside it: --side-by-side. ';
  const hint = `${beside}If it is to be replaced: --replace ${host}${isTeed ? ' --tee' : alsoTee}`;
  throw new CliError(
    'usage',
    'foreign_webhook',
    `Instance ${instanceId} sends its events to ${host}. While this listener runs, ${host} ${instead}`,
    { hint, facts: { host } },
  );
}

/** Whether a webhook url leads to a known host of tunnels: there today, gone tomorrow. */
export function isTunnels(url: string): boolean {
  return isTunnel(hostOf(url));
}

/**
 * Whether a webhook url is the tunnel of another listener. It ends with that listener, and the path is
 * one that production may have as well (the vendor's own SDK does): at any other host it is left alone.
 */
export function isListenersTunnel(url: string | null): url is string {
  return url !== null && isTunnels(url) && isListeners(url);
}

/**
 * Whether a url is that of a listener, on another machine or of another user. Put back later, it would
 * point at a tunnel that has died meanwhile: taking it needs the same consent as a foreign one.
 */
export function isListeners(url: string): boolean {
  return /\/webhooks\/whatsapp\/[\w-]{32,}(?:[/?#]|$)/.test(url);
}

/** The host of a webhook url, lower case and without its port; of what is no url, the text itself. */
function hostOf(url: string): string {
  return URL.canParse(url)
    ? new URL(url).hostname.toLowerCase()
    : (url.split(/[/?#@]/, 1)[0] ?? '').slice(0, 100);
}

/** Whether a host, in lower case, is one that tunnels for development live at. */
export function isTunnel(host: string): boolean {
  const name = host.replace(/\.$/, '');
  return TUNNELS.some((domain) => name === domain || name.endsWith(`.${domain}`));
}
