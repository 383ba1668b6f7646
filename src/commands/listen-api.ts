/** What `listen` listens to: the vendor's API, or the simulator in its place. */

import { CliError } from '../errors.ts';
import type { ApiAccess } from '../listener/options.ts';
import type { Io } from '../platform/io.ts';
import { isLoopback } from '../platform/loopback.ts';
import { instanceFolder } from '../platform/paths.ts';
import type { Settings } from '../settings/settings.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { apiAccess, onlyInstance } from './api-access.ts';
import type { ListenCommand } from './listen-options.ts';
import { restoreCommand } from './restore-command.ts';

export interface Api {
  readonly access: ApiAccess;
  readonly instanceId: string;
  readonly folder: string;
  readonly restoreCommand: string;
  close(): Promise<void>;
}

/** The API of the settings. Throws what stands in the way before anything is asked of it. */
export async function realApi(command: ListenCommand, settings: Settings, io: Io): Promise<Api> {
  for (const option of ['scenario', 'speed'] as const) {
    if (command[option] !== undefined) throw needs(option);
  }
  requireWayIn(command, settings.apiUrl.value);
  const { apiUrl } = settings;
  const access = apiAccess(settings, io, apiUrl);
  const instanceId = settings.instanceId?.value ?? (await onlyInstance(access));
  return {
    access,
    instanceId,
    folder: instanceFolder(settings.folders.data, apiUrl.value, instanceId),
    restoreCommand: restoreCommand({ instanceId, apiUrl: apiUrl.value }),
    close: async () => {},
  };
}

/** A simulator in this process, with one instance that has no webhook yet. */
export async function simulatedApi(
  command: ListenCommand,
  settings: Settings,
  io: Io,
): Promise<Api> {
  for (const option of ['apiUrl', 'publicUrl', 'tunnel'] as const) {
    if (command[option] !== undefined && command[option] !== 'none') throw excludes(option);
  }
  const instanceId = command.instance ?? '33';
  const apiToken = io.random(16).toString('hex');
  const scenario = command.scenario ?? 'morning';
  const simulator = await startSimulator({
    port: 0,
    apiToken,
    instances: [{ id: instanceId, webhook: { url: null, events: [] } }],
    scenario: scenario === 'none' ? null : scenario,
    speed: command.speed ?? 1,
    random: io.random,
    now: io.now,
  });
  return {
    access: {
      apiUrl: simulator.apiUrl,
      apiUrlSource: 'flag',
      apiToken,
      tokenName: "the simulator's API token",
      proxyEnv: {},
    },
    instanceId,
    folder: instanceFolder(settings.folders.data, 'simulator', instanceId),
    restoreCommand: 'eazewa-hooks listen --simulate',
    close: () => simulator.close(),
  };
}

/** A vendor that is not on this machine can only call a public url. */
function requireWayIn(command: ListenCommand, apiUrl: string): void {
  const { publicUrl, tunnel } = command;
  if (publicUrl !== undefined) {
    if (tunnel === undefined) return;
    throw new CliError('usage', 'two_ways_in', '--public-url and --tunnel exclude each other');
  }
  const local = isLoopback(new URL(apiUrl).hostname);
  if (tunnel === 'ngrok' || (tunnel === undefined && !local)) {
    throw new CliError(
      'tunnel',
      'no_tunnel',
      'This version cannot open an ngrok tunnel by itself',
      {
        hint:
          'Open a tunnel yourself to a port of your choice, and run: ' +
          'eazewa-hooks listen --receiver-port <port> --public-url <its url>. ' +
          'To try it without any: eazewa-hooks listen --simulate',
      },
    );
  }
  if (local) return;
  throw new CliError(
    'usage',
    'no_way_in',
    'With --tunnel none the vendor cannot reach this machine',
    {
      hint: 'Name the url that leads here with --public-url.',
    },
  );
}

function needs(option: string): CliError {
  return new CliError('usage', 'bad_option', `--${option} is an option of the simulator`, {
    hint: 'Add --simulate.',
  });
}

function excludes(option: string): CliError {
  const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new CliError('usage', 'bad_option', `--simulate and --${name} exclude each other`, {
    hint: 'The simulator runs on this machine and calls nothing else.',
  });
}
