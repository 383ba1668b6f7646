/** A listener's way in: its tunnel, watched, with what becomes of it told to the feed. */

import type { Post } from '../feed/feed.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { safeText } from '../platform/safe-text.ts';
import { PROBE_PATH, proof } from '../receiver/admission.ts';
import { ngrokTunnel } from '../tunnel/ngrok.ts';
import { proveLoop } from '../tunnel/prove.ts';
import { publicUrl } from '../tunnel/public-url.ts';
import {
  type TunnelNews,
  type Watched,
  type WatchOptions,
  watchTunnel,
} from '../tunnel/watchdog.ts';
import { tunnelFailing } from './notices.ts';
import type { Ingress, ListenerDeps } from './options.ts';

export interface IngressOptions extends Pick<ListenerDeps, 'now' | 'random'> {
  readonly ingress: Ingress;
  readonly receiverPort: number;
  /** The secret by which the receiver answers a probe. */
  readonly probeKey: Uint8Array;
  readonly post: Post;
  readonly signal: AbortSignal;
}

/** A way in that is open and proven. */
export interface OpenIngress extends Omit<Watched, 'start'> {
  /** From now on it is kept. */
  start(then: {
    /** Points the instance at another url; tried again until it succeeds. */
    moved(url: string): Promise<void>;
    /** It leads here again, and did not from one moment to another (ms since 1970). */
    outageOver(from: number, to: number): void;
  }): void;
}

const LOCAL_PROOF_MS = 10_000;

/** Opens the way in and proves it. Throws tunnel errors. */
export async function openIngress(options: IngressOptions): Promise<OpenIngress> {
  const { ingress, receiverPort, probeKey, now, random, post, signal } = options;
  const prove: WatchOptions['prove'] = (url, timeoutMs, probing) => {
    const nonce = random(24).toString('base64url');
    return proveLoop({
      url: `${url}${PROBE_PATH}${nonce}`,
      expected: proof(probeKey, nonce),
      shown: shownUrl(url),
      localUrl: `http://127.0.0.1:${receiverPort}`,
      timeoutMs,
      signal: probing,
    });
  };
  if (ingress.kind === 'none') return localIngress(options, prove);
  const open = ingress.kind === 'ngrok' ? ngrokTunnel(ingress) : publicUrl(ingress.url);
  let outageOver = (_from: number, _to: number) => {};
  const watched = await watchTunnel({
    open: (opening) => open(receiverPort, opening),
    prove,
    say(news) {
      post(entryOf(news));
      if (news.state === 'up' && news.outageFrom !== null) outageOver(news.outageFrom, news.since);
    },
    failing: (error) => post(tunnelFailing(error)),
    now,
    signal,
  });
  return {
    get url() {
      return watched.url;
    },
    get outageFrom() {
      return watched.outageFrom;
    },
    heard: watched.heard,
    stop: watched.stop,
    start(then) {
      outageOver = then.outageOver;
      watched.start(then.moved);
    },
  };
}

/** A public url as it is shown: without what may be a secret in it, and without a slash at its end. */
export function shownUrl(url: string): string {
  return maskUrl(url).replace(/\/$/, '');
}

/** The vendor is on this machine: nobody can answer in our place, and there is nothing to be kept up. */
async function localIngress(
  { receiverPort, post, now, signal }: IngressOptions,
  prove: WatchOptions['prove'],
): Promise<OpenIngress> {
  const url = `http://127.0.0.1:${receiverPort}`;
  await prove(url, LOCAL_PROOF_MS, signal);
  post(entryOf({ state: 'up', url, since: now(), outageFrom: null, outageTo: null }));
  return { url, outageFrom: null, heard() {}, start() {}, stop: async () => {} };
}

function entryOf(news: TunnelNews) {
  const at = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    type: 'tunnel' as const,
    state: news.state,
    url: shownUrl(news.url),
    since: new Date(news.since).toISOString(),
    outageFrom: at(news.outageFrom),
    outageTo: news.state === 'up' ? at(news.outageTo) : null,
    reason: news.state === 'down' ? safeText(news.reason, 300) : null,
  };
}
