/** The vendor's contract around deliveries: any response ends one, silence is sent again (VENDOR §2). */

import { createDeliverer, type Delivery, type Outcome } from './deliver.ts';

/** How deliveries are made, and how many there may be. */
export interface ContractOptions {
  /** How long after a try without a response the next one begins, in ms. */
  readonly retryDelayMs: number;
  /** How long a try waits for its response, in ms. */
  readonly responseTimeoutMs: number;
  /** The most connections to one host. */
  readonly connections: number;
  /** Without a response so far: where there are more, or more bytes, the oldest is dropped. */
  readonly mostPending: number;
  readonly mostPendingBytes: number;
  /** So many tries under way, and there is no {@link Contract.room} for more. */
  readonly mostUnderWay: number;
}

/** Who made a delivery hears what becomes of it. */
export interface Hears {
  /** A try begins. */
  began?(): void;
  /** A try is over. With a response the delivery is; without one there will be another try. */
  tried(outcome: Outcome): void;
  /** There were too many: it is given up. */
  dropped(): void;
}

/** Deliveries by the contract. */
export interface Contract {
  /** Begins one; resolves nothing, throws nothing. Returns how to give it up, of which nothing is heard. */
  send(delivery: Pick<Delivery, 'url' | 'headers' | 'body'>, hears: Hears): () => void;
  /** Resolves when so few tries are under way that more may begin. */
  room(): Promise<void>;
  /** How many have had no response yet. */
  pending(): number;
  /** Gives all of them up, without a word. */
  close(): Promise<void>;
}

/** A delivery until it has had a response. */
interface Pending {
  readonly delivery: Pick<Delivery, 'url' | 'headers' | 'body'>;
  readonly hears: Hears;
  readonly abort: AbortController;
  retry?: NodeJS.Timeout;
}

/**
 * Starts with no delivery. They begin in the order of their `send` and then run beside each other. A
 * silent one is sent again, with the same headers, to the url that it began with: whether the vendor
 * reads the url anew for each try is not documented.
 */
export function createContract(options: ContractOptions): Contract {
  const deliverer = createDeliverer({ connections: options.connections });
  const pending = new Set<Pending>();
  let pendingBytes = 0;
  let underWay = 0;
  let closed = false;
  let waiters: (() => void)[] = [];

  function end(one: Pending): void {
    if (!pending.delete(one)) return;
    clearTimeout(one.retry);
    pendingBytes -= one.delivery.body.length;
  }

  function giveUp(one: Pending): void {
    end(one);
    one.abort.abort();
  }

  function dropOldest(): void {
    for (const one of pending) {
      if (pending.size <= options.mostPending && pendingBytes <= options.mostPendingBytes) return;
      giveUp(one);
      one.hears.dropped();
    }
  }

  async function attempt(one: Pending): Promise<void> {
    one.hears.began?.();
    underWay++;
    const outcome = await deliverer.deliver({
      ...one.delivery,
      timeoutMs: options.responseTimeoutMs,
      signal: one.abort.signal,
    });
    if (pending.has(one)) {
      if (outcome.kind === 'answered') end(one);
      else one.retry = setTimeout(() => void attempt(one), options.retryDelayMs);
      one.hears.tried(outcome);
    }
    underWay--;
    if (underWay < options.mostUnderWay) wake();
  }

  function wake(): void {
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  }

  return {
    send(delivery, hears) {
      if (closed) return () => {};
      const one: Pending = { delivery, hears, abort: new AbortController() };
      pending.add(one);
      pendingBytes += delivery.body.length;
      dropOldest();
      if (pending.has(one)) void attempt(one);
      return () => giveUp(one);
    },
    room() {
      if (closed || underWay < options.mostUnderWay) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    pending: () => pending.size,
    async close() {
      closed = true;
      for (const one of [...pending]) end(one);
      wake();
      await deliverer.close();
    },
  };
}
