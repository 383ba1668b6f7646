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
    'run the simulator on its own; -i may be repeated',
    () => import('./simulate.ts'),
    { severalInstances: true },
  )
    .option('--port <n>', 'port to listen on (default: any free port)')
    .option('--api-token <token>', 'API token to accept (default: a random one, printed)')
    .option('--scenario <name>', 'scenario to play, or none (default: morning)')
    .option('--speed <x>', 'speed of the scenario (default: 1)')
    .option('--webhook <url>', 'url of the first webhook of each instance')
    .option(
      '-e, --events <names>',
      'events that each instance is subscribed to (default: message)',
      repeat,
    )
    .option(
      '--switch <name=value>',
      'choose an uncertain behaviour: instanceId, ack, media, rawIds, userAgent, signKey or signPrefix',
      repeat,
    )
    .option('--sign <secret>', 'secret to sign events with (default: EAZEWA_WEBHOOK_SECRET)')
    .addHelpText(
      'after',
      `
Examples:
  eazewa-hooks simulate --scenario none --webhook http://localhost:3000/hook
  eazewa-hooks simulate -i 33 -i 34 --switch ack=both --switch instanceId=number`,
    );
}
