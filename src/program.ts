/** The command line: the global options, and every command out of its `flags.ts`. */

import { Command, CommanderError } from 'commander';
import { registerEvents } from './commands/events/flags.ts';
import { registerFixtures } from './commands/fixtures/flags.ts';
import { registerInstance } from './commands/instance/flags.ts';
import { registerListen } from './commands/listen/flags.ts';
import { registerReplay } from './commands/replay/flags.ts';
import { registerRestore } from './commands/restore/flags.ts';
import type { Deps } from './commands/shared/deps.ts';
import { EXIT_CODE, repeat } from './commands/shared/register.ts';
import { registerSimulate } from './commands/simulate/flags.ts';
import { CliError, EXIT } from './errors.ts';

declare const __VERSION__: string;

/** In the order of the program's help. */
const NOUNS = [
  registerListen,
  registerReplay,
  registerEvents,
  registerFixtures,
  registerInstance,
  registerRestore,
  registerSimulate,
];

/** Creates the whole program. The command that runs gets `deps`. */
export function createProgram(deps: Deps): Command {
  const program = new Command('eazewa-hooks')
    .description(
      "Receive the events of an eazeWA / WaAPI WhatsApp instance on this machine,\nand restore the instance's webhook on exit.",
    )
    .version(typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0')
    .option('-i, --instance <id>', 'id of the instance (EAZEWA_INSTANCE_ID)', repeat)
    .option('--api-url <url>', "url of the vendor's API (EAZEWA_API_URL)")
    .option('--profile <name>', 'profile of your settings to use')
    .option('--json', 'print JSON on stdout, one object per line')
    .option('-q, --quiet', 'print only what matters')
    .option('--debug', 'print the stack trace of an error')
    .option('--no-color', 'print no colours (NO_COLOR)')
    .option('--no-input', 'never ask')
    .option('-y, --yes', 'answer yes to every question, except about a foreign webhook')
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
  eazewa-hooks events --failed              list the events that failed at your app`,
    );

  for (const register of NOUNS) register(program, deps);

  program.hook('preAction', async (_, action) => {
    if (deps.io.stdout.isTTY === true) {
      const { restoreLeftScreen } = await import('./platform/left-screen.ts');
      if (restoreLeftScreen(deps.io)) deps.io.stderr.write(SCREEN_RESTORED);
    }
    // `restore` reports them itself, in more detail.
    if (action.name() === 'restore') return;
    const { reportCrashedListeners } = await import('./commands/shared/crashed-listeners.ts');
    const { json, quiet } = action.optsWithGlobals();
    // `status` tells in its own lines what a guard did.
    const tellsOfGuards = action.name() === 'status' && !json && !quiet;
    await reportCrashedListeners(deps.io, { ended: !tellsOfGuards });
  });
  return program;
}

const SCREEN_RESTORED =
  '! A listener was killed while it had this terminal: its screen and cursor are restored\n';

/**
 * Runs the program; resolves with the exit code of its command, 0 for help and version.
 * Throws what the command throws, and a usage error for what commander refuses.
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
    // A command that only has subcommands was typed alone: commander has shown its help.
    if (error.code === 'commander.help') return EXIT.usage.code;
    throw await refused(error);
  }
}

/** The usage error for what commander refuses: with our word for a word of another tool's. */
async function refused({ code, message }: CommanderError): Promise<CliError> {
  const { habitIn } = await import('./commands/shared/habits.ts');
  const habit = habitIn(code, message);
  const [line = '', ...suggested] = message.replace(/^error: /, '').split(/\s*\n\s*/);
  // A word of another tool's is no typing mistake: its hint says what it is called here.
  const said = habit === null ? [line, ...suggested].join(' ') : line;
  const usual =
    code === 'commander.unknownCommand'
      ? 'List the commands with: eazewa-hooks --help'
      : 'Add --help to the command to see its arguments and options.';
  return new CliError('usage', code, said, { hint: habit ?? usual });
}
