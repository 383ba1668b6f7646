/** The command `restore`: its flags, help and examples. */

import type { Command } from 'commander';
import type { Deps } from '../shared/deps.ts';
import { addCommand } from '../shared/register.ts';

/** Adds `restore` to the program. */
export function registerRestore(program: Command, deps: Deps): void {
  addCommand(
    program,
    deps,
    'restore',
    'put back what a dead listener left behind',
    () => import('./restore.ts'),
  )
    .option('--list', 'only say what would be put back')
    .option('--own', 'give the instance its own webhook as it is remembered here')
    .option('--replace <host>', 'with --own: replace a webhook at this host')
    .addHelpText(
      'after',
      `
A listener that is killed has a guard that does this at once. --own needs no trace of a
listener: use it when one on another machine left the webhook at a tunnel.

Examples:
  eazewa-hooks restore
  eazewa-hooks restore --own -i 33`,
    );
}
