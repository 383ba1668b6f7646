/** The commands of one instance (`status`, `subscribe`, `webhook` ...) and `instances`: their flags and examples. */

import type { Command } from 'commander';
import type { Deps } from '../shared/deps.ts';
import { addCommand, repeat } from '../shared/register.ts';

/** Adds the commands of an instance to the program. */
export function registerInstance(program: Command, deps: Deps): void {
  addCommand(
    program,
    deps,
    'status',
    'one instance: webhook, events, client, takeover',
    () => import('./status.ts'),
  );
  addCommand(program, deps, 'instances', "the account's instances", () => import('./list.ts'));
  const changing = (command: Command) =>
    command
      .option('--all', 'all of them')
      .option('--dry-run', 'only say what would change')
      .option('--allow-unknown', "take names that are not in the vendor's list");
  changing(
    addCommand(
      program,
      deps,
      'subscribe [event...]',
      'subscribe an instance to events, for good',
      () => import('./subscribe.ts').then(({ subscribe }) => ({ run: subscribe })),
    ),
  ).addHelpText(
    'after',
    `
Examples:
  eazewa-hooks subscribe message message_ack
  eazewa-hooks subscribe --all --dry-run`,
  );
  changing(
    addCommand(
      program,
      deps,
      'unsubscribe [event...]',
      'end subscriptions of an instance, for good',
      () => import('./subscribe.ts').then(({ unsubscribe }) => ({ run: unsubscribe })),
    ),
  );
  addCommand(
    program,
    deps,
    'subscriptions',
    'what an instance is subscribed to',
    () => import('./subscriptions.ts'),
  );
  const webhook = program.command('webhook').description("an instance's webhook by hand");
  addCommand(webhook, deps, 'show', 'its url and events', () =>
    import('./webhook.ts').then(({ show }) => ({ run: show })),
  ).option('--print-secret', 'the whole url, with what is secret in it');
  const named = (command: Command) =>
    command.option('--replace <host>', 'the host whose webhook goes, where no one can be asked');
  named(
    addCommand(webhook, deps, 'set <url>', 'set it', () =>
      import('./webhook.ts').then(({ set }) => ({ run: set })),
    ),
  ).option('-e, --events <names>', 'and subscribe to exactly these, or all', repeat);
  named(
    addCommand(webhook, deps, 'clear', 'remove its url; the events stay', () =>
      import('./webhook.ts').then(({ clear }) => ({ run: clear })),
    ),
  );
}
