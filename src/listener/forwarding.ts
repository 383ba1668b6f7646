/** Connects the forwarder to a listener's history, writer and feed. */

import type { Deliverer } from '../delivery/deliver.ts';
import { createForwarder, type Forwarder } from '../delivery/forwarder.ts';
import type { Target } from '../delivery/target.ts';
import type { Turns } from '../delivery/turns.ts';
import type { Webhook } from '../eazewa/client.ts';
import type { Post } from '../feed/feed.ts';
import { newAttemptEntry } from '../history/entries.ts';
import type { History } from '../history/history.ts';
import { FRESH_MS } from '../history/outcome.ts';
import type { Writer } from '../history/writer.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { hasPrefixedToken } from '../takeover/path-token.ts';

const RETRY_DOWN_MS = 3000;

export interface ForwardingOptions {
  readonly targets: readonly Target[];
  /** Only events of this chat are forwarded; null for all. */
  readonly only: string | null;
  /** Headers added to what is forwarded, names and values in turn. */
  readonly headers: readonly string[];
  /** How long an app may take to answer, in ms. */
  readonly timeoutMs: number;
  /** Certificates of targets are not checked. */
  readonly insecure: boolean;
}

export interface Forwarding {
  readonly deliverer: Deliverer;
  readonly turns: Turns;
  readonly targets: readonly Target[];
  readonly history: History;
  /** Events up to this `seq` are not this listener's to forward. */
  readonly after: number;
  readonly writer: Writer;
  readonly post: Post;
  readonly now: () => number;
}

/** A forwarder of events stored from now on, which tells the feed about each attempt. */
export function startForwarding(
  options: Pick<ForwardingOptions, 'headers' | 'timeoutMs'>,
  { deliverer, turns, targets, history, after, writer, post, now }: Forwarding,
): Forwarder {
  return createForwarder({
    history,
    targets: targets.map(({ url }) => url),
    deliverer,
    turns,
    store: (attempt) => writer.attempt(attempt),
    attempted: (attempt, number, eventId) => post(newAttemptEntry(eventId, number, attempt)),
    warn: (code, message, target) =>
      post({ type: 'warning', code, message, ...(target !== undefined && { target }) }),
    show: maskUrl,
    now,
    headers: options.headers,
    timeoutMs: options.timeoutMs,
    retryMs: RETRY_DOWN_MS,
    freshMs: FRESH_MS,
    after,
  });
}

/** The url whose path a target without one gets: the original's, unless that leads to a listener. */
export function pathSource({ url }: Webhook): string | null {
  return url !== null && hasPrefixedToken(url) ? null : url;
}
