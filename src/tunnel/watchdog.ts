/** The watchdog: sees to it that a tunnel that is open also leads here, and opens it anew when it does not. */

import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import type { Opening, Tunnel } from './tunnel.ts';

/** What became of the tunnel. Times are ms since 1970. */
export type TunnelNews =
  /** It leads here; where `outageTo` is set, it did not in between, and the instance points at it again. */
  | { state: 'up'; url: string; since: number; outageFrom: number | null; outageTo: number | null }
  /** It does not; nothing has come in since `outageFrom` that we know of. */
  | { state: 'down'; url: string; since: number; outageFrom: number; reason: string }
  /** It leads here by another url than the instance has. */
  | { state: 'changed'; url: string; since: number; outageFrom: number };

export interface WatchOptions {
  readonly open: (opening: Opening) => Promise<Tunnel>;
  /** Resolves when a request to `url` ended at this listener; throws why it did not. */
  readonly prove: (url: string, timeoutMs: number, signal: AbortSignal) => Promise<void>;
  readonly say: (news: TunnelNews) => void;
  /** Something did not work and is tried again: told when it is not what was told before. */
  readonly failing: (error: Error) => void;
  readonly now: () => number;
  /** Ends the opening. */
  readonly signal: AbortSignal;
  /** Between the beginnings of two tries, in ms; the last is kept. */
  readonly backOffMs?: readonly number[];
}

export interface Watched {
  /** The url that the instance is to have. */
  readonly url: string;
  /** Since when nothing has come in that we know of, ms since 1970; null while all is well. */
  readonly outageFrom: number | null;
  /** An event has come in. Costs next to nothing. */
  heard(): void;
  /** From now on the tunnel is kept up. `moved` points the instance at another url; it is tried until it succeeds. */
  start(moved: (url: string) => Promise<void>): void;
  /** Stops watching and closes the tunnel. Never rejects. */
  stop(): Promise<void>;
}

const TICK_MS = 1000;
/** Without an event the loop is proven so often: a free ngrok account has 20,000 requests a month. */
const IDLE_MS = 10 * 60_000;
/** The clock went so far in one tick: the machine slept, or this process was stopped. */
const JUMP_MS = 10_000;
/** What was proven counts as of this long before: that it was lost meanwhile may be told later. */
const TOLD_LATE_MS = 2000;
const FIRST = { stepMs: 10_000, proofMs: 10_000 };
/** Once it has worked, a step that takes longer than this is better begun anew. */
const AGAIN = { stepMs: 5_000, proofMs: 3_500 };
/** How long a connection that was lost may take to heal by itself. */
const HEAL_MS = 600;
/** How long a new way may take until every edge knows it; after some tries nobody waits for it. */
const SETTLE_MS = 2000;
const SETTLED_TRIES = 3;
const FIRST_PAUSE_MS = 100;
const BACK_OFF_MS = [1000, 2000, 4000, 5000];
/** What is rate limited is not asked more often, in ms. */
const LIMITED_MS = 30_000;
/** After so many troubles in a minute each next one waits: a line that flaps is not worth a request a second. */
const CALM = { troubles: 10, withinMs: 60_000, pauseMs: 5000 };

/**
 * Opens a tunnel and proves that it leads here, then keeps it so (DESIGN *Tunnel*): the loop is proven
 * by every event, and by a request of our own after ten minutes without one, a missed heartbeat, a
 * lost connection, or a jump of the clock. Throws what the first opening and the first proof throw.
 */
export async function watchTunnel(options: WatchOptions): Promise<Watched> {
  const { prove, say, now, backOffMs = BACK_OFF_MS } = options;
  const leaving = new AbortController();
  const { signal } = leaving;

  /** What may be wrong, until it is looked into. `lost`: somebody has answered in our place. */
  let suspicion: { reason: string; lost: boolean } | null = null;
  let generation = 0;
  let wake = () => {};
  const suspect = (reason: string, lost: boolean) => {
    suspicion = { reason, lost: lost || suspicion?.lost === true };
    wake();
  };
  const open = ({ stepMs }: { stepMs: number }) => {
    const mine = ++generation;
    return options.open({
      stepMs,
      signal,
      suspect: (reason, lost) => mine === generation && suspect(reason, lost),
    });
  };

  let ticked = now();
  let tickedBefore = ticked;
  let provenAt = ticked;
  /** Since when nothing is known to have come in; null while all is well. */
  let outageFrom: number | null = null;

  /** Resolves when a request to `to` ended here, tried for a while. Throws why it did not; each try tells `failed`. */
  const leadsHere = async (
    to: string,
    proofMs: number,
    forMs: number,
    failed: (error: unknown) => void = () => {},
  ) => {
    const giveUpAt = performance.now() + forMs;
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      const began = now();
      try {
        await prove(to, proofMs, signal);
        provenAt = Math.max(provenAt, began - TOLD_LATE_MS);
        return;
      } catch (error) {
        signal.throwIfAborted();
        failed(error);
        if (performance.now() >= giveUpAt) throw error;
      }
      await sleep(pause, undefined, { signal });
    }
  };

  const begin = async (): Promise<Tunnel> => {
    const leave = () => leaving.abort(options.signal.reason);
    if (options.signal.aborted) leave();
    options.signal.addEventListener('abort', leave);
    let opened: Tunnel | null = null;
    try {
      opened = await open(FIRST);
      suspicion = null;
      await leadsHere(opened.url, FIRST.proofMs, SETTLE_MS);
      signal.throwIfAborted();
      return opened;
    } catch (error) {
      await opened?.close();
      throw error;
    } finally {
      options.signal.removeEventListener('abort', leave);
    }
  };
  let tunnel = await begin();
  let { url } = tunnel;
  /** The url that the instance has for sure; null while it is being set. */
  let settled: string | null = url;
  ticked = tickedBefore = provenAt = now();
  say({ state: 'up', url, since: ticked, outageFrom: null, outageTo: null });

  let busy = false;
  const tick = () => {
    const at = now();
    const asleep = at - ticked > JUMP_MS;
    tickedBefore = Math.min(ticked, at);
    ticked = at;
    provenAt = Math.min(provenAt, at);
    // Nobody has answered here in that time: whoever waited in our place did.
    if (asleep) suspect('this machine was asleep, or its clock was set', true);
    else if (!busy && suspicion === null && at - provenAt > IDLE_MS)
      suspect('nothing came in', false);
  };
  const ticking = setInterval(tick, TICK_MS);

  const goDown = (reason: string) => {
    if (outageFrom !== null) return;
    outageFrom = provenAt;
    say({ state: 'down', url, since: now(), outageFrom, reason });
  };

  let told = '';
  /** Does it again until it succeeds, or `over` says that it is no use. */
  const persist = async (work: (tries: number) => Promise<void>, over = () => false) => {
    told = '';
    for (let tries = 0; !over(); tries++) {
      const began = performance.now();
      let pause = backOffMs[Math.min(tries, backOffMs.length - 1)] ?? 0;
      try {
        return await work(tries);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        if (error.message !== told) options.failing(error);
        told = error.message;
        if (error instanceof CliError && error.exit === 'rateLimited') pause = LIMITED_MS;
      }
      await sleep(Math.max(0, pause - (performance.now() - began)), undefined, { signal });
    }
  };
  const reopen = async (tries: number) => {
    generation++;
    await tunnel.close();
    tunnel = await open(AGAIN);
    suspicion = null;
    await leadsHere(tunnel.url, AGAIN.proofMs, tries < SETTLED_TRIES ? SETTLE_MS : 0);
  };

  let troubles: number[] = [];
  /** Lets some time pass where there has been too much trouble lately. */
  const calmDown = async () => {
    const at = performance.now();
    troubles = [...troubles.filter((earlier) => at - earlier < CALM.withinMs), at];
    if (troubles.length > CALM.troubles) await sleep(CALM.pauseMs, undefined, { signal });
  };

  const look = async ({ reason, lost }: { reason: string; lost: boolean }) => {
    if (lost) goDown(reason);
    await calmDown();
    suspicion = null;
    try {
      const failed = (error: unknown) => goDown(lost ? reason : messageOf(error));
      await leadsHere(tunnel.url, AGAIN.proofMs, HEAL_MS, failed);
    } catch {
      signal.throwIfAborted();
      await persist(reopen);
    }
  };
  const settle = async (moved: (url: string) => Promise<void>) => {
    const to = tunnel.url;
    settled = null;
    say({ state: 'changed', url: to, since: now(), outageFrom: outageFrom ?? provenAt });
    await persist(
      async () => {
        await moved(to);
        settled = to;
      },
      () => suspicion !== null,
    );
    url = to;
  };
  const watch = async (moved: (url: string) => Promise<void>) => {
    for (;;) {
      busy = false;
      while (suspicion === null && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      signal.throwIfAborted();
      busy = true;
      await look(suspicion as unknown as { reason: string; lost: boolean });
      if (tunnel.url !== settled) await settle(moved);
      // Something else has happened meanwhile: it is not over yet.
      if (outageFrom === null || settled === null || suspicion !== null) continue;
      provenAt = now();
      const from = Math.min(outageFrom, provenAt);
      outageFrom = null;
      say({ state: 'up', url, since: provenAt, outageFrom: from, outageTo: provenAt });
    }
  };

  let watching: Promise<void> = Promise.resolve();
  return {
    get url() {
      return url;
    },
    get outageFrom() {
      return outageFrom;
    },
    heard() {
      // As of the tick before the last: what waited in a socket says nothing of this moment.
      if (suspicion === null && outageFrom === null && tickedBefore > provenAt) {
        provenAt = tickedBefore;
      }
    },
    start(moved) {
      watching = watch(moved).catch((error) => {
        if (!signal.aborted) throw error;
      });
    },
    async stop() {
      clearInterval(ticking);
      leaving.abort();
      wake();
      await watching.catch(() => {});
      await tunnel.close();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
