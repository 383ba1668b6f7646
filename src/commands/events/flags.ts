/** The commands `events list`, `show`, `export` and `dismiss`: their flags. */

import { type Command, Help } from 'commander';
import type { Deps } from '../shared/deps.ts';
import { addCommand, repeat } from '../shared/register.ts';

/** Adds `events` and its commands to the program. */
export function registerEvents(program: Command, deps: Deps): void {
  const events = program
    .command('events')
    .description('list and show stored events and their attempts');
  const filtered = (command: Command, most: string) =>
    command
      .option('--failed', 'only events that failed at a target')
      .option('--waiting', 'only events that wait for a target')
      .option('-e, --events <names>', 'only events of these names', repeat)
      .option('--since <time>', 'received since a duration ago (2h) or an ISO 8601 time')
      .option('--until <time>', 'received until a duration ago or an ISO 8601 time')
      .option(
        '--search <words...>',
        'only events that contain all of these words, or parts of words',
      )
      .option('--limit <n>', `at most this many events (default: ${most})`);
  const list = filtered(
    addCommand(events, deps, 'list', 'list events, newest last', () => import('./list.ts'), {
      isDefault: true,
    }),
    'the newest 50',
  ).option('--follow', 'go on and print new events as they come in');
  addCommand(
    events,
    deps,
    'show <id>',
    'show one event, by its id, a unique prefix of it, or last',
    () => import('./show.ts'),
  )
    .option('--full', 'print all of it: not cut to the screen, and base64 data too')
    .option('--raw', 'print only the body, as it was received')
    .option('--curl', 'print a curl command that sends the event again')
    .option('--print-secret', 'with --curl: print secrets of the target and of headers');
  filtered(
    addCommand(
      events,
      deps,
      'export',
      'print events as JSON, one feed entry per line',
      () => import('./export.ts'),
    ),
    'all',
  )
    .option('--attempts', 'include the attempts')
    .option('--full', 'include base64 data');
  addCommand(
    events,
    deps,
    'dismiss',
    'stop waiting: only a replay sends the dismissed events',
    () => import('./dismiss.ts'),
  ).requiredOption('--waiting', 'all events that wait for a target');
  // `events` alone lists events: its help has the options of `list`.
  events.configureHelp({
    ...events.configureHelp(),
    visibleOptions: (command) => [...list.options, ...new Help().visibleOptions(command)],
  });
}
