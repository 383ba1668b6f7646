/** What the system tells a running command: stop, and, a second or more later, leave now. */

import type { ExitName } from '../errors.ts';

/** The signals that stop a command, and the exit code of leaving by force (DESIGN §2). */
const SIGNALS: Readonly<Record<string, ExitName>> = {
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGTERM: 'terminate',
};

/** One Ctrl-C under npm arrives twice: from the terminal and passed on by npm. */
const TWICE_MS = 1000;

/** The exit code of a command that a signal ended before it was done; null where `stop` has another reason. */
export function exitOf({ reason }: AbortSignal): ExitName | null {
  return SIGNALS[String(reason)] ?? null;
}

/** What {@link listenForSignals} gives. */
export interface Signals {
  /** Aborted at the first signal; its reason is the signal's name. */
  readonly stop: AbortSignal;
  /** Stops as a signal would: `reason` says why. */
  requestStop(reason: string): void;
  /** What Ctrl-C means: SIGINT, from a terminal whose keys come as they are. */
  interrupt(): void;
  /** Does the work while SIGINT is somebody else's: Ctrl-C in an editor that has the terminal. */
  unheard<T>(work: () => Promise<T>): Promise<T>;
  /** Removes the handlers; the system's defaults apply again. */
  dispose(): void;
}

/**
 * Hears SIGINT, SIGTERM and SIGHUP (on Windows the console's closing comes as SIGHUP).
 * The first aborts `stop`; another one a second or more after it calls `leave`.
 */
export function listenForSignals(
  process: Pick<NodeJS.Process, 'on' | 'off'>,
  now: () => number,
  leave: (exit: ExitName) => void,
): Signals {
  const stop = new AbortController();
  let first: number | null = null;
  let lent = 0;
  const handlers = Object.entries(SIGNALS).map(([signal, exit]) => {
    const handler = () => {
      if (signal === 'SIGINT' && lent > 0) return;
      if (first === null) {
        first = now();
        stop.abort(signal);
      } else if (now() - first >= TWICE_MS) leave(exit);
    };
    process.on(signal, handler);
    return { signal, handler, off: () => process.off(signal, handler) };
  });
  return {
    stop: stop.signal,
    requestStop(reason) {
      first ??= now();
      stop.abort(reason);
    },
    async unheard(work) {
      lent++;
      try {
        return await work();
      } finally {
        lent--;
      }
    },
    interrupt: () => handlers.find(({ signal }) => signal === 'SIGINT')?.handler(),
    dispose: () => {
      for (const { off } of handlers) off();
    },
  };
}
