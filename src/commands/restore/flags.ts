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
    'restore the webhooks that crashed listeners left behind',
    () => import('./restore.ts'),
  )
    .option('--list', 'only list what would be restored')
    .option('--own', "restore the instance's own webhook as stored on this machine")
    .option('--replace <host>', 'with --own: replace a webhook at this host')
    .addHelpText(
      'after',
      `
The guard of a killed listener does this at once. Use --own when a listener on
another machine left the webhook at a tunnel.

Examples:
  eazewa-hooks restore
  eazewa-hooks restore --own -i 33`,
    );
}
