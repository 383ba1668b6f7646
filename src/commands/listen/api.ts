/** What `listen` listens to: the vendor's API and the way from there, or the simulator in its place. */

import { CliError } from '../../errors.ts';
import type { ApiAccess, WayIn } from '../../listener/options.ts';
import type { Io } from '../../platform/io.ts';
import { homePath, instanceFolder } from '../../platform/paths.ts';
import type { Settings } from '../../settings/settings.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { apiAccess, onlyInstance } from '../shared/api-access.ts';
import { restoreCommand } from '../shared/restore-command.ts';
import { chooseWayIn } from './ingress.ts';
import type { ListenCommand } from './options.ts';

export interface Api {
  readonly access: ApiAccess;
  /** How that API reaches this machine. */
  readonly wayIn: WayIn;
  readonly instanceId: string;
  readonly folder: string;
  /** Where the instance's own webhook is remembered; null for the simulator's. */
  readonly homePath: string | null;
  readonly restoreCommand: string;
  close(): Promise<void>;
}

/** The API of the settings. Throws what stands in the way before anything is asked of it. */
export async function realApi(command: ListenCommand, settings: Settings, io: Io): Promise<Api> {
  for (const option of ['scenario', 'speed'] as const) {
    if (command[option] !== undefined) throw needs(option);
  }
  const { apiUrl } = settings;
  const access = apiAccess(settings, io, apiUrl);
  const wayIn = await chooseWayIn(command, settings, io);
  const instanceId = settings.instanceId?.value ?? (await onlyInstance(access));
  const folder = instanceFolder(settings.folders.data, apiUrl.value, instanceId);
  return {
    access,
    wayIn,
    instanceId,
    folder,
    homePath: homePath(settings.folders.config, folder),
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
    wayIn: { kind: 'none' },
    instanceId,
    folder: instanceFolder(settings.folders.data, 'simulator', instanceId),
    homePath: null,
    restoreCommand: 'eazewa-hooks listen --simulate',
    close: () => simulator.close(),
  };
}

function needs(option: string): CliError {
  return new CliError('usage', 'bad_option', `--${option} is an option of the simulator`, {
    hint: 'Add --simulate.',
  });
}
