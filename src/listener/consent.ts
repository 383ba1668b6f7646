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
}): void {
  const { instanceId, current } = options;
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
  throw new CliError(
    'usage',
    'foreign_webhook',
    `Instance ${instanceId} sends its events to ${host}. While this listener runs, ${host} would get none`,
    {
      hint: `Leave it as it is and listen beside it: --side-by-side. To replace it: --replace ${host}, and with --tee ${host} still gets each event`,
      facts: { host },
    },
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
function isListeners(url: string): boolean {
  return /\/webhooks\/whatsapp\/[\w-]{32,}$/.test(url);
}

/** The host of a webhook url, lower case and without its port; of what is no url, the text itself. */
function hostOf(url: string): string {
  return URL.canParse(url)
    ? new URL(url).hostname.toLowerCase()
    : (url.split(/[/?#@]/, 1)[0] ?? '').slice(0, 100);
}

function isTunnel(host: string): boolean {
  return TUNNELS.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
