/** The command line: every command with its options, help and examples. A command's module is loaded when it runs. */

import { Command, CommanderError } from 'commander';
import type { Deps } from './commands/shared/deps.ts';
import { CliError, EXIT } from './errors.ts';

declare const __VERSION__: string;

type Run = (options: unknown, deps: Deps) => Promise<number>;
type Load = () => Promise<{ readonly run: Run }>;

const repeat = (value: string, before: string[] = []) => [...before, value];

/** The whole program. `deps` is handed to the command that runs. */
export function createProgram(deps: Deps): Command {
  const program = new Command('eazewa-hooks')
    .description(
      "Receive the events of an eazeWA / WaAPI WhatsApp instance on this machine,\nand put the instance's webhook back as it was.",
    )
    .version(typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0')
    .option('-i, --instance <id>', 'the instance (EAZEWA_INSTANCE_ID)', repeat)
    .option('--api-url <url>', "the vendor's API (EAZEWA_API_URL)")
    .option('--profile <name>', 'the profile of your settings')
    .option('--json', 'JSON on stdout, an object a line')
    .option('-q, --quiet', 'say only what matters')
    .option('--debug', 'show where an error came from')
    .option('--no-color', 'no colours (NO_COLOR)')
    .option('--no-input', 'never ask')
    .option('-y, --yes', 'answer questions with yes, except those about a foreign webhook')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Examples:
  eazewa-hooks listen --simulate            try it: no account, no internet
  eazewa-hooks listen 3000 --simulate       send the simulated events to your app
  eazewa-hooks events --failed              what your app did not take`,
    );

  add(
    program,
    deps,
    'listen [target...]',
    'receive events here, show them and forward them',
    () => import('./commands/listen/listen.ts'),
  )
    .option('--route <events=url>', 'send these events there (message* globs), repeatable', repeat)
    .option(
      '-e, --events <names>',
      'subscribe to these, or all (default: as the instance has, else message)',
      repeat,
    )
    .option('--ignore-events <names>', 'do not subscribe to these', repeat)
    .option('--only <chat>', 'forward only events of this chat (a jid)')
    .option('-H, --header <k: v>', 'add a header to what is forwarded; @file reads them', repeat)
    .option('--receiver-port <n>', 'the port that events arrive at (default: any free one)')
    .option('--public-url <url>', 'a url of yours that leads to that port, instead of a tunnel')
    .option('--tunnel <ngrok|none>', 'default: none for an API on this machine, else ngrok')
    .option('--domain <name>', 'the ngrok domain to use (NGROK_DOMAIN)')
    .option('--ngrok-server <host:port>', 'an ngrok server of your own (NGROK_SERVER_ADDR)')
    .option('--ngrok-ca <pem>', 'the certificates to trust it by, a file (NGROK_ROOT_CAS)')
    .option('--recover', 'after the tunnel was down, ask the API for the messages of that time')
    .option('--simulate', 'use the built-in simulator instead of the vendor')
    .option('--scenario <name>', 'what the simulator plays, or none (default: morning)')
    .option('--speed <x>', 'how fast it plays')
    .option('--replace <host>', "replace the instance's webhook at this host while listening")
    .option('--tee', 'send each event to the webhook that was set before, too')
    .option('--side-by-side', 'add a webhook instead of replacing it (experimental)')
    .option('--no-guard', 'nobody puts the webhook back if this process is killed')
    .option('--insecure', 'take self-signed certificates of local and private targets')
    .option('--timeout <duration>', 'how long your app may take to answer (default: 5m)')
    .option('--no-history', 'keep events in memory only')
    .option('--plain', 'lines of text instead of the terminal UI')
    .option('--print-secret', 'show our webhook url with its path token')
    .option('--full', 'with --json: do not leave out base64')
    .option('--for <duration>', 'stop so long after it was ready')
    .option('--max-events <n>', 'stop after so many events')
    .addHelpText(
      'after',
      `
A target is a port (3000), host:port/path or a url; without a path it gets that of the
webhook that was set before. With no target, events are kept and shown.

The tunnel is ngrok's, with the authtoken of NGROK_AUTHTOKEN, of your profile, or of ngrok's
own settings (ngrok config add-authtoken).

Examples:
  eazewa-hooks listen 3000 --simulate
  eazewa-hooks listen 3000/hook -i 33 --domain my-name.ngrok.app
  eazewa-hooks listen 3000/hook -i 33 --receiver-port 4000 --public-url https://dev.example.com
  eazewa-hooks listen 3000 --route 'message_ack=3000/acks' --events all --json`,
    );

  add(
    program,
    deps,
    'replay <what...>',
    'send a fixture, a file, an event or a scenario to your app',
    () => import('./commands/replay/replay.ts'),
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

  const events = add(program, deps, 'events', 'what was received, with every attempt');
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
    add(
      events,
      deps,
      'list',
      'list events, newest last',
      () => import('./commands/events/list.ts'),
      {
        isDefault: true,
      },
    ),
  ).option('--follow', 'go on with those that come in');
  add(
    events,
    deps,
    'show <id>',
    'one event, by id, unique prefix or last',
    () => import('./commands/events/show.ts'),
  )
    .option('--raw', 'only its body, as it was received')
    .option('--curl', 'a command that sends it again');
  filtered(
    add(
      events,
      deps,
      'export',
      'events as JSON lines of the feed',
      () => import('./commands/events/export.ts'),
    ),
  )
    .option('--attempts', 'and their attempts')
    .option('--full', 'do not leave out base64');

  const fixtures = add(
    program,
    deps,
    'fixtures',
    'webhook bodies and scenarios to try things with',
  );
  const listFixtures = () => import('./commands/fixtures/list.ts');
  add(fixtures, deps, 'list', "list them, the project's own too", listFixtures, {
    isDefault: true,
  });
  add(
    fixtures,
    deps,
    'show <name>',
    'the body of one, as curl can send it',
    () => import('./commands/fixtures/show.ts'),
  );
  add(
    fixtures,
    deps,
    'save <id>',
    'an event, by id, unique prefix or last, as a fixture of yours',
    () => import('./commands/fixtures/save.ts'),
  )
    .requiredOption('--as <name>', 'what it is called: order, or message.order')
    .option('--unredacted', 'with the real phone numbers, names, texts and media in it')
    .addHelpText(
      'after',
      `
It is written to ./eazewa-fixtures/<event>.<name>.json, and what it is to about/ in there.
There is no redaction yet: without --unredacted nothing is saved. Nothing is overwritten.

Examples:
  eazewa-hooks fixtures save last --as order --unredacted
  eazewa-hooks replay message.order --to 3000`,
    );
  add(
    fixtures,
    deps,
    'validate [files...]',
    'check these files, or all fixtures and scenarios',
    () => import('./commands/fixtures/validate.ts'),
  );
  fixtures.addHelpText(
    'after',
    `
Your own are in ./eazewa-fixtures: <event>.<variant>.json, and scenarios/<name>.json.

Examples:
  eazewa-hooks fixtures
  eazewa-hooks fixtures show message.chat | curl localhost:3000 --json @-
  eazewa-hooks fixtures save last --as order --unredacted
  eazewa-hooks fixtures validate eazewa-fixtures/message.order.json`,
  );

  add(
    program,
    deps,
    'status',
    'one instance: webhook, events, client, takeover',
    () => import('./commands/instance/status.ts'),
  );
  add(
    program,
    deps,
    'instances',
    "the account's instances",
    () => import('./commands/instance/list.ts'),
  );
  const changing = (command: Command) =>
    command
      .option('--all', 'all of them')
      .option('--dry-run', 'only say what would change')
      .option('--allow-unknown', "take names that are not in the vendor's list");
  changing(
    add(program, deps, 'subscribe [event...]', 'subscribe an instance to events, for good', () =>
      import('./commands/instance/subscribe.ts').then(({ subscribe }) => ({ run: subscribe })),
    ),
  ).addHelpText(
    'after',
    `
Examples:
  eazewa-hooks subscribe message message_ack
  eazewa-hooks subscribe --all --dry-run`,
  );
  changing(
    add(program, deps, 'unsubscribe [event...]', 'end subscriptions of an instance, for good', () =>
      import('./commands/instance/subscribe.ts').then(({ unsubscribe }) => ({ run: unsubscribe })),
    ),
  );
  add(
    program,
    deps,
    'subscriptions',
    'what an instance is subscribed to',
    () => import('./commands/instance/subscriptions.ts'),
  );
  const webhook = add(program, deps, 'webhook', "an instance's webhook by hand");
  add(webhook, deps, 'show', 'its url and events', () =>
    import('./commands/instance/webhook.ts').then(({ show }) => ({ run: show })),
  ).option('--print-secret', 'the whole url, with what is secret in it');
  const named = (command: Command) =>
    command.option('--replace <host>', 'the host whose webhook goes, where no one can be asked');
  named(
    add(webhook, deps, 'set <url>', 'set it', () =>
      import('./commands/instance/webhook.ts').then(({ set }) => ({ run: set })),
    ),
  ).option('-e, --events <names>', 'and subscribe to exactly these, or all', repeat);
  named(
    add(webhook, deps, 'clear', 'remove its url; the events stay', () =>
      import('./commands/instance/webhook.ts').then(({ clear }) => ({ run: clear })),
    ),
  );
  add(
    program,
    deps,
    'restore',
    'put back what a dead listener left behind',
    () => import('./commands/restore/restore.ts'),
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

  add(
    program,
    deps,
    'simulate',
    'the simulator on its own; -i may be repeated',
    () => import('./commands/simulate/simulate.ts'),
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

  program.hook('preAction', async (_, action) => {
    // It says more about them itself.
    if (action.name() === 'restore') return;
    const { reportCrashedListeners } = await import('./commands/shared/crashed-listeners.ts');
    await reportCrashedListeners(deps.io);
  });
  return program;
}

/**
 * Runs the program; resolves with the exit code of its command. Help and version are 0, what
 * commander refuses is a usage error.
 */
export async function parse(program: Command, argv: readonly string[]): Promise<number> {
  let code = 0;
  program.hook('postAction', (_, action) => {
    code = Number(action.getOptionValue(EXIT_CODE) ?? 0);
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    // A command that only has subcommands was called alone, and its help is shown.
    if (error.code === 'commander.help') return EXIT.usage.code;
    throw new CliError(
      'usage',
      error.code,
      error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '),
    );
  }
}

/** Where an action leaves its exit code for {@link parse}. */
const EXIT_CODE = 'exitCode';

function add(
  parent: Command,
  deps: Deps,
  nameAndArguments: string,
  description: string,
  load?: Load,
  options: { isDefault?: boolean; severalInstances?: boolean } = {},
): Command {
  const command = parent.command(nameAndArguments, options).description(description);
  if (load === undefined) return command;
  return command.action(async () => {
    const names = command.registeredArguments.map((argument) => argument.name());
    const given = Object.fromEntries(names.map((name, at) => [name, command.processedArgs[at]]));
    const { run } = await load();
    const { instance, ...named } = command.optsWithGlobals();
    // As with any option the last one counts, except where there may be several.
    const which = options.severalInstances ? instance : instance?.at(-1);
    const code = await run({ ...named, instance: which, ...given }, deps);
    command.setOptionValue(EXIT_CODE, code);
  });
}
