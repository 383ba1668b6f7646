/** A program on a real pseudo-terminal. */

import { type IPty, spawn } from '@lydell/node-pty';

export interface Terminal {
  readonly pty: IPty;
  readonly output: () => string;
  /** Resolves when this stands in the output. Throws when the program ends before. */
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
  let ended = false;
  let checks: (() => void)[] = [];
  const changed = () => {
    const all = checks;
    checks = [];
    for (const check of all) check();
  };
  pty.onData((text) => {
    output += text;
    changed();
  });
  const exit = new Promise<{ code: number; output: string }>((resolve) => {
    pty.onExit(({ exitCode }) => {
      ended = true;
      changed();
      resolve({ code: exitCode, output });
    });
  });
  return {
    pty,
    output: () => output,
    exit,
    shows: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const there = typeof text === 'string' ? output.includes(text) : text.test(output);
          if (there) resolve();
          else if (ended) reject(new Error(`ended without ${text}:\n${output}`));
          else checks.push(check);
        };
        check();
      }),
  };
}
