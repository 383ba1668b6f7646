/** Signals to a running command: the first stops it, a later one may make it exit at once. */

import { isatty } from 'node:tty';
import type { ExitName } from '../errors.ts';

/** The signals that stop a command, with the exit code of a forced exit. */
const SIGNALS: Readonly<Record<string, ExitName>> = {
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGTERM: 'terminate',
};

/** Under npm one Ctrl-C arrives twice: from the terminal and from npm. */
const TWICE_MS = 1000;

/** The exit code for a command that a signal stopped; null where `stop` has another reason. */
export function exitOf({ reason }: AbortSignal): ExitName | null {
  return SIGNALS[String(reason)] ?? null;
}

/**
 * Whether SIGHUP means nothing to this process: none of stdin, stdout and stderr is a terminal. Node
 * resets what `nohup` has set, so that cannot be asked. On Windows SIGHUP is always a closed console.
 */
export function ignoresHangup(): boolean {
  return process.platform !== 'win32' && ![0, 1, 2].some((fd) => isatty(fd));
}

/** The handle of {@link listenForSignals}. */
export interface Signals {
  /** Aborted at the first signal; its reason is the signal's name. */
  readonly stop: AbortSignal;
  /** Stops like a signal, for this reason. */
  requestStop(reason: string): void;
  /** Handles Ctrl-C as SIGINT, for a terminal in raw mode. */
  interrupt(): void;
  /** Runs `work` and ignores SIGINT meanwhile: Ctrl-C then belongs to an editor on the terminal. */
  unheard<T>(work: () => Promise<T>): Promise<T>;
  /** The command is over and the process about to exit: a signal no longer changes its exit code. */
  dispose(): void;
}

/**
 * Handles SIGINT, SIGTERM and SIGHUP (on Windows SIGHUP is a closed console), the last one not where
 * it is ignored. The first one aborts `stop`; each that comes a second or more after the one before
 * calls `again`.
 */
export function listenForSignals(
  process: Pick<NodeJS.Process, 'on'>,
  now: () => number,
  again: (exit: ExitName) => void,
  ignoreHangup: boolean,
): Signals {
  const stop = new AbortController();
  let last: number | null = null;
  let lent = 0;
  let isOver = false;
  const heard = Object.entries(SIGNALS).filter(([signal]) => signal !== 'SIGHUP' || !ignoreHangup);
  const handlers = heard.map(([signal, exit]) => {
    const handler = () => {
      if (isOver || (signal === 'SIGINT' && lent > 0)) return;
      if (last === null) {
        last = now();
        stop.abort(signal);
      } else if (now() - last >= TWICE_MS) {
        last = now();
        again(exit);
      }
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return {
    stop: stop.signal,
    requestStop(reason) {
      last ??= now();
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
      isOver = true;
    },
  };
}
