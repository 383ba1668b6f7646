/** The command `replay`: its flags, help and examples. */

import type { Command } from 'commander';
import type { Deps } from '../shared/deps.ts';
import { addCommand, repeat } from '../shared/register.ts';

/** Adds `replay` to the program. */
export function registerReplay(program: Command, deps: Deps): void {
  addCommand(
    program,
    deps,
    'replay <what...>',
    'send a fixture, a file, an event or a scenario to your app',
    () => import('./replay.ts'),
  )
    .option('--to <target>', 'where to (default: EAZEWA_FORWARD_TO)')
    .option('--set <path=value>', 'put a value into the body; JSON or text, repeatable', repeat)
    .option('--remove <path>', 'take something out of the body, repeatable', repeat)
    .option('--fresh', 'with new ids and times, as if it happened now')
    .option('--speed <x>', 'how fast a scenario plays')
    .addHelpText(
      'after',
      `
What is sent: a fixture (message.chat), a file (./body.json), - for standard input, an event
by id, unique prefix or last, or scenario:<name>. Several are sent one after the other.

Examples:
  eazewa-hooks replay message.chat --to 3000
  eazewa-hooks replay last --to 3000 --set data.message.body=Hello
  eazewa-hooks replay scenario:morning --to 3000/hook --speed 5`,
    );
}
