/** One instance for a command: through its running listener where there is one, else through the vendor's API. */

import { askListener } from '../../control/client.ts';
import type { WebhookChange } from '../../control/protocol.ts';
import { type Client, createClient, type Webhook } from '../../eazewa/client.ts';
import { readClientState } from '../../eazewa/client-state.ts';
import { withExisting } from '../../eazewa/existing.ts';
import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { instanceFolder } from '../../platform/paths.ts';
import type { Settings } from '../../settings/settings.ts';
import { type Changed, changeWebhook } from '../../takeover/change.ts';
import { fileJournal, isOurs, type JournalEntry } from '../../takeover/journal.ts';
import { isHeld } from '../../takeover/known-instances.ts';
import { lockInstance } from '../../takeover/lock.ts';
import { apiAccess, onlyInstance } from '../shared/api-access.ts';
import { onlyRunning } from '../shared/choose-instance.ts';

/** How an instance stands to the listeners of this machine. */
export type Holder = 'none' | 'running' | 'crashed';

/** An instance at this moment. */
export interface InstanceNow {
  readonly instanceId: string;
  readonly name: string | null;
  /** What its WhatsApp client does (VENDOR §6); null where the vendor does not say. */
  readonly state: string | null;
  /** What it has now. */
  readonly webhook: Webhook;
  /** Its own: what it has now, or will have again when its listener is gone. */
  readonly own: Webhook;
  readonly holder: Holder;
  readonly journal: JournalEntry | null;
  /** Whether the webhook that it has now is that listener's. */
  readonly held: boolean;
  /** Whether that listener stands beside the webhook, with a subscription of its own. */
  readonly sideBySide: boolean;
}

export interface InstanceAccess {
  read(): Promise<InstanceNow>;
  /** Changes it for good. Throws `instance_busy` while a listener starts or stops. */
  change(change: WebhookChange): Promise<Changed>;
  close(): Promise<void>;
}

/**
 * The instance that a command means: the one named, else that of the only running listener, else the
 * only one that the API token has. Throws usage errors that list the choices, `no_such_instance` with
 * those that exist, and what the vendor's API gives.
 */
export async function openInstance(settings: Settings, io: Io): Promise<InstanceAccess> {
  const { instanceId: named, folders } = settings;
  const running = named === null ? await onlyRunning(folders.data) : null;
  if (named?.value === 'simulator') {
    return access(settings, io, {
      folder: instanceFolder(folders.data, 'simulator', ''),
      instanceId: null,
      api: settings.apiUrl,
    });
  }
  if (running !== null) {
    const { folder } = running;
    const journal = await fileJournal(folder).read();
    // An API that was named is meant, whatever listener runs at another one.
    const named = settings.apiUrl.source !== 'default';
    if (journal !== null && (!named || journal.apiUrl === settings.apiUrl.value)) {
      const api = { value: journal.apiUrl, source: journal.apiUrlSource };
      return access(settings, io, { folder, instanceId: journal.instanceId, api });
    }
    if (running.name === 'simulator' && !named) {
      return access(settings, io, { folder, instanceId: null, api: settings.apiUrl });
    }
  }
  const instanceId = named?.value ?? (await onlyInstance(apiAccess(settings, io, settings.apiUrl)));
  const folder = instanceFolder(folders.data, settings.apiUrl.value, instanceId);
  return access(settings, io, { folder, instanceId, api: settings.apiUrl });
}

interface Place {
  readonly folder: string;
  /** Null for what only its listener can reach: the simulator inside `listen --simulate`. */
  readonly instanceId: string | null;
  readonly api: Pick<Settings['apiUrl'], 'value' | 'source'>;
}

function access(settings: Settings, io: Io, { folder, instanceId, api }: Place): InstanceAccess {
  let made: Client | null = null;
  const client = () => {
    const opened = apiAccess(settings, io, api);
    made ??= createClient({ ...opened, env: opened.proxyEnv });
    return made;
  };
  const journal = fileJournal(folder);

  const readFromApi = async (id: string): Promise<InstanceNow> => {
    const { name, webhook } = await client()
      .getInstance(id)
      .catch(async (error: unknown) => {
        throw await withExisting(error, client());
      });
    const state = await readClientState(client(), id);
    const entry = await journal.read();
    const sideBySide = entry?.kind === 'side-by-side';
    const held = entry !== null && !sideBySide && isOurs(webhook.url, entry);
    const holder =
      entry === null ? 'none' : (await isHeld({ folder, name: '' })) ? 'running' : 'crashed';
    const own = held ? entry.original : webhook;
    return { instanceId: id, name, state, webhook, own, holder, journal: entry, held, sideBySide };
  };

  return {
    async read() {
      const told = await askListener(folder, { action: 'status' });
      if (told !== null) {
        const { original, held, ...rest } = told;
        const own = held ? original : rest.webhook;
        return { ...rest, own, held, holder: 'running', journal: await journal.read() };
      }
      if (instanceId === null) throw noListener();
      return readFromApi(instanceId);
    },
    async change(change) {
      const told = await askListener(folder, { action: 'change', change });
      if (told !== null) return told;
      if (instanceId === null) throw noListener();
      const unlock = await lockInstance(folder, instanceId);
      try {
        return await changeWebhook(client(), journal, instanceId, change);
      } finally {
        unlock();
      }
    },
    close: async () => {
      await made?.close();
    },
  };
}

function noListener(): CliError {
  return new CliError(
    'usage',
    'no_listener',
    'The simulator inside listen --simulate is not running',
    {
      hint: 'Start it with eazewa-hooks listen --simulate, or name an instance of the vendor with -i.',
    },
  );
}
