/** What `listen` listens to: the vendor's API and the way from there, or the simulator in its place. */

import { CliError } from '../../errors.ts';
import type { Ingress } from '../../listener/options.ts';
import type { Io } from '../../platform/io.ts';
import { instanceFolder, ownWebhookPath } from '../../platform/paths.ts';
import type { Settings } from '../../settings/settings.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import type { ApiAccess } from '../../takeover/options.ts';
import { apiAccess, onlyInstance } from '../shared/api-access.ts';
import { restoreCommand } from '../shared/restore-command.ts';
import { chooseIngress } from './ingress.ts';
import type { ListenCommand } from './options.ts';

export interface Api {
  readonly access: ApiAccess;
  /** How that API reaches this machine. */
  readonly ingress: Ingress;
  readonly instanceId: string;
  readonly folder: string;
  /** Where the instance's own webhook is remembered; null for the simulator's. */
  readonly ownWebhookPath: string | null;
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
  const ingress = await chooseIngress(command, settings, io);
  const instanceId = settings.instanceId?.value ?? (await onlyInstance(access));
  const folder = instanceFolder(settings.folders.data, apiUrl.value, instanceId);
  return {
    access,
    ingress,
    instanceId,
    folder,
    ownWebhookPath: ownWebhookPath(settings.folders.config, folder),
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
    ingress: { kind: 'none' },
    instanceId,
    folder: instanceFolder(settings.folders.data, 'simulator', instanceId),
    ownWebhookPath: null,
    restoreCommand: 'eazewa-hooks listen --simulate',
    close: () => simulator.close(),
  };
}

function needs(option: string): CliError {
  return new CliError('usage', 'bad_option', `--${option} is an option of the simulator`, {
    hint: 'Add --simulate.',
  });
}
