/** Deliveries by the vendor's contract: any response ends one, silence is sent again (VENDOR §2). */

import { createDeliverer, type Outcome, type RawHeaders } from '../delivery/deliver.ts';
import { isLoopback } from '../platform/loopback.ts';
import { parseUrl } from './http.ts';

/** One webhook request of the simulator, with all its tries. */
export interface Delivery {
  readonly id: string;
  readonly instanceId: string;
  readonly event: string;
  /** Where it goes. The whole url, with its secret. */
  readonly url: string;
  /**
   * `refused`: not on loopback, never dialled. `dropped`: too many were waiting. `ended`: its
   * instance was deleted before there was a response.
   */
  readonly state: 'pending' | 'answered' | 'refused' | 'dropped' | 'ended';
  readonly tries: number;
  /** The status of the response that ended it, else null. */
  readonly status: number | null;
  /** What the vendor would count as an error, or why the last try had no response. */
  readonly error: string | null;
  /** How long the last try took, in ms. */
  readonly durationMs: number;
  /** When the first try began, in ms since 1970. */
  readonly at: number;
}

/** How deliveries are made; the times are in milliseconds. */
export interface DeliveryOptions {
  readonly retryDelayMs: number;
  readonly responseTimeoutMs: number;
  now(): number;
  /** The headers of a delivery that begins now; its later tries have the same. */
  headers(): RawHeaders;
  /** Told of each response, and of each try without one. */
  log?(line: string): void;
}

/** The deliveries of a simulator. */
export interface Deliveries {
  /** Begins a delivery of exactly these bytes. Never throws. */
  send(instanceId: string, event: string, url: string, body: Uint8Array): void;
  /** Resolves when so few tries are under way that more may begin. */
  room(): Promise<void>;
  /** The newest `limit` deliveries, of one instance or of all, oldest first. */
  list(instanceId: string | null, limit: number): Delivery[];
  /** How many have had no response yet, and how many were given up because there were too many. */
  counts(): { readonly pending: number; readonly dropped: number };
  /** Ends the deliveries of an instance where they are. */
  endOf(instanceId: string): void;
  /** Ends every delivery where it is. */
  close(): Promise<void>;
}

const KEPT = 10_000;
const MOST_PENDING = 10_000;
const MOST_PENDING_BYTES = 256 * 1024 * 1024;
const MOST_UNDER_WAY = 1_000;
const CONNECTIONS = 64;

/** A delivery while it is written to. */
type Entry = { -readonly [K in keyof Delivery]: Delivery[K] };

/** What a delivery needs until it has had a response. */
interface Pending {
  readonly url: URL;
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
  readonly abort: AbortController;
  retry?: NodeJS.Timeout;
}

/**
 * Starts with no delivery. Deliveries begin in the order of their `send` and then run beside each
 * other. A silent one is sent again to the url that it began with: whether the vendor reads the
 * url anew for each try is not documented.
 */
export function createDeliveries(options: DeliveryOptions): Deliveries {
  const deliverer = createDeliverer({ connections: CONNECTIONS });
  const kept: Entry[] = [];
  const pending = new Map<Entry, Pending>();
  let waiters: (() => void)[] = [];
  let number = 0;
  let pendingBytes = 0;
  let underWay = 0;
  let dropped = 0;
  let closed = false;

  function keep(entry: Entry): void {
    kept.push(entry);
    // Cut in large pieces: shifting one by one would move the whole list for each event.
    if (kept.length >= 2 * KEPT) kept.splice(0, kept.length - KEPT);
  }

  function end(entry: Entry): void {
    const state = pending.get(entry);
    if (state === undefined) return;
    clearTimeout(state.retry);
    pending.delete(entry);
    pendingBytes -= state.body.length;
  }

  function dropOldest(): void {
    for (const [entry, { abort }] of pending) {
      if (pending.size <= MOST_PENDING && pendingBytes <= MOST_PENDING_BYTES) return;
      end(entry);
      entry.state = 'dropped';
      dropped++;
      abort.abort();
    }
  }

  async function attempt(entry: Entry, state: Pending): Promise<void> {
    const { url, headers, body, abort } = state;
    entry.tries++;
    underWay++;
    const outcome = await deliverer.deliver({
      url: url.href,
      headers,
      body,
      timeoutMs: options.responseTimeoutMs,
      signal: abort.signal,
    });
    entry.durationMs = outcome.durationMs;
    if (pending.has(entry)) settle(entry, state, outcome);
    underWay--;
    if (underWay < MOST_UNDER_WAY) wake();
  }

  function settle(entry: Entry, state: Pending, outcome: Outcome): void {
    if (outcome.kind === 'answered') answered(entry, outcome.status);
    else silent(entry, state, outcome.error);
  }

  function answered(entry: Entry, status: number): void {
    end(entry);
    entry.state = 'answered';
    entry.status = status;
    entry.error = status >= 200 && status < 300 ? null : `status ${status}`;
    options.log?.(`${entry.event} to ${hostOf(entry.url)}: ${status}`);
  }

  function silent(entry: Entry, state: Pending, error: string): void {
    entry.error = error;
    options.log?.(`${entry.event} to ${hostOf(entry.url)}: ${entry.error}, will be sent again`);
    state.retry = setTimeout(() => void attempt(entry, state), options.retryDelayMs);
  }

  function wake(): void {
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  }

  return {
    send(instanceId, event, target, body) {
      if (closed) return;
      const entry: Entry = {
        id: `dlv_${++number}`,
        instanceId,
        event,
        url: target,
        state: 'pending',
        tries: 0,
        status: null,
        error: null,
        durationMs: 0,
        at: options.now(),
      };
      keep(entry);
      const url = parseUrl(target);
      if (url === null || !isLoopback(url.hostname)) {
        entry.state = 'refused';
        entry.error = 'the simulator delivers to this machine only';
        options.log?.(`${event} to ${hostOf(target)}: refused, ${entry.error}`);
        return;
      }
      const state = { url, headers: options.headers(), body, abort: new AbortController() };
      pending.set(entry, state);
      pendingBytes += body.length;
      dropOldest();
      void attempt(entry, state);
    },
    room() {
      if (closed || underWay < MOST_UNDER_WAY) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    list(instanceId, limit) {
      const own = kept
        .slice(-KEPT)
        .filter((entry) => instanceId === null || entry.instanceId === instanceId);
      return own.slice(Math.max(0, own.length - limit)).map((entry) => ({ ...entry }));
    },
    counts: () => ({ pending: pending.size, dropped }),
    endOf(instanceId) {
      for (const [entry, { abort }] of pending) {
        if (entry.instanceId !== instanceId) continue;
        end(entry);
        entry.state = 'ended';
        abort.abort();
      }
    },
    async close() {
      closed = true;
      for (const entry of [...pending.keys()]) end(entry);
      wake();
      await deliverer.close();
    },
  };
}

/** The host of a url, without the secret in its path. */
function hostOf(url: string): string {
  return parseUrl(url)?.host ?? 'no url';
}
