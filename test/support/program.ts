/** Runs the built program as a real process, with its own state and settings. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { says, watchOutput } from './output.ts';
import { until } from './until.ts';

/** The program's file that npm installs. */
export const BIN = fileURLToPath(new URL('../../bin/eazewa-hooks.js', import.meta.url));

/** A place for one test: a working directory, a folder for state, and processes. */
export interface Place {
  /** The program's file. */
  readonly bin: string;
  readonly cwd: string;
  /** The value of EAZEWA_HOOKS_HOME. */
  readonly home: string;
  /** Starts `eazewa-hooks` with these arguments. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Program;
  /** The environment of programs in this place. */
  env(more?: Readonly<Record<string, string>>): Record<string, string>;
  /** Kills running programs and removes the folder. */
  clean(): Promise<void>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exit: Promise<Exit>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits for the first JSON line of this type on stdout. Throws when the program ends first. */
  entry(type: string, matches?: (entry: Entry) => boolean): Promise<Entry>;
  /** All lines of stdout, parsed. */
  entries(): Entry[];
  /** Waits for a text in stdout or stderr. Throws when the program ends first. */
  said(text: string | RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

// biome-ignore lint/suspicious/noExplicitAny: entries are looked into freely by tests
export type Entry = Record<string, any>;

/** Creates a place for the shipped program or for another build. */
export function place(bin: string = BIN): Place {
  const root = mkdtempSync(join(tmpdir(), 'eazewa-hooks-'));
  const programs: Program[] = [];
  const env = (more = {}) => ({
    PATH: process.env.PATH ?? '',
    HOME: root,
    EAZEWA_HOOKS_HOME: join(root, 'state'),
    NODE_COMPILE_CACHE: join(tmpdir(), 'eazewa-hooks-compile-cache'),
    ...more,
  });
  return {
    bin,
    cwd: root,
    home: join(root, 'state'),
    env,
    run(args, more) {
      const child = spawn(process.execPath, [bin, ...args], { cwd: root, env: env(more) });
      const program = watch(child);
      programs.push(program);
      return program;
    },
    async clean() {
      for (const { child } of programs) child.kill('SIGKILL');
      await Promise.all(programs.map(({ exit }) => exit));
      // Guards of killed listeners still write there, and exit when the folder is gone.
      await until(() => isRemoved(root));
    },
  };
}

/** Removes a folder; false where another process wrote into it meanwhile. */
function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return false;
    throw error;
  }
}

/** A running process with its output. */
export function watch(child: ChildProcessWithoutNullStreams): Program {
  let stdout = '';
  let stderr = '';
  const output = watchOutput(() => `${stdout}\n${stderr}`);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output.changed();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    output.changed();
  });
  child.stdin.on('error', () => {});
  const exit = once(child, 'close').then(([code, signal]) => {
    output.ended();
    return { code, signal, stdout, stderr };
  });
  const parsed: Entry[] = [];
  let parsedTo = 0;
  // Waiting tests call this often, so each line is parsed once.
  const entries = () => {
    for (
      let end = stdout.indexOf('\n', parsedTo);
      end !== -1;
      end = stdout.indexOf('\n', parsedTo)
    ) {
      parsed.push(JSON.parse(stdout.slice(parsedTo, end)) as Entry);
      parsedTo = end + 1;
    }
    return [...parsed];
  };
  return {
    child,
    exit,
    stdout: () => stdout,
    stderr: () => stderr,
    entries,
    entry: (type, matches = () => true) =>
      output.find(type, () => entries().find((entry) => entry.type === type && matches(entry))),
    async said(text) {
      await output.find(String(text), () => says(stdout + stderr, text) || undefined);
    },
    kill: (signal) => void child.kill(signal),
  };
}
