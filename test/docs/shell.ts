/** The program's command lines in a piece of shell, as a real shell splits them; nothing is run. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Shell } from './blocks.ts';

/** Other programs that the documentation may use; here they do nothing. */
const OTHERS = ['npm', 'curl', 'jq', 'cloudflared', 'ngrok'];

/** Each command is a function and PATH is empty: the shell can start no program. */
const STAND_INS = [
  'PATH=',
  // An empty line ends a call; NUL ends a word.
  `eazewa-hooks() { printf '%s\\0' "$@" $'\\n' >&3; }`,
  'npx() { [ "$1" = eazewa-hooks ] || return 0; shift; eazewa-hooks "$@"; }',
  'node() { [ "$1" = bin/eazewa-hooks.js ] || return 0; shift; eazewa-hooks "$@"; }',
  'nohup() { "$@"; }',
  ...OTHERS.map((name) => `${name}() { :; }`),
].join('\n');

/** How often a text names the program as a command, comments and installs apart. */
const NAMED = /(?<![\w./-]|npm i -g )(?:eazewa-hooks|bin\/eazewa-hooks\.js)(?=\s|$)/g;

/**
 * The arguments of each call of the program in `text`, in order. A placeholder such as `<id>` is a
 * word. Throws where the shell fails, where it meets a program that {@link OTHERS} does not have,
 * and where a call was not reached.
 */
export function callsIn({ place, text }: Shell): string[][] {
  const script = text.replace(/<[a-z][\w-]*>/g, 'placeholder');
  const cwd = mkdtempSync(join(tmpdir(), 'eazewa-hooks-docs-'));
  const { status, output } = spawnSync(
    'bash',
    ['-euo', 'pipefail', '-c', `${STAND_INS}\n${script}`],
    { cwd, env: {}, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
  );
  rmSync(cwd, { recursive: true });
  if (status !== 0) throw new Error(`${place}: ${output[2]}`);
  const calls = (output[3] ?? '')
    .split('\n\0')
    .slice(0, -1)
    .map((words) => words.split('\0').slice(0, -1));
  const named = script.replace(/(^|\s)#.*$/gm, '').match(NAMED)?.length ?? 0;
  if (calls.length !== named) {
    throw new Error(
      `${place}: names the program ${named} times and calls it ${calls.length} times`,
    );
  }
  return calls;
}
