/** What `listen` listens to: the vendor's API and the ingress from there, or the simulator in its place. */

import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { instanceFolder, ownWebhookPath } from '../../platform/paths.ts';
import type { Settings } from '../../settings/settings.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import type { Scenario } from '../../views/tui/state.ts';
import { apiAccess, onlyInstance } from '../shared/api-access.ts';
import { restoreCommand } from '../shared/restore-command.ts';
import { chooseIngress } from './ingress.ts';
import type { ListenCommand, ListenedApi } from './options.ts';

/** The API to listen to, until it is closed. */
export interface Api extends ListenedApi {
  /** Where the vendor is simulated: resolves when a scenario is over. */
  readonly simulation?: { readonly over: Promise<Scenario> };
  close(): Promise<void>;
}

/**
 * The API and the ingress that the settings ask for; `stop` ends a question. Throws the errors of
 * options, API token and ingress.
 */
export async function realApi(
  command: ListenCommand,
  settings: Settings,
  io: Io,
  stop: AbortSignal,
): Promise<Api> {
  for (const option of ['scenario', 'speed'] as const) {
    if (command[option] !== undefined) throw needs(option);
  }
  const { apiUrl } = settings;
  const api = apiAccess(settings, io, apiUrl);
  const ingress = await chooseIngress(command, settings, io);
  const instanceId =
    settings.instanceId?.value ??
    (await onlyInstance(api, { io, input: command.input, signal: stop }));
  const folder = instanceFolder(settings.folders.data, apiUrl.value, instanceId);
  return {
    api,
    ingress,
    instance: {
      id: instanceId,
      folder,
      restoreCommand: restoreCommand({ instanceId, apiUrl: apiUrl.value }),
    },
    ownWebhookPath: ownWebhookPath(settings.folders.config, folder),
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
  let isOver: (scenario: Scenario) => void = () => {};
  const over = new Promise<Scenario>((resolve) => {
    isOver = resolve;
  });
  const simulator = await startSimulator({
    port: 0,
    apiToken,
    instances: [{ id: instanceId, webhook: { url: null, events: [] } }],
    scenario: scenario === 'none' ? null : scenario,
    speed: command.speed ?? 1,
    secret: settings.webhookSecret?.value ?? null,
    random: io.random,
    now: io.now,
    scenarioOver: (name, events) => isOver({ name, events }),
  });
  return {
    api: {
      apiUrl: simulator.apiUrl,
      apiUrlSource: 'flag',
      apiToken,
      tokenName: "the simulator's API token",
      proxyEnv: {},
    },
    ingress: { kind: 'none' },
    instance: {
      id: instanceId,
      folder: instanceFolder(settings.folders.data, 'simulator', instanceId),
      restoreCommand: 'eazewa-hooks listen --simulate',
    },
    ownWebhookPath: null,
    simulation: { over },
    close: () => simulator.close(),
  };
}

function needs(option: string): CliError {
  return new CliError('usage', 'bad_option', `--${option} is an option of the simulator`, {
    hint: 'Add --simulate.',
  });
}
