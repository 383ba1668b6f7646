/** The commands `replay` and `trigger`: their flags, help and examples. */

import type { Command } from 'commander';
import type { Deps } from '../shared/deps.ts';
import { addCommand, repeat } from '../shared/register.ts';

/** Adds `replay` and `trigger` to the program. */
export function registerReplay(program: Command, deps: Deps): void {
  addCommand(
    program,
    deps,
    'replay <what...>',
    'send a fixture, a file, an event or a scenario to your app',
    () => import('./replay.ts'),
  )
    .option(
      '--to <target>',
      'target to send to (default: those of the listener, else of the event)',
    )
    .option('--set <path=value>', 'set a value in the body, as JSON or text, repeatable', repeat)
    .option('--remove <path>', 'remove a value from the body, repeatable', repeat)
    .option('--fresh', 'use new ids and times, as if it happened now')
    .option('--speed <x>', 'speed of the scenario (default: 1)')
    .option('--fail', 'exit with 21 when your app answers with another status than 2xx')
    .addHelpText(
      'after',
      `
Each <what> is a fixture (message.chat), a file (./body.json), - for standard
input, an event (its id, a unique prefix of it, or last), or scenario:<name>.
They are sent in the order typed.

Without --to they go to the targets of the running listener. Where none runs, an
event goes where it went before, and anything else to EAZEWA_FORWARD_TO. A target
without a path gets the path of the instance's own webhook, as in listen.

With EAZEWA_WEBHOOK_SECRET, fixtures and changed events are signed with it.

Examples:
  eazewa-hooks replay message.chat --to 3000
  eazewa-hooks replay last --to 3000 --set data.message.body=Hello
  eazewa-hooks replay scenario:morning --to 3000/hook --speed 5`,
    );
  addCommand(
    program,
    deps,
    'trigger [fixture]',
    'send a fixture into the running listener, as a new event',
    () => import('./trigger.ts'),
  )
    .option('--set <path=value>', 'set a value in the body, as JSON or text, repeatable', repeat)
    .addHelpText(
      'after',
      `
The beginning of a name is enough where only one fixture has it. Without a name,
the fixtures are listed. Where no listener runs, a simulator at --api-url sends
the event to the webhook of its instance.

Examples:
  eazewa-hooks trigger message.image
  eazewa-hooks trigger message.chat --set data.message.body=Hello`,
    );
}
