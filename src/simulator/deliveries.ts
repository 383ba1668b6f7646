/** The simulator's deliveries: webhook requests by the vendor's contract, to this machine only. */

import { createContract, type Parcel } from '../delivery/contract.ts';
import type { DeliveryResult } from '../delivery/deliver.ts';
import { isSuccess } from '../history/outcome.ts';
import { isLoopback } from '../platform/loopback.ts';
import type { RawHeaders } from '../platform/raw-headers.ts';
import { parseUrl } from './http.ts';

/** One webhook request of the simulator, with all its attempts. */
export interface Delivery {
  readonly id: string;
  readonly instanceId: string;
  readonly event: string;
  /** The whole url, including its secret. */
  readonly url: string;
  /**
   * `refused`: not on loopback, never sent. `dropped`: too many were pending. `ended`: its
   * instance was deleted before a response came.
   */
  readonly state: 'pending' | 'answered' | 'refused' | 'dropped' | 'ended';
  readonly attempts: number;
  /** The status of the response, null without one. */
  readonly status: number | null;
  /** The vendor's error for this status, or why the last attempt had no response. */
  readonly error: string | null;
  /** Duration of the last attempt, in ms. */
  readonly durationMs: number;
  /** Start of the first attempt, in ms since 1970. */
  readonly at: number;
}

/** How to deliver. Times are in milliseconds. */
export interface DeliveryOptions {
  readonly retryDelayMs: number;
  readonly responseTimeoutMs: number;
  now(): number;
  /** The headers for a new delivery of an instance, the same for each of its attempts. */
  headers(instanceId: string, body: Uint8Array): RawHeaders;
  /** Gets a line for each response, and for each attempt without one. */
  log?(line: string): void;
}

/** All deliveries of a simulator. */
export interface Deliveries {
  /** Starts to deliver exactly these bytes; returns why it does not, else null. Never throws. */
  send(instanceId: string, event: string, url: string, body: Uint8Array): string | null;
  /** Resolves when few enough attempts are under way for more to start. */
  room(): Promise<void>;
  /** The newest `limit` deliveries, of one instance or of all, oldest first. */
  list(instanceId: string | null, limit: number): Delivery[];
  /** How many await a response, and how many were dropped because too many were pending. */
  counts(): { readonly pending: number; readonly dropped: number };
  /** Ends the pending deliveries of an instance. */
  endOf(instanceId: string): void;
  /** Ends all pending deliveries. */
  close(): Promise<void>;
}

const MOST_LISTED = 10_000;
const MOST_PENDING = 10_000;
const MOST_PENDING_BYTES = 256 * 1024 * 1024;
/** Repeated emitting pauses while this many attempts are under way; a single event never waits. */
const MANY_UNDER_WAY = 1_000;
const CONNECTIONS = 64;

/** A delivery that still changes. */
type Entry = { -readonly [K in keyof Delivery]: Delivery[K] };

interface Sent extends Parcel {
  readonly entry: Entry;
}

/**
 * Deliveries start in the order of their `send` and run in parallel. A retry goes to the url of the
 * first attempt: the vendor does not document whether it reads the url again.
 */
export function createDeliveries(options: DeliveryOptions): Deliveries {
  const listed: Entry[] = [];
  let number = 0;
  let dropped = 0;
  let closed = false;
  const contract = createContract<Sent>({
    retryDelayMs: options.retryDelayMs,
    responseTimeoutMs: options.responseTimeoutMs,
    connections: CONNECTIONS,
    mostPending: MOST_PENDING,
    mostPendingBytes: MOST_PENDING_BYTES,
    // No limit: emitting waits in `room` instead.
    mostUnderWay: Number.POSITIVE_INFINITY,
    began({ entry }) {
      entry.attempts++;
    },
    attempted: ({ entry }, result) => attempted(entry, result),
    dropped({ entry }) {
      entry.state = 'dropped';
      dropped++;
    },
  });

  function list(entry: Entry): void {
    listed.push(entry);
    // One large cut is cheaper than a shift for each event.
    if (listed.length >= 2 * MOST_LISTED) listed.splice(0, listed.length - MOST_LISTED);
  }

  function attempted(entry: Entry, result: DeliveryResult): void {
    entry.durationMs = result.durationMs;
    const what = `${entry.event} to ${hostOf(entry.url)}`;
    if (result.kind === 'answered') {
      const { status } = result;
      entry.state = 'answered';
      entry.status = status;
      entry.error = isSuccess(status) ? null : `status ${status}`;
      options.log?.(`${what}: ${status}`);
    } else {
      entry.error = result.error;
      options.log?.(`${what}: ${result.error}, will be sent again`);
    }
  }

  return {
    send(instanceId, event, target, body) {
      if (closed) return 'the simulator is closing';
      const entry: Entry = {
        id: `dlv_${++number}`,
        instanceId,
        event,
        url: target,
        state: 'pending',
        attempts: 0,
        status: null,
        error: null,
        durationMs: 0,
        at: options.now(),
      };
      list(entry);
      const url = parseUrl(target);
      if (url === null || !isLoopback(url.hostname)) {
        entry.state = 'refused';
        entry.error = 'the simulator delivers to this machine only';
        options.log?.(`${event} to ${hostOf(target)}: refused, ${entry.error}`);
        return `the webhook at ${hostOf(target)} was refused: ${entry.error}`;
      }
      contract.send({ entry, url: url.href, headers: options.headers(instanceId, body), body });
      return entry.state === 'dropped' ? 'too many deliveries are pending' : null;
    },
    room: () => contract.room(MANY_UNDER_WAY),
    list(instanceId, limit) {
      const own = listed
        .slice(-MOST_LISTED)
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
