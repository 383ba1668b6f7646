/** The commands `events list`, `show` and `export`: their flags. */

import type { Command } from 'commander';
import type { Deps } from '../shared/deps.ts';
import { addCommand, repeat } from '../shared/register.ts';

/** Adds `events` and its commands to the program. */
export function registerEvents(program: Command, deps: Deps): void {
  const events = program.command('events').description('what was received, with every attempt');
  const filtered = (command: Command) =>
    command
      .option('--failed', 'an attempt on a target failed')
      .option('--waiting', 'a target has not had it yet')
      .option('-e, --events <names>', 'only these', repeat)
      .option('--since <time>', 'a duration ago (2h) or an ISO 8601 time')
      .option('--until <time>', 'the same')
      .option('--search <text>', 'with all of these words')
      .option('--limit <n>', 'at most so many');
  filtered(
    addCommand(events, deps, 'list', 'list events, newest last', () => import('./list.ts'), {
      isDefault: true,
    }),
  ).option('--follow', 'go on with those that come in');
  addCommand(
    events,
    deps,
    'show <id>',
    'one event, by id, unique prefix or last',
    () => import('./show.ts'),
  )
    .option('--raw', 'only its body, as it was received')
    .option('--curl', 'a command that sends it again');
  filtered(
    addCommand(
      events,
      deps,
      'export',
      'events as JSON lines of the feed',
      () => import('./export.ts'),
    ),
  )
    .option('--attempts', 'and their attempts')
    .option('--full', 'do not leave out base64');
}
