/** Opens the ingress of a listener, watches it, and reports every change of its state to the feed. */

import type { Post } from '../feed/feed.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { safeText } from '../platform/safe-text.ts';
import { ngrokTunnel } from '../tunnel/ngrok.ts';
import type { NgrokOptions } from '../tunnel/ngrok-options.ts';
import type { Proofs } from '../tunnel/proofs.ts';
import { createProver } from '../tunnel/prove.ts';
import { publicUrl } from '../tunnel/public-url.ts';
import {
  type TunnelNews,
  type Watched,
  type WatchOptions,
  watchTunnel,
} from '../tunnel/watchdog.ts';
import { tunnelFailing } from './notices.ts';

/** How the vendor reaches this listener. */
export type Ingress =
  | { readonly kind: 'none' }
  | { readonly kind: 'public-url'; readonly url: string }
  | ({ readonly kind: 'ngrok' } & NgrokOptions);

export interface IngressOptions {
  readonly ingress: Ingress;
  readonly receiverPort: number;
  /** The proofs that the receiver answers. */
  readonly proofs: Proofs;
  /** Called when the ingress leads here again, with the time in which it did not (ms since 1970). */
  readonly outageOver: (from: number, to: number) => void;
  readonly post: Post;
  readonly now: () => number;
  readonly random: (size: number) => Buffer;
  readonly signal: AbortSignal;
}

/** An ingress that is open and proven. */
export type OpenIngress = Watched;

const LOCAL_PROOF_MS = 10_000;

/** Opens the ingress and proves that it leads here. Throws tunnel errors. */
export async function openIngress(options: IngressOptions): Promise<OpenIngress> {
  const { ingress, receiverPort, proofs, now, random, outageOver, post, signal } = options;
  const localUrl = `http://127.0.0.1:${receiverPort}`;
  const prove = createProver({ proofs, random, localUrl, show: shownUrl });
  if (ingress.kind === 'none') return localIngress(options, prove);
  const open = ingress.kind === 'ngrok' ? ngrokTunnel(ingress) : publicUrl(ingress.url);
  return watchTunnel({
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
}

/** A public url as it is shown: its secrets masked, without a slash at its end. */
export function shownUrl(url: string): string {
  return maskUrl(url).replace(/\/$/, '');
}

/** The vendor is on this machine: nobody can answer in our place, and nothing can go down. */
async function localIngress(
  { receiverPort, post, now, signal }: IngressOptions,
  prove: WatchOptions['prove'],
): Promise<OpenIngress> {
  const url = `http://127.0.0.1:${receiverPort}`;
  await prove(url, LOCAL_PROOF_MS, signal);
  post(entryOf({ state: 'up', url, since: now(), outageFrom: null, outageTo: null }));
  return { url, outageFrom: null, eventArrived() {}, start() {}, stop: async () => {} };
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
