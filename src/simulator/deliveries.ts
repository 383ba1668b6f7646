/** The deliveries of a simulator: by the vendor's contract, to this machine only, each with what became of it. */

import { createContract, type Parcel } from '../delivery/contract.ts';
import type { DeliveryResult, RawHeaders } from '../delivery/deliver.ts';
import { isSuccess } from '../history/outcome.ts';
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
/** Who emits many waits while so many are under way; a single one never does. */
const MANY_UNDER_WAY = 1_000;
const CONNECTIONS = 64;

/** A delivery while it is written to. */
type Entry = { -readonly [K in keyof Delivery]: Delivery[K] };

interface Sent extends Parcel {
  readonly entry: Entry;
}

/**
 * Starts with no delivery. Deliveries begin in the order of their `send` and then run beside each
 * other. A silent one is sent again to the url that it began with: whether the vendor reads the
 * url anew for each try is not documented.
 */
export function createDeliveries(options: DeliveryOptions): Deliveries {
  const kept: Entry[] = [];
  let number = 0;
  let dropped = 0;
  let closed = false;
  const contract = createContract<Sent>({
    retryDelayMs: options.retryDelayMs,
    responseTimeoutMs: options.responseTimeoutMs,
    connections: CONNECTIONS,
    mostPending: MOST_PENDING,
    mostPendingBytes: MOST_PENDING_BYTES,
    // As many as there are, whatever others wait for.
    mostUnderWay: Number.POSITIVE_INFINITY,
    began({ entry }) {
      entry.tries++;
    },
    tried: ({ entry }, outcome) => tried(entry, outcome),
    dropped({ entry }) {
      entry.state = 'dropped';
      dropped++;
    },
  });

  function keep(entry: Entry): void {
    kept.push(entry);
    // Cut in large pieces: shifting one by one would move the whole list for each event.
    if (kept.length >= 2 * KEPT) kept.splice(0, kept.length - KEPT);
  }

  function tried(entry: Entry, outcome: DeliveryResult): void {
    entry.durationMs = outcome.durationMs;
    const what = `${entry.event} to ${hostOf(entry.url)}`;
    if (outcome.kind === 'answered') {
      const { status } = outcome;
      entry.state = 'answered';
      entry.status = status;
      entry.error = isSuccess(status) ? null : `status ${status}`;
      options.log?.(`${what}: ${status}`);
    } else {
      entry.error = outcome.error;
      options.log?.(`${what}: ${outcome.error}, will be sent again`);
    }
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
      contract.send({ entry, url: url.href, headers: options.headers(), body });
    },
    room: () => contract.room(MANY_UNDER_WAY),
    list(instanceId, limit) {
      const own = kept
        .slice(-KEPT)
        .filter((entry) => instanceId === null || entry.instanceId === instanceId);
      return own.slice(Math.max(0, own.length - limit)).map((entry) => ({ ...entry }));
    },
    counts: () => ({ pending: contract.counts().pending, dropped }),
    endOf(instanceId) {
      const ended = contract.end(({ entry }) => entry.instanceId === instanceId);
      for (const { entry } of ended) entry.state = 'ended';
    },
    close() {
      closed = true;
      return contract.close();
    },
  };
}

/** The host of a url, without the secret in its path. */
function hostOf(url: string): string {
  return parseUrl(url)?.host ?? 'no url';
}
