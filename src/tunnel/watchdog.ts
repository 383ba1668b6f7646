/** The watchdog: proves again and again that an open tunnel leads here, and opens it anew when it does not. */

import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, messageOf } from '../errors.ts';
import { onAbort } from '../platform/on-abort.ts';
import { LastProof } from './last-proof.ts';
import type { Opening, Tunnel } from './tunnel.ts';

/** The state of the tunnel. Times are ms since 1970. */
export type TunnelNews =
  /** It leads here. `outageFrom` and `outageTo`, where set, are the outage that is over. */
  | { state: 'up'; url: string; since: number; outageFrom: number | null; outageTo: number | null }
  /** It does not lead here. `outageFrom`: the last moment at which it was known to. */
  | { state: 'down'; url: string; since: number; outageFrom: number; reason: string }
  /** It leads here by another url than the instance has. */
  | { state: 'changed'; url: string; since: number; outageFrom: number };

export interface WatchOptions {
  readonly open: (opening: Opening) => Promise<Tunnel>;
  /** Resolves when requests to `url` ended at this listener, each in `timeoutMs` unless it is large; throws why they did not. */
  readonly prove: (url: string, timeoutMs: number, signal: AbortSignal) => Promise<void>;
  readonly say: (news: TunnelNews) => void;
  /** Called when something failed and is retried, unless the error before had the same message. */
  readonly failing: (error: Error) => void;
  readonly now: () => number;
  /** Aborts the opening. */
  readonly signal: AbortSignal;
  /** The pauses between the starts of two retries, in ms; the last one repeats. */
  readonly backOffMs?: readonly number[];
}

export interface Watched {
  /** The url that the instance is to have. */
  readonly url: string;
  /** When the present outage began, in ms since 1970; null without one. */
  readonly outageFrom: number | null;
  /** An event came in, which proves the loop. Costs next to nothing. */
  eventArrived(): void;
  /** Watches the tunnel from now on. `moved` points the instance at another url; it is retried until it succeeds. */
  start(moved: Move): void;
  /** Stops watching and closes the tunnel. Never rejects. */
  stop(): Promise<void>;
}

type Move = (url: string) => Promise<void>;

/** Why the tunnel may not lead here. `lost`: for a moment at least it did not, so events may be lost. */
interface Suspicion {
  readonly reason: string;
  readonly lost: boolean;
}

const TICK_MS = 1000;
/** The loop is proven after this long without an event: a free ngrok account has 20,000 requests a month. */
const IDLE_MS = 10 * 60_000;
/** A proof is dated back by this, in ms: the loss of a connection may be reported late. */
const TOLD_LATE_MS = 2000;
const FIRST = { stepMs: 10_000, proofMs: 10_000 };
/** Once the tunnel has worked, a step that takes longer than this is better started anew. */
const AGAIN = { stepMs: 5_000, proofMs: 3_500 };
/** How long a lost connection may take to heal by itself. */
const HEAL_MS = 600;
/** How long a new tunnel may take until every edge knows it, for the first tries. */
const SETTLE_MS = 2000;
const SETTLED_TRIES = 3;
const FIRST_PAUSE_MS = 100;
const BACK_OFF_MS = [1000, 2000, 4000, 5000];
/** The pause after a rate limit, in ms. */
const LIMITED_MS = 30_000;
/** After this many troubles in a minute each next one waits: a flapping line is not worth a request a second. */
const CALM = { troubles: 10, withinMs: 60_000, pauseMs: 5000 };

/**
 * Opens a tunnel, proves that it leads here, and keeps it so. The loop is proven by every event, and by
 * a request of our own after ten minutes without one, a missed heartbeat, a lost connection, or a jump
 * of the clock. Throws what the first opening and the first proof throw.
 */
export async function watchTunnel(options: WatchOptions): Promise<Watched> {
  const watchdog = new Watchdog(options);
  await watchdog.open();
  return watchdog;
}

class Watchdog implements Watched {
  readonly #options: WatchOptions;
  readonly #leaving = new AbortController();
  readonly #suspicions = new EventEmitter<{ raised: [] }>();
  readonly #proof: LastProof;
  /** What may be wrong, until it is looked into. */
  #suspicion: Suspicion | null = null;
  /** Suspicions of an earlier tunnel do not count. */
  #generation = 0;
  #tunnel: Tunnel = { url: '', close: async () => {} };
  #url = '';
  /** The url that the instance has for sure; null while another one is being set. */
  #settled: string | null = null;
  #outageFrom: number | null = null;
  #isBusy = false;
  #troubles: number[] = [];
  #ticking: NodeJS.Timeout | undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#proof = new LastProof(options.now());
  }

  get url(): string {
    return this.#url;
  }

  get outageFrom(): number | null {
    return this.#outageFrom;
  }

  /** Opens the tunnel for the first time and proves it. Closes what was opened when that fails. */
  async open(): Promise<void> {
    const { signal, say, now } = this.#options;
    const end = () => this.#leaving.abort(signal.reason);
    if (signal.aborted) end();
    const leave = onAbort(signal, end);
    try {
      this.#tunnel = await this.#openTunnel(FIRST.stepMs);
      await this.#leadsHere(FIRST.proofMs, SETTLE_MS);
      this.#signal.throwIfAborted();
    } catch (error) {
      await this.#tunnel.close();
      throw error;
    } finally {
      leave();
    }
    const { url } = this.#tunnel;
    const since = now();
    this.#url = url;
    this.#settled = url;
    this.#proof.tick(since);
    this.#proof.renew(since);
    say({ state: 'up', url, since, outageFrom: null, outageTo: null });
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
  }

  eventArrived(): void {
    if (this.#suspicion === null && this.#outageFrom === null) this.#proof.eventArrived();
  }

  start(moved: Move): void {
    this.#watching = this.#watch(moved).catch((error) => {
      if (!this.#signal.aborted) throw error;
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticking);
    this.#leaving.abort();
    await this.#watching.catch(() => {});
    await this.#tunnel.close();
  }

  get #signal(): AbortSignal {
    return this.#leaving.signal;
  }

  #tick(): void {
    const now = this.#options.now();
    // While this machine slept, the edge of the tunnel may have answered the vendor in our place.
    if (this.#proof.tick(now)) this.#suspect('this machine was asleep, or its clock was set', true);
    else if (!this.#isBusy && this.#suspicion === null && now - this.#proof.at > IDLE_MS) {
      this.#suspect('no event came in for a while', false);
    }
  }

  #suspect(reason: string, lost: boolean): void {
    this.#suspicion = { reason, lost: lost || this.#suspicion?.lost === true };
    this.#suspicions.emit('raised');
  }

  /** Looks into each suspicion, until the watchdog stops. */
  async #watch(moved: Move): Promise<void> {
    const signal = this.#signal;
    for (;;) {
      this.#isBusy = false;
      while (this.#suspicion === null) await once(this.#suspicions, 'raised', { signal });
      signal.throwIfAborted();
      this.#isBusy = true;
      await this.#lookInto(this.#suspicion);
      if (this.#tunnel.url !== this.#settled) await this.#settle(moved);
      // Another suspicion or a url in doubt: the outage is not over.
      if (this.#suspicion === null && this.#settled !== null) this.#goUp();
    }
  }

  /** Proves the loop, and opens the tunnel anew until the proof holds. */
  async #lookInto({ reason, lost }: Suspicion): Promise<void> {
    if (lost) this.#goDown(reason);
    await this.#calmDown();
    this.#suspicion = null;
    try {
      const failed = (error: unknown) => this.#goDown(lost ? reason : messageOf(error));
      await this.#leadsHere(AGAIN.proofMs, HEAL_MS, failed);
    } catch {
      this.#signal.throwIfAborted();
      await this.#persist((tries) => this.#reopen(tries));
    }
  }

  async #reopen(tries: number): Promise<void> {
    this.#generation++;
    await this.#tunnel.close();
    this.#tunnel = await this.#openTunnel(AGAIN.stepMs);
    await this.#leadsHere(AGAIN.proofMs, tries < SETTLED_TRIES ? SETTLE_MS : 0);
  }

  async #openTunnel(stepMs: number): Promise<Tunnel> {
    const mine = ++this.#generation;
    const suspect = (reason: string, lost: boolean) => {
      if (mine === this.#generation) this.#suspect(reason, lost);
    };
    const tunnel = await this.#options.open({ stepMs, signal: this.#signal, suspect });
    this.#suspicion = null;
    return tunnel;
  }

  /** Resolves when a request through the tunnel ended here, retried for a while. Throws why it did not; `failed` gets every error. */
  async #leadsHere(
    proofMs: number,
    forMs: number,
    failed: (error: unknown) => void = () => {},
  ): Promise<void> {
    const { prove, now } = this.#options;
    const { url } = this.#tunnel;
    const signal = this.#signal;
    const giveUpAt = performance.now() + forMs;
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      const began = now();
      try {
        await prove(url, proofMs, signal);
        this.#proof.held(began - TOLD_LATE_MS);
        return;
      } catch (error) {
        signal.throwIfAborted();
        failed(error);
        const isFinal = error instanceof CliError && error.code === 'webhooks_not_passed';
        if (isFinal || performance.now() >= giveUpAt) throw error;
      }
      await sleep(pause, undefined, { signal });
    }
  }

  /** Points the instance at the tunnel's url, unless something else happens first. */
  async #settle(moved: Move): Promise<void> {
    const { say, now } = this.#options;
    const { url } = this.#tunnel;
    this.#settled = null;
    say({ state: 'changed', url, since: now(), outageFrom: this.#outageFrom ?? this.#proof.at });
    const move = async () => {
      await moved(url);
      this.#settled = url;
    };
    await this.#persist(move, () => this.#suspicion !== null);
    this.#url = url;
  }

  /** Retries `work` until it succeeds, or until `over` says that it is of no use. */
  async #persist(work: (tries: number) => Promise<void>, over = () => false): Promise<void> {
    const { failing, backOffMs = BACK_OFF_MS } = this.#options;
    const signal = this.#signal;
    let told = '';
    for (let tries = 0; !over(); tries++) {
      const began = performance.now();
      let pause = backOffMs[Math.min(tries, backOffMs.length - 1)] ?? 0;
      try {
        return await work(tries);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        if (error.message !== told) failing(error);
        told = error.message;
        if (error instanceof CliError && error.exit === 'rateLimited') pause = LIMITED_MS;
      }
      await sleep(Math.max(0, pause - (performance.now() - began)), undefined, { signal });
    }
  }

  /** Waits a while where there has been too much trouble lately. */
  async #calmDown(): Promise<void> {
    const now = performance.now();
    this.#troubles = [...this.#troubles.filter((at) => now - at < CALM.withinMs), now];
    if (this.#troubles.length <= CALM.troubles) return;
    await sleep(CALM.pauseMs, undefined, { signal: this.#signal });
  }

  #goDown(reason: string): void {
    if (this.#outageFrom !== null) return;
    const { say, now } = this.#options;
    const outageFrom = this.#proof.at;
    this.#outageFrom = outageFrom;
    say({ state: 'down', url: this.#url, since: now(), outageFrom, reason });
  }

  #goUp(): void {
    if (this.#outageFrom === null) return;
    const since = this.#options.now();
    this.#proof.renew(since);
    const outageFrom = Math.min(this.#outageFrom, since);
    this.#outageFrom = null;
    this.#options.say({ state: 'up', url: this.#url, since, outageFrom, outageTo: since });
  }
}
