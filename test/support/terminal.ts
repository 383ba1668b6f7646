/** Runs a program on a real pseudo-terminal. */

import { type IPty, spawn } from '@lydell/node-pty';
import { says, watchOutput } from './output.ts';

export interface Terminal {
  readonly pty: IPty;
  readonly output: () => string;
  /** Waits for a text in the output. Throws when the program ends first. */
  shows(text: string | RegExp): Promise<void>;
  readonly exit: Promise<{ code: number; output: string }>;
}

export function onTerminal(
  file: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string>; cols?: number },
): Terminal {
  const { cwd, env, cols = 100 } = options;
  const pty = spawn(file, [...args], {
    cwd,
    env: { TERM: 'xterm-256color', ...env },
    cols,
    rows: 24,
  });
  let output = '';
  const watch = watchOutput(() => output);
  pty.onData((text) => {
    output += text;
    watch.changed();
  });
  const exit = new Promise<{ code: number; output: string }>((resolve) => {
    pty.onExit(({ exitCode }) => {
      watch.ended();
      resolve({ code: exitCode, output });
    });
  });
  return {
    pty,
    output: () => output,
    exit,
    async shows(text) {
      await watch.find(String(text), () => says(output, text) || undefined);
    },
  };
}
