/** Job control of a shell: whether this process has its terminal, how it is suspended, and whether another one is. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** If SIGTSTP has not stopped the process after this many ms, there is no shell to return to. */
const STOPPED_WITHIN_MS = 100;
/** How long `ps` may take, in ms. */
const PS_MS = 5000;

/** A process as the system shows it. */
export interface ProcessState {
  /** A letter: `T` is stopped by a signal. */
  readonly state: string;
  /** Its process group. */
  readonly group: number;
  /** The process group in the foreground of its terminal; 0 or less where it has none. */
  readonly foreground: number;
}

/**
 * Whether this process may set the modes of its terminal and read from it: a shell's background job that
 * does so is stopped (SIGTTOU, SIGTTIN). True where there is no job control, or the system does not say.
 */
export function inForeground(): boolean {
  const now = stateOf(process.pid);
  return now === null || now.foreground <= 0 || now.foreground === now.group;
}

/** Whether a process is stopped (by SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU); never on Windows. */
export function isStopped(pid: number): boolean {
  return stateOf(pid)?.state === 'T';
}

/** A process now; null where the system does not say, and on Windows. */
export function stateOf(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): ProcessState | null {
  try {
    if (platform === 'win32') return null;
    return platform === 'linux'
      ? fromProc(readFileSync(`/proc/${pid}/stat`, 'latin1'))
      : fromPs(ps(pid));
  } catch {
    return null;
  }
}

/** From `pid (name) state ppid pgrp session tty tpgid …`; the name may have spaces and parentheses. */
function fromProc(line: string): ProcessState | null {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return processState(fields[0], fields[2], fields[5]);
}

/** From `stat pgid tpgid`; letters after the first one of `stat` say more, as in `T+`. */
function fromPs(line: string): ProcessState | null {
  const fields = line.trim().split(/\s+/);
  return processState(fields[0]?.charAt(0), fields[1], fields[2]);
}

function processState(state = '', group = '', foreground = ''): ProcessState | null {
  if (state === '' || group === '' || foreground === '') return null;
  return { state, group: Number(group), foreground: Number(foreground) };
}

function ps(pid: number): string {
  // One -o each: after "=" the rest of an argument is the header.
  const args = ['-o', 'stat=', '-o', 'pgid=', '-o', 'tpgid=', '-p', String(pid)];
  return execFileSync('ps', args, {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PS_MS,
  });
}

/** Resolves at the next signal of this name, and after `ms` without one. */
function once(
  process: Pick<NodeJS.Process, 'on' | 'off'>,
  name: NodeJS.Signals,
  ms: number,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      process.off(name, done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    process.on(name, done);
  });
}

/** How a program is suspended; see {@link suspendWith}. */
export interface Suspension {
  /** Suspends the program with its process group, as Ctrl-Z does in a terminal in raw mode. */
  suspend(): Promise<void>;
  /** Gives SIGTSTP back to the system. */
  dispose(): void;
}

/** Gives the terminal away while `work` runs. */
export type Away = (work: () => Promise<void>) => Promise<void>;

/**
 * Calls `say` before this process is suspended, by SIGTSTP or by `suspend()`. `away` frees the terminal
 * until the process is continued; at once where no shell could continue it. Does nothing on Windows.
 */
export function suspendWith(
  process: Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'pid' | 'platform'>,
  away: Away,
  say: () => Promise<void>,
): Suspension {
  let isOver = false;
  let isSuspending = false;
  const stop = async (whom: number) => {
    if (isSuspending || process.platform === 'win32') return;
    isSuspending = true;
    await away(async () => {
      await say();
      // Without a handler, the signal does what it does by default.
      process.off('SIGTSTP', onSignal);
      const continued = once(process, 'SIGCONT', STOPPED_WITHIN_MS);
      process.kill(whom, 'SIGTSTP');
      await continued;
      isSuspending = false;
      if (!isOver) process.on('SIGTSTP', onSignal);
    });
  };
  // The terminal has sent it to the whole group already.
  const onSignal = () => void stop(process.pid);
  process.on('SIGTSTP', onSignal);
  return {
    // To the whole process group, so that a parent such as npm stops too.
    suspend: () => stop(0),
    dispose() {
      isOver = true;
      process.off('SIGTSTP', onSignal);
    },
  };
}
