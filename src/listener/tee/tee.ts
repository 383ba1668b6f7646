/** The tee: sends each event to the instance's own webhook as well, as if the vendor had sent it there. */

import { createContract, type Parcel } from '../../delivery/contract.ts';
import type { DeliveryResult } from '../../delivery/deliver.ts';
import { forwardedHeaders } from '../../delivery/headers.ts';
import type { Webhook } from '../../eazewa/client.ts';
import type { Post } from '../../feed/feed.ts';
import type { NewEvent } from '../../history/history.ts';
import { isSuccess } from '../../history/outcome.ts';
import { isLoopback } from '../../platform/loopback.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { isListeners, isTunnel } from '../../takeover/consent.ts';
import { hasListenersPath } from '../../takeover/path-token.ts';
import type { Ingress } from '../ingress.ts';
import {
  type Named,
  teeDropped,
  teeFailing,
  teeNowhere,
  teeOk,
  teeRefused,
  teeUnsent,
} from './notices.ts';

export interface TeeOptions {
  /** False sends nothing. */
  readonly tee: boolean;
  readonly ingress: Ingress;
  /** Certificates are not checked. */
  readonly insecure: boolean;
}

export interface TeeParts {
  /** The instance's own webhook, which will be restored. */
  readonly original: Webhook;
  /** The port of this listener. */
  readonly ownPort: number;
  readonly now: () => number;
  readonly post: Post;
  /** The pause before an event without a response is retried, in ms (VENDOR §2). */
  readonly retryDelayMs?: number;
}

/** Sends events to the instance's own webhook. */
export interface Tee {
  /** The url it sends to, masked; null for nowhere, which is warned of once. */
  to(): string | null;
  /** From now on reads the own webhook from `original`: another command may change it. */
  follow(original: () => Webhook): void;
  /** Sends a stored live event, if the own webhook is subscribed to it. Never throws, never blocks. */
  event(event: Pick<NewEvent, 'id' | 'event' | 'headers' | 'body'>): void;
  /** Waits up to `ms` for pending events, and gives up the rest. */
  drain(ms: number): Promise<void>;
  /** Closes the tee, and warns of events that were not sent. */
  close(): Promise<void>;
}

const NO_TEE: Tee = {
  to: () => null,
  follow() {},
  event() {},
  drain: async () => {},
  close: async () => {},
};

interface Teed extends Parcel {
  readonly event: Named;
}

const RETRY_MS = 3000;
/** How long to wait for an answer, in ms: a proxy in front of the app answers after 60 s by itself. */
const ANSWER_MS = 60_000;
const MOST_PENDING = 1000;
const MOST_PENDING_BYTES = 64 * 1024 * 1024;
const MOST_UNDER_WAY = 64;
/** The pause between two warnings of the same kind, in ms. */
const QUIET_MS = 10_000;
/** Headers that a tunnel or proxy in front of us adds: an app that trusts them would take the tunnel's host for its own. */
const OF_A_PROXY = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];

/** A tee with nothing pending. Without `--tee` it does nothing. */
export function startTee(
  { tee, ingress, insecure }: TeeOptions,
  { original: first, ownPort, now, post, retryDelayMs = RETRY_MS }: TeeParts,
): Tee {
  if (!tee) return NO_TEE;
  const added = ingress.kind === 'none' ? [] : OF_A_PROXY;
  let original = () => first;
  let seen: string | null = null;
  let isFailing = false;
  let failureShownAt = Number.NEGATIVE_INFINITY;
  const refusalsShown = new Set<number>();
  let dropped = 0;
  let dropTimer: NodeJS.Timeout | undefined;
  const unsent: Named[] = [];

  const contract = createContract<Teed>({
    retryDelayMs,
    responseTimeoutMs: ANSWER_MS,
    insecure,
    connections: MOST_UNDER_WAY,
    mostUnderWay: MOST_UNDER_WAY,
    mostPending: MOST_PENDING,
    mostPendingBytes: MOST_PENDING_BYTES,
    attempted,
    dropped: drop,
  });

  function destination(): string | null {
    const { url, events } = original();
    const why = whyNot(url, events, ownPort);
    const found = why ?? url;
    if (found !== seen) {
      seen = found;
      refusalsShown.clear();
      if (why !== null) post(teeNowhere(why));
    }
    return why === null ? url : null;
  }

  function attempted({ url, event }: Teed, result: DeliveryResult): void {
    if (result.kind !== 'answered') {
      if (isFailing || now() - failureShownAt < QUIET_MS) return;
      isFailing = true;
      failureShownAt = now();
      post(teeFailing(maskUrl(url), result.error));
      return;
    }
    const { status } = result;
    if (isFailing) post(teeOk(maskUrl(url)));
    isFailing = false;
    if (isSuccess(status) || refusalsShown.has(status)) return;
    refusalsShown.add(status);
    post(teeRefused(maskUrl(url), status, event));
  }

  function drop(): void {
    dropped++;
    dropTimer ??= setTimeout(warnDropped, QUIET_MS);
  }

  function warnDropped(): void {
    clearTimeout(dropTimer);
    dropTimer = undefined;
    if (dropped > 0) post(teeDropped(dropped));
    dropped = 0;
  }

  return {
    to() {
      const url = destination();
      return url && maskUrl(url);
    },
    follow(source) {
      original = source;
    },
    event({ id, event, headers, body }) {
      const url = destination();
      if (url === null || !original().events.includes(event)) return;
      // Dropping the oldest would cut requests under way for an event that has no room either.
      if (contract.counts().bytesUnderWay + body.length > MOST_PENDING_BYTES) return drop();
      const forwarded = forwardedHeaders(headers, [], added);
      contract.send({ event: { id, event }, url, headers: forwarded, body });
    },
    async drain(ms) {
      const left = await contract.drain(ms);
      unsent.push(...left.map(({ event }) => event));
    },
    async close() {
      warnDropped();
      if (unsent.length > 0) post(teeUnsent(unsent.splice(0)));
      await contract.close();
    },
  };
}

/** Why nothing may be sent to a webhook, as a clause; null where it may. */
function whyNot(url: string | null, events: readonly string[], ownPort: number): string | null {
  if (url === null || url === '') return 'the instance had no webhook of its own';
  const own = `its own webhook ${maskUrl(url)}`;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return `${own} is no http url`;
  if (isTunnel(parsed.hostname)) return `${own} is a development tunnel`;
  // At any other host a path token without the prefix may be production's: the vendor's SDK uses this path.
  const isOwn = parsed.port === String(ownPort) || hasListenersPath(url);
  if (isListeners(url) || (isLoopback(parsed.hostname) && isOwn)) {
    return `${own} leads to a listener`;
  }
  return events.length === 0 ? `${own} is subscribed to nothing` : null;
}
