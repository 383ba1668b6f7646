/** Chooses the ingress of `listen`: an ngrok tunnel, a public url, or none for an API on this machine. */

import { CliError } from '../../errors.ts';
import type { Ingress } from '../../listener/ingress.ts';
import type { Io } from '../../platform/io.ts';
import { isLoopback } from '../../platform/loopback.ts';
import { readNgrok } from '../../settings/ngrok.ts';
import type { Settings } from '../../settings/settings.ts';
import { optionName } from '../../settings/sources.ts';
import type { ListenCommand } from './options.ts';

const NGROK_OPTIONS = ['domain', 'ngrokServer', 'ngrokCa'] as const;

/** Throws `bad_option` (usage) for options that cannot be used together. */
export function refuseContradictions(command: ListenCommand): void {
  const { simulate, publicUrl, tunnel, sideBySide } = command;
  if (sideBySide) {
    const why = "Side by side, the instance's own webhook stays as it is: nothing is replaced.";
    exclude('--side-by-side', ['replace'], command, why);
    const sender = "Side by side, the vendor itself sends the instance's own webhook its events.";
    exclude('--side-by-side', ['tee'], command, sender);
  }
  if (simulate) {
    const why = 'Simulated events are never sent to a real webhook.';
    exclude('--simulate', ['tee'], command, why);
    const others = ['apiUrl', 'publicUrl', 'recover', ...NGROK_OPTIONS] as const;
    const hint = 'The simulator runs on this machine and needs no ingress.';
    exclude('--simulate', tunnel === 'none' ? others : [...others, 'tunnel'], command, hint);
  } else if (publicUrl !== undefined) {
    const hint = 'A public url is used instead of an ngrok tunnel.';
    exclude('--public-url', ['tunnel', ...NGROK_OPTIONS], command, hint);
  } else if (tunnel === 'none') {
    exclude('--tunnel none', NGROK_OPTIONS, command, 'These are options of the ngrok tunnel.');
  }
}

/**
 * The ingress that the options and settings ask for. An API on this machine needs none, unless an
 * ngrok option is given. Throws `no_ingress` (usage) where the vendor could not reach this machine,
 * `no_authtoken` (tunnel) where ngrok needs one, and what {@link readNgrok} throws.
 */
export async function chooseIngress(
  command: ListenCommand,
  settings: Pick<Settings, 'apiUrl' | 'ngrok'>,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<Ingress> {
  if (command.publicUrl !== undefined) return { kind: 'public-url', url: command.publicUrl };
  const isLocal = isLoopback(new URL(settings.apiUrl.value).hostname);
  if (command.tunnel === 'none' && !isLocal) throw noIngress();
  const wantsNgrok =
    command.tunnel === 'ngrok' || NGROK_OPTIONS.some((name) => isGiven(command[name]));
  if (command.tunnel === 'none' || (isLocal && !wantsNgrok)) return { kind: 'none' };
  const ngrok = await readNgrok(settings.ngrok, io);
  if (ngrok.authtoken === null && ngrok.server === null) throw noAuthtoken();
  return { kind: 'ngrok', ...ngrok };
}

function exclude(
  one: string,
  others: readonly (keyof ListenCommand)[],
  command: ListenCommand,
  hint: string,
): void {
  const other = others.find((name) => isGiven(command[name]));
  if (other === undefined) return;
  const message = `${one} and ${optionName(other)} cannot be used together`;
  throw new CliError('usage', 'bad_option', message, { hint });
}

/** Whether an option is given. An empty text counts as not given, as with every setting. */
function isGiven(value: unknown): boolean {
  return typeof value === 'string' ? value.trim() !== '' : value === true;
}

function noIngress(): CliError {
  const message = 'With --tunnel none the vendor cannot reach this machine';
  return new CliError('usage', 'no_ingress', message, {
    hint: 'Leave --tunnel out to use ngrok, or name your own url with --public-url.',
  });
}

function noAuthtoken(): CliError {
  const message = 'The ngrok tunnel needs an authtoken, and none is set';
  return new CliError('tunnel', 'no_authtoken', message, {
    hint:
      'Get a free one at https://dashboard.ngrok.com/get-started/your-authtoken. Set NGROK_AUTHTOKEN ' +
      'to it, or run: ngrok config add-authtoken <authtoken>. Without ngrok: --public-url <your own ' +
      'url>, or --simulate to try the program.',
  });
}
