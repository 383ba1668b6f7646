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
    'show an instance: webhook, events, client, takeover',
    () => import('./status.ts'),
  );
  addCommand(program, deps, 'instances', "list the account's instances", () => import('./list.ts'));
  const changing = (command: Command) =>
    command
      .option('--all', 'all events')
      .option('--dry-run', 'only print what would change')
      .option('--allow-unknown', "accept names that are not in the vendor's list");
  changing(
    addCommand(
      program,
      deps,
      'subscribe [event...]',
      'subscribe an instance to events, permanently',
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
      'unsubscribe an instance from events, permanently',
      () => import('./subscribe.ts').then(({ unsubscribe }) => ({ run: unsubscribe })),
    ),
  );
  addCommand(
    program,
    deps,
    'subscriptions',
    'list the events that an instance is subscribed to',
    () => import('./subscriptions.ts'),
  );
  const webhook = program.command('webhook').description("show or change an instance's webhook");
  addCommand(webhook, deps, 'show', "show the webhook's url and events", () =>
    import('./webhook.ts').then(({ show }) => ({ run: show })),
  ).option('--print-secret', 'print the url with its secrets');
  const named = (command: Command) =>
    command.option(
      '--replace <host>',
      'do not ask before a webhook at this host is replaced or removed',
    );
  named(
    addCommand(webhook, deps, 'set <url>', "set the webhook's url", () =>
      import('./webhook.ts').then(({ set }) => ({ run: set })),
    ),
  ).option('-e, --events <names>', 'also subscribe to exactly these events, or all', repeat);
  named(
    addCommand(webhook, deps, 'clear', "remove the webhook's url; its events stay", () =>
      import('./webhook.ts').then(({ clear }) => ({ run: clear })),
    ),
  );
}
