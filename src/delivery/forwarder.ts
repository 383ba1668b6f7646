/** The forwarder: sends stored events to the targets. In order within a chat, 8 chats at once, nothing twice. */

import { count } from '../feed/warning.ts';
import type { History } from '../history/history.ts';
import { createEventReader } from './event-reader.ts';
import { Lane, type LaneContext } from './lane.ts';

/** Forwards what waits in history, and holds no events itself. */
export interface Forwarder {
  /** An event was stored that these targets wait for. */
  kick(targets: readonly string[]): void;
  /** Begins no attempt until {@link resume}; attempts under way end normally. Idempotent. */
  pause(): void;
  /** Goes on in order. Events that have waited over `freshMs` by now stay in history, and `warn` tells how many. */
  resume(): void;
  isPaused(): boolean;
  /** Sends no event up to the seq `upTo` any more; attempts under way end normally. */
  dismiss(upTo: number): void;
  /** Goes on for up to `ms`, then aborts attempts under way; resolves when every attempt is stored. */
  drain(ms: number): Promise<void>;
  /** How many attempts were answered with 2xx, and how many were not. */
  counts(): { forwarded: number; failed: number };
}

export interface ForwarderOptions extends Omit<LaneContext, 'settled' | 'giveUp' | 'read'> {
  readonly history: Pick<History, 'waiting' | 'event' | 'attemptCount' | 'countWaiting'>;
  /** The urls to forward to. */
  readonly targets: readonly string[];
}

/** A forwarder of the events that are stored from now on; only a person sends earlier ones. */
export function createForwarder(options: ForwarderOptions): Forwarder {
  let forwarded = 0;
  let failed = 0;
  const giveUp = new AbortController();
  const context: LaneContext = {
    ...options,
    read: createEventReader(options.history, options.targets.length),
    giveUp: giveUp.signal,
    settled(outcome) {
      if (outcome === 'delivered') forwarded++;
      else failed++;
    },
  };
  const lanes = new Map<string, Lane>(
    options.targets.map((target) => [target, new Lane(target, context)]),
  );
  /** Events received before this time have waited too long, in ms since 1970. */
  const staleBefore = () => options.now() - options.freshMs;
  /** What {@link staleBefore} was when forwarding was paused; null while it is not. */
  let pausedSince: number | null = null;
  return {
    pause() {
      if (pausedSince !== null) return;
      pausedSince = staleBefore();
      for (const lane of lanes.values()) lane.pause();
    },
    resume() {
      if (pausedSince === null) return;
      const range = { after: options.after, since: pausedSince, before: staleBefore() };
      const left = options.history.countWaiting(range);
      pausedSince = null;
      if (left > 0) options.warn('waited_too_long', leftBehind(left, options.freshMs));
      for (const lane of lanes.values()) lane.resume();
    },
    isPaused: () => pausedSince !== null,
    dismiss(upTo) {
      for (const lane of lanes.values()) lane.dismiss(upTo);
    },
    kick(targets) {
      for (const target of targets) lanes.get(target)?.kick();
    },
    async drain(ms) {
      const timer = setTimeout(() => {
        for (const lane of lanes.values()) lane.stop();
        giveUp.abort();
      }, ms);
      await Promise.all([...lanes.values()].map((lane) => lane.idle()));
      clearTimeout(timer);
      for (const lane of lanes.values()) lane.stop();
    },
    counts: () => ({ forwarded, failed }),
  };
}

function leftBehind(events: number, freshMs: number): string {
  const minutes = Math.round(freshMs / 60_000);
  return `${count(events, 'event')} waited over ${minutes} min while forwarding was paused, and will not be sent unless you ask for it; see: eazewa-hooks events --waiting`;
}
