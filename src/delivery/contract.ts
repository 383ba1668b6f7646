/** The vendor's delivery contract: any response ends a delivery, no response is retried (VENDOR §2). */

import type { RawHeaders } from '../platform/raw-headers.ts';
import {
  createDeliverer,
  type DelivererOptions,
  type Delivery,
  type DeliveryResult,
} from './deliver.ts';

/** A request to deliver: every attempt sends these bytes and headers to this url. */
export interface Parcel {
  readonly url: string;
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
}

export interface ContractOptions<P extends Parcel> extends DelivererOptions {
  /** The pause after an attempt without a response, in ms. */
  readonly retryDelayMs: number;
  /** How long one attempt may take, in ms. */
  readonly responseTimeoutMs: number;
  /** Most deliveries, and bytes of them, without a response: beyond that the oldest is dropped. */
  readonly mostPending: number;
  readonly mostPendingBytes: number;
  /** Most attempts at one time; others wait for one to end. */
  readonly mostUnderWay: number;
  /** An attempt begins. */
  began?(parcel: P): void;
  /** An attempt ended: with a response the delivery is over, without one it is retried. */
  attempted(parcel: P, result: DeliveryResult): void;
  /** A delivery was dropped because too many are pending. */
  dropped(parcel: P): void;
}

/** Deliveries: they begin in the order of their `send`, and then run at the same time. */
export interface Contract<P extends Parcel> {
  /** Delivers a parcel. Never throws, and does nothing once closed. */
  send(parcel: P): void;
  /** Resolves when fewer than `most` attempts are under way. */
  room(most: number): Promise<void>;
  /** How many have had no response yet, and how many bytes the attempts under way hold. */
  counts(): { readonly pending: number; readonly bytesUnderWay: number };
  /** Aborts the deliveries that `which` names, and returns them. */
  end(which: (parcel: P) => boolean): P[];
  /**
   * From now on each delivery has one more attempt at most, at once. When none is under way, or after
   * `ms`, aborts and returns the deliveries without a response. Later parcels may come.
   */
  drain(ms: number): Promise<P[]>;
  /** Aborts every delivery. */
  close(): Promise<void>;
}

interface Pending {
  readonly abort: AbortController;
  isUnderWay: boolean;
  retry?: NodeJS.Timeout;
}

/** A contract without deliveries, with connections of its own. */
export function createContract<P extends Parcel>(options: ContractOptions<P>): Contract<P> {
  const deliverer = createDeliverer(options);
  const pending = new Map<P, Pending>();
  /** Deliveries that wait for an attempt to end. */
  const queue = new Set<P>();
  let waiters: { readonly below: number; readonly resolve: () => void }[] = [];
  let pendingBytes = 0;
  let bytesUnderWay = 0;
  let underWay = 0;
  /** How many are pending without an attempt under way. */
  let resting = 0;
  let isDraining = false;
  let isClosed = false;

  /** The delivery is over, with a response or without. */
  function settled(parcel: P, state: Pending): void {
    clearTimeout(state.retry);
    pending.delete(parcel);
    queue.delete(parcel);
    pendingBytes -= parcel.body.length;
    if (!state.isUnderWay) resting--;
  }

  function giveUp(parcel: P, state: Pending): void {
    settled(parcel, state);
    state.abort.abort();
  }

  function dropOldest(): void {
    for (const [parcel, state] of pending) {
      if (pending.size <= options.mostPending && pendingBytes <= options.mostPendingBytes) return;
      // Drops those without an attempt first: under load, requests would be cut before their answers.
      if (state.isUnderWay && resting > 0) continue;
      giveUp(parcel, state);
      options.dropped(parcel);
    }
  }

  function goOn(parcel: P, state: Pending): void {
    if (underWay < options.mostUnderWay) void attempt(parcel, state);
    else queue.add(parcel);
  }

  async function attempt(parcel: P, state: Pending): Promise<void> {
    const { url, headers, body } = parcel;
    queue.delete(parcel);
    state.isUnderWay = true;
    resting--;
    underWay++;
    bytesUnderWay += body.length;
    options.began?.(parcel);
    const result = await deliverer.deliver({
      url,
      headers,
      body,
      timeoutMs: options.responseTimeoutMs,
      signal: state.abort.signal,
      isMoreWaiting: () => queue.size > 0,
    } satisfies Delivery);
    if (pending.has(parcel)) ended(parcel, state, result);
    underWay--;
    bytesUnderWay -= body.length;
    wake();
  }

  function ended(parcel: P, state: Pending, result: DeliveryResult): void {
    state.isUnderWay = false;
    resting++;
    if (result.kind === 'answered') settled(parcel, state);
    else if (!isDraining) pauseThenGoOn(parcel, state);
    options.attempted(parcel, result);
  }

  function pauseThenGoOn(parcel: P, state: Pending): void {
    state.retry = setTimeout(() => goOn(parcel, state), options.retryDelayMs);
  }

  function wake(): void {
    for (const parcel of queue) {
      if (underWay >= options.mostUnderWay) break;
      const state = pending.get(parcel);
      if (state !== undefined) void attempt(parcel, state);
    }
    const woken = waiters.filter(({ below }) => underWay < below);
    waiters = waiters.filter(({ below }) => underWay >= below);
    for (const { resolve } of woken) resolve();
  }

  function endAll(): P[] {
    const all = [...pending.keys()];
    for (const [parcel, state] of pending) giveUp(parcel, state);
    return all;
  }

  function room(most: number): Promise<void> {
    if (isClosed || underWay < most) return Promise.resolve();
    return new Promise((resolve) => waiters.push({ below: most, resolve }));
  }

  return {
    send(parcel) {
      if (isClosed) return;
      const state: Pending = { abort: new AbortController(), isUnderWay: false };
      pending.set(parcel, state);
      pendingBytes += parcel.body.length;
      resting++;
      goOn(parcel, state);
      dropOldest();
    },
    room,
    counts: () => ({ pending: pending.size, bytesUnderWay }),
    end(which) {
      const meant = [...pending].filter(([parcel]) => which(parcel));
      for (const [parcel, state] of meant) giveUp(parcel, state);
      return meant.map(([parcel]) => parcel);
    },
    async drain(ms) {
      isDraining = true;
      for (const [parcel, state] of pending) {
        if (state.retry === undefined || state.isUnderWay || queue.has(parcel)) continue;
        clearTimeout(state.retry);
        goOn(parcel, state);
      }
      let timer: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      await Promise.race([room(1), over]);
      clearTimeout(timer);
      return endAll();
    },
    async close() {
      isClosed = true;
      endAll();
      for (const { resolve } of waiters.splice(0)) resolve();
      await deliverer.close();
    },
  };
}
