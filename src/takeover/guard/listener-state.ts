/** Ends a listener that is stopped (Ctrl-Z, SIGSTOP) while it holds an instance: its events would get no answer. */

import type { Clock } from '../../platform/clock.ts';
import type { StoppedTimes } from './stopped-times.ts';

/** What a guard did to its stopped listener. */
export interface EndedListener {
  /** Since when the listener was stopped, ISO 8601, as far as its guard saw. */
  readonly stoppedAt: string;
  /** It did not end when it was told to. */
  readonly killed: boolean;
}

/** What a guard needs in order to watch its listener. */
export interface ListenerWatch {
  readonly times: StoppedTimes;
  readonly clock: Clock;
  /** Ms since 1970. */
  now(): number;
  /** Whether the listener's process is stopped at this moment. */
  isStopped(): boolean;
  /** Whether the listener holds the instance. */
  holds(): Promise<boolean>;
  /** Sends the listener a signal. Does nothing when it has ended. */
  signal(name: 'SIGTERM' | 'SIGCONT' | 'SIGKILL'): void;
}

/**
 * Watches the listener until the signal aborts. Returns a function that tells what was done to it; null
 * for nothing. Only the time between two looks that both find it stopped counts. A gap of more than two
 * looks does not: the guard itself was stopped then, or the machine slept.
 */
export function watchListener(
  watch: ListenerWatch,
  signal: AbortSignal,
): () => EndedListener | null {
  const { times, clock } = watch;
  let ended: EndedListener | null = null;
  const run = async () => {
    let seen: { readonly at: number; readonly isStopped: boolean } | null = null;
    let stoppedAt = '';
    let stoppedMs = 0;
    let endingMs = 0;
    for (;;) {
      await clock.pause(times.everyMs, signal);
      if (signal.aborted) return;
      const at = clock.monotonic();
      const gap = seen === null ? 0 : at - seen.at;
      const counted = gap > 2 * times.everyMs ? 0 : gap;
      if (ended !== null) {
        endingMs += counted;
        seen = { at, isStopped: false };
        if (endingMs < times.endMs) continue;
        ended = { ...ended, killed: true };
        watch.signal('SIGKILL');
        return;
      }
      const isStopped = watch.isStopped() && (await watch.holds());
      if (signal.aborted) return;
      if (!isStopped) stoppedMs = 0;
      else if (!seen?.isStopped) stoppedAt = new Date(watch.now()).toISOString();
      else stoppedMs += counted;
      seen = { at, isStopped };
      if (stoppedMs < times.stoppedMs) continue;
      ended = { stoppedAt, killed: false };
      // In this order: SIGTERM waits until the listener is continued.
      watch.signal('SIGTERM');
      watch.signal('SIGCONT');
    }
  };
  void run();
  return () => ended;
}
