/** The watchdog: sees to it that a tunnel that is open also leads here, and opens it anew when it does not. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Opening, Tunnel } from './tunnel.ts';

/** What became of the tunnel. Times are ms since 1970. */
export type TunnelNews =
  /** It leads here; where `deafTo` is set, it did not in between, and the instance points at it again. */
  | { state: 'up'; url: string; since: number; deafFrom: number | null; deafTo: number | null }
  /** It does not; nothing has come in since `deafFrom` that we know of. */
  | { state: 'down'; url: string; since: number; deafFrom: number; reason: string }
  /** It leads here by another url, which the instance does not have yet. */
  | { state: 'changed'; url: string; since: number; deafFrom: number };

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
  /** An event has come in. Costs next to nothing. */
  heard(): void;
  /** From now on the tunnel is kept up. `moved` points the instance at another url; it is tried until it succeeds. */
  start(moved: (url: string, signal: AbortSignal) => Promise<void>): void;
  /** Stops watching and closes the tunnel. Never rejects. */
  stop(): Promise<void>;
}

const TICK_MS = 1000;
/** Without an event the loop is proven so often: a free ngrok account has 20,000 requests a month. */
const IDLE_MS = 10 * 60_000;
/** The clock went so far in one tick: the machine slept, or its clock was set. */
const JUMP_MS = 10_000;
const FIRST = { stepMs: 10_000, proofMs: 10_000 };
/** Once it has worked, a step that takes longer than this is better begun anew. */
const AGAIN = { stepMs: 5_000, proofMs: 3_500 };
/** How long a connection that was lost may take to heal by itself. */
const HEAL_MS = 600;
/** How long a new way may take until every edge knows it. */
const SETTLE_MS = 2000;
const FIRST_PAUSE_MS = 100;
const BACK_OFF_MS = [1000, 2000, 4000, 5000];

/**
 * Opens a tunnel and proves that it leads here, then keeps it so (DESIGN *Tunnel*): the loop is proven
 * by every event, and by a request of our own after ten minutes without one, a missed heartbeat, a
 * lost connection, or a jump of the clock. Throws what the first opening and the first proof throw.
 */
export async function watchTunnel(options: WatchOptions): Promise<Watched> {
  const { prove, say, now, backOffMs = BACK_OFF_MS } = options;
  const leaving = new AbortController();
  const { signal } = leaving;
  const leave = () => leaving.abort(options.signal.reason);

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
  /** From when on nothing is known to have come in; null while all is well. */
  let deafFrom: number | null = null;

  /** Resolves when a request to `to` ended here, tried for a while. Throws why it did not. */
  const leadsHere = async (to: string, proofMs: number, forMs: number) => {
    const giveUpAt = performance.now() + forMs;
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      const began = now();
      try {
        await prove(to, proofMs, signal);
        provenAt = Math.max(provenAt, began);
        return;
      } catch (error) {
        if (signal.aborted || performance.now() >= giveUpAt) throw error;
      }
      await sleep(pause, undefined, { signal });
    }
  };

  const begin = async (): Promise<Tunnel> => {
    if (options.signal.aborted) leave();
    options.signal.addEventListener('abort', leave);
    const opened = await open(FIRST);
    try {
      suspicion = null;
      await leadsHere(opened.url, FIRST.proofMs, SETTLE_MS);
      signal.throwIfAborted();
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    } finally {
      options.signal.removeEventListener('abort', leave);
    }
  };
  let tunnel = await begin();
  let url = tunnel.url;
  ticked = tickedBefore = now();
  say({ state: 'up', url, since: ticked, deafFrom: null, deafTo: null });

  const tick = () => {
    const at = now();
    const jumped = at - ticked > JUMP_MS || at < ticked - TICK_MS;
    tickedBefore = Math.min(ticked, at);
    ticked = at;
    provenAt = Math.min(provenAt, at);
    if (jumped) suspect('this machine was asleep, or its clock was set', false);
    else if (at - provenAt > IDLE_MS && deafFrom === null) suspect('nothing came in', false);
  };
  const ticking = setInterval(tick, TICK_MS);

  const goDown = (reason: string) => {
    if (deafFrom !== null) return;
    deafFrom = provenAt;
    say({ state: 'down', url, since: now(), deafFrom, reason });
  };

  let told = '';
  const tell = (error: unknown) => {
    signal.throwIfAborted();
    const message = messageOf(error);
    if (message !== told) options.failing(error instanceof Error ? error : new Error(message));
    told = message;
  };
  /** Does it again until it succeeds, or `over` says that it is no use. */
  const persist = async (work: () => Promise<void>, over: () => boolean = () => false) => {
    told = '';
    for (let tries = 0; !over(); tries++) {
      const began = performance.now();
      try {
        return await work();
      } catch (error) {
        tell(error);
      }
      const pause = backOffMs[Math.min(tries, backOffMs.length - 1)] ?? 0;
      await sleep(Math.max(0, pause - (performance.now() - began)), undefined, { signal });
    }
  };
  const reopen = async () => {
    generation++;
    await tunnel.close();
    const opened = await open(AGAIN);
    tunnel = opened;
    suspicion = null;
    await leadsHere(opened.url, AGAIN.proofMs, SETTLE_MS);
  };

  const watch = async (moved: (url: string, signal: AbortSignal) => Promise<void>) => {
    for (;;) {
      while (suspicion === null && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      signal.throwIfAborted();
      const { reason, lost } = suspicion as { reason: string; lost: boolean };
      if (lost) goDown(reason);
      suspicion = null;
      try {
        await leadsHere(tunnel.url, AGAIN.proofMs, HEAL_MS);
      } catch (error) {
        signal.throwIfAborted();
        goDown(lost ? reason : messageOf(error));
        await persist(reopen);
      }
      if (tunnel.url !== url && deafFrom !== null) {
        const to = tunnel.url;
        say({ state: 'changed', url: to, since: now(), deafFrom });
        await persist(
          () => moved(to, signal),
          () => suspicion !== null,
        );
        if (suspicion !== null) continue;
        url = to;
      }
      if (deafFrom === null) continue;
      provenAt = now();
      const from = Math.min(deafFrom, provenAt);
      deafFrom = null;
      say({ state: 'up', url, since: provenAt, deafFrom: from, deafTo: provenAt });
    }
  };

  let watching: Promise<void> = Promise.resolve();
  return {
    get url() {
      return url;
    },
    heard() {
      // As of the tick before the last: what waited in a socket says nothing of this moment.
      if (suspicion === null && deafFrom === null && tickedBefore > provenAt)
        provenAt = tickedBefore;
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
