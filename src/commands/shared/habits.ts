/** What other tools call a command or an option, and what it is called here. */

/** The command or setting to use instead, as a hint for an error. */
type Hints = Readonly<Record<string, string>>;

const TARGET = 'The target is an argument: eazewa-hooks listen 3000/webhook';
const LISTEN = 'Receive and forward events with: eazewa-hooks listen 3000';
const API_TOKEN =
  'Set EAZEWA_API_TOKEN: an argument can be read by every process. --simulate needs no token.';
const NO_LOGIN =
  'No login is needed: set EAZEWA_API_TOKEN. On the simulator nothing is: eazewa-hooks listen --simulate';
const SETTINGS =
  'Nothing has to be set up: eazewa-hooks listen --simulate. Settings are environment variables, a .env, or profiles in config.json.';
const EVENTS = 'Stored events: eazewa-hooks events (--follow waits for more)';

const COMMANDS: Hints = {
  login: NO_LOGIN,
  logout: NO_LOGIN,
  auth: NO_LOGIN,
  init: SETTINGS,
  setup: SETTINGS,
  config: SETTINGS,
  logs: EVENTS,
  log: EVENTS,
  tail: EVENTS,
  history: EVENTS,
  start: LISTEN,
  forward: LISTEN,
  http: LISTEN,
  tunnel: LISTEN,
  resend: 'Send an event again with: eazewa-hooks replay last',
  emit: 'Send a fixture into the running listener with: eazewa-hooks trigger message.image',
  version: 'Print the version with: eazewa-hooks --version',
};

const OPTIONS: Hints = {
  '--forward-to': TARGET,
  '--forward': TARGET,
  '-f': TARGET,
  '--port': `${TARGET}. --receiver-port is the port that receives events.`,
  '-p': TARGET,
  '--api-token': API_TOKEN,
  '--api-key': API_TOKEN,
  '--token': API_TOKEN,
  '--verbose':
    'Everything is shown already. --json has the most; --debug prints the stack trace of an error.',
};

/** By the command that takes no argument, which may have been left out. */
const ARGUMENTS: Hints = {
  list: 'Show one with: eazewa-hooks events show <id>, or fixtures show <name>. Several names after -e are separated by commas, and words to search for follow --search.',
};

/**
 * The hint for a refused command line, by commander's code and message; null where it is no habit. The
 * option's hint is for `listen`, where these options are typed.
 */
export function habitIn(code: string, message: string): string | null {
  const [, word = ''] = /'([^']*)'/.exec(message) ?? [];
  const hints = {
    'commander.unknownCommand': COMMANDS,
    'commander.unknownOption': OPTIONS,
    'commander.excessArguments': ARGUMENTS,
  }[code];
  const [name = ''] = word.split('=');
  return hints !== undefined && Object.hasOwn(hints, name) ? (hints[name] ?? null) : null;
}
