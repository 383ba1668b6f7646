/** The vendor's contract around deliveries: any response ends one, silence is sent again (VENDOR §2). */

import {
  createDeliverer,
  type DelivererOptions,
  type Delivery,
  type DeliveryResult,
  type RawHeaders,
} from './deliver.ts';

/** What is to be delivered: every try sends these bytes and headers to this url. */
export interface Parcel {
  readonly url: string;
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
}

export interface ContractOptions<P extends Parcel> extends DelivererOptions {
  /** The pause after a try without a response, in ms. */
  readonly retryDelayMs: number;
  /** How long one try may take, in ms. */
  readonly responseTimeoutMs: number;
  /** So many may be without a response, and so many bytes of them: then the oldest is dropped. */
  readonly mostPending: number;
  readonly mostPendingBytes: number;
  /** So many tries at one time; more wait for one of them to end. */
  readonly mostUnderWay: number;
  /** A try begins. */
  began?(parcel: P): void;
  /** A try ended: with a response the delivery is over, without one it goes on. */
  tried(parcel: P, outcome: DeliveryResult): void;
  /** It was given up, since too many are pending. */
  dropped(parcel: P): void;
}

/** Deliveries that begin in the order of their `send` and then run beside each other. */
export interface Contract<P extends Parcel> {
  /** Delivers it. Never throws, and does nothing once closed. */
  send(parcel: P): void;
  /** Resolves when fewer than `most` tries are under way. */
  room(most: number): Promise<void>;
  /** How many have had no response yet, and how many bytes the tries that are under way hold. */
  counts(): { readonly pending: number; readonly bytesUnderWay: number };
  /** Ends those that are meant where they are, and gives them. */
  end(which: (parcel: P) => boolean): P[];
  /**
   * From now on nothing is tried more than once. What pauses is tried at once; when nothing is under
   * way any more, or after `ms`, what has had no response is ended and given. Later ones may come.
   */
  drain(ms: number): Promise<P[]>;
  /** Ends every delivery where it is. */
  close(): Promise<void>;
}

interface Pending {
  readonly abort: AbortController;
  isUnderWay: boolean;
  retry?: NodeJS.Timeout;
}

/** Starts with no delivery, and with connections of its own. */
export function createContract<P extends Parcel>(options: ContractOptions<P>): Contract<P> {
  const deliverer = createDeliverer(options);
  const pending = new Map<P, Pending>();
  /** Those whose turn it is as soon as a try ends. */
  const queue = new Set<P>();
  let waiters: { readonly below: number; readonly resolve: () => void }[] = [];
  let pendingBytes = 0;
  let bytesUnderWay = 0;
  let underWay = 0;
  /** Pending, and no try of it is under way. */
  let resting = 0;
  let isDraining = false;
  let isClosed = false;

  /** No response is awaited any more, for whatever reason. */
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
      // Under load a request would be cut short of its answer again and again: those that rest go first.
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
    const outcome = await deliverer.deliver({
      url,
      headers,
      body,
      timeoutMs: options.responseTimeoutMs,
      signal: state.abort.signal,
    } satisfies Delivery);
    if (pending.has(parcel)) ended(parcel, state, outcome);
    underWay--;
    bytesUnderWay -= body.length;
    wake();
  }

  function ended(parcel: P, state: Pending, outcome: DeliveryResult): void {
    state.isUnderWay = false;
    resting++;
    if (outcome.kind === 'answered') settled(parcel, state);
    else if (!isDraining) pauseThenGoOn(parcel, state);
    options.tried(parcel, outcome);
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
