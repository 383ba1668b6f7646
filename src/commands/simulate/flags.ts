/** The command `simulate`: its flags, help and examples. */

import type { Command } from 'commander';
import type { Deps } from '../shared/deps.ts';
import { addCommand, repeat } from '../shared/register.ts';

/** Adds `simulate` to the program. */
export function registerSimulate(program: Command, deps: Deps): void {
  addCommand(
    program,
    deps,
    'simulate',
    'the simulator on its own; -i may be repeated',
    () => import('./simulate.ts'),
    { severalInstances: true },
  )
    .option('--port <n>', 'its port (default: any free one)')
    .option('--api-token <token>', 'what opens it (default: a random one, shown)')
    .option('--scenario <name>', 'what it plays, or none (default: morning)')
    .option('--speed <x>', 'how fast it plays')
    .option('--webhook <url>', 'the webhook of each instance to begin with')
    .option('-e, --events <names>', 'what it is subscribed to (default: message)', repeat)
    .option('--switch <name=value>', 'the unsure: instanceId, ack, media or userAgent', repeat)
    .addHelpText(
      'after',
      `
Examples:
  eazewa-hooks simulate --scenario none --webhook http://localhost:3000/hook
  eazewa-hooks simulate -i 33 -i 34 --switch ack=both --switch instanceId=number`,
    );
}
