/** The listener's side: starts the guard, which restores the webhook if the listener crashes, and tells the guard about the release. */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CliError } from '../../errors.ts';
import type { Post } from '../../feed/feed.ts';
import type { JournalEntry } from '../journal.ts';
import { guardGone } from '../notices.ts';
import type { Guard, GuardOptions } from '../options.ts';
import { ARMED, type GuardTask, RELEASED } from './task.ts';

/** For a takeover without a guard (--no-guard). */
export const NO_GUARD: Guard = {
  armed: async () => {},
  watches: () => false,
  tell() {},
  released() {},
  close() {},
};

/** How long a guard may take to start, in ms. */
const START_MS = 15_000;
/** A guard that ends sooner than this would end again and is not replaced, in ms. */
const LIVED_MS = 1000;

/** The guard's program, in the folder of the running one. */
const PROGRAM = new URL('./guard.js', import.meta.url);

/**
 * Starts the guard of a takeover that begins at `since` (ms since 1970): a process in a session of its
 * own, which no signal of the terminal reaches. When the guard ends too early, the feed is told and
 * another one is started.
 */
export function startGuard(
  options: GuardOptions,
  since: number,
  post: Post,
  program: URL = PROGRAM,
): Guard {
  let isOver = false;
  let isWatching = true;
  let latest: JournalEntry | null = null;
  const start = (isFirst: boolean): { child: ChildProcess; armed: Promise<void> } => {
    const child = spawned(program);
    const armed = watches(child, taskOf(options, since));
    if (latest !== null) tell(child, latest);
    armed.then(
      () => {
        const began = performance.now();
        child.on('exit', () => {
          if (isOver) return;
          isWatching = performance.now() - began > LIVED_MS;
          post(guardGone(options, isWatching));
          if (isWatching) current = start(false);
        });
      },
      () => {
        // A failure of the first guard reaches the takeover by `armed`.
        isWatching = false;
        if (!isFirst && !isOver) post(guardGone(options, false));
      },
    );
    return { child, armed };
  };
  let current = start(true);
  return {
    armed: () => current.armed,
    watches: () => isWatching,
    tell(entry) {
      latest = entry;
      tell(current.child, entry);
    },
    released() {
      isOver = true;
      current.child.stdin?.write(`${RELEASED}\n`);
    },
    close() {
      isOver = true;
      current.child.stdin?.end();
    },
  };
}

/** Does not wait until the guard has read it: what the pipe has outlives the listener. */
function tell({ stdin }: ChildProcess, entry: JournalEntry): void {
  stdin?.write(`${JSON.stringify(entry)}\n`);
}

function taskOf({ api, folder, instanceId, sideBySide }: GuardOptions, since: number): GuardTask {
  const { apiUrl, apiToken, tokenName, proxyEnv } = api;
  return {
    ...{ folder, instanceId, sideBySide, apiUrl, apiToken, tokenName, proxyEnv },
    since: new Date(since).toISOString(),
    pid: process.pid,
  };
}

function spawned(program: URL): ChildProcess {
  // Its API token and its proxy are in its task: this environment has neither (`takeSecrets`).
  const { env } = process;
  // With --inspect the guard would wait for a debugger.
  const options = env.NODE_OPTIONS?.replace(/--inspect[^\s]*/g, '');
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    env: options === undefined ? env : { ...env, NODE_OPTIONS: options },
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // The guard must not keep the listener's process alive.
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) (pipe as Socket | null)?.unref();
  child.stdin?.on('error', () => {});
  return child;
}

/** Resolves when the guard says that it watches. Throws `no_guard` (state) after {@link START_MS}, or when it ends. */
function watches(child: ChildProcess, task: GuardTask): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: Error) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(noGuard(why, cause));
    };
    const timer = setTimeout(() => fail('it does not answer'), START_MS);
    child.once('error', (error) => fail(error.message, error));
    child.once('exit', () => fail('it ended at once'));
    if (child.stdin === null || child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line !== ARMED) return;
      clearTimeout(timer);
      resolve();
    });
    child.stdin.write(`${JSON.stringify(task)}\n`);
  });
}

function noGuard(why: string, cause?: Error): CliError {
  return new CliError(
    'state',
    'no_guard',
    `The guard, which restores the webhook if this process is killed, cannot be started (${why})`,
    { hint: 'To listen without one: --no-guard', ...(cause && { cause }) },
  );
}
