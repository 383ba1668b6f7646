/** Reads and changes one instance: through its running listener where there is one, else through the vendor's API. */

import { askListener } from '../../control/client.ts';
import type { WebhookChange } from '../../control/protocol.ts';
import type { Client, Webhook } from '../../eazewa/client.ts';
import { readClientState } from '../../eazewa/client-state.ts';
import { getExisting } from '../../eazewa/existing.ts';
import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { instanceFolder, ownWebhookPath } from '../../platform/paths.ts';
import { safeText } from '../../platform/safe-text.ts';
import type { Settings } from '../../settings/settings.ts';
import type { NamedServer } from '../../settings/trust.ts';
import { type Changed, changeUnlistened } from '../../takeover/change.ts';
import { fileJournal, isOurs, type JournalEntry } from '../../takeover/journal.ts';
import { isHeld } from '../../takeover/known-instances.ts';
import { lockInstance } from '../../takeover/lock.ts';
import { ownWebhookNotStored } from '../../takeover/notices.ts';
import { rememberOwnWebhook } from '../../takeover/own-webhook.ts';
import { apiAccess, LAGS, onlyInstance, openClient } from '../shared/api-access.ts';
import { onlyRunning } from '../shared/choose-instance.ts';
import { journalServer } from '../shared/journal-server.ts';
import type { Asking } from '../shared/pick-instance.ts';
import { instanceFlags } from '../shared/restore-command.ts';

/** Whether a listener of this machine holds an instance. */
export type Holder = 'none' | 'running' | 'crashed';

/** An instance as it is now. */
export interface InstanceNow {
  readonly instanceId: string;
  readonly name: string | null;
  /** The state of its WhatsApp client (VENDOR §6); null where the vendor does not say. */
  readonly state: string | null;
  /** The webhook that the vendor has now. */
  readonly webhook: Webhook;
  /** Its own webhook: the present one, or the original that its listener will restore. */
  readonly own: Webhook;
  readonly holder: Holder;
  readonly journal: JournalEntry | null;
  /** Whether `webhook` is that of a listener of this machine. */
  readonly held: boolean;
  /** Whether that listener listens side by side, with a subscription of its own. */
  readonly sideBySide: boolean;
}

/** Access to one instance. The caller closes it. */
export interface InstanceAccess {
  /** The folder of its state on this machine. */
  readonly folder: string;
  /** Throws `no_such_instance`, and what the vendor's API gives. */
  read(): Promise<InstanceNow>;
  /** Changes its own webhook permanently. Throws `instance_busy` while a listener starts or stops. */
  change(change: WebhookChange): Promise<Changed>;
  close(): Promise<void>;
}

/**
 * Opens the instance that a command means: the named one, else that of the only running listener, else
 * the only one of the API token; asks on a terminal where there are several. Throws `which_instance` (usage), what
 * {@link apiAccess} throws, and what the vendor's API gives.
 */
export async function openInstance(
  settings: Settings,
  io: Io,
  { input }: Pick<Asking, 'input'>,
): Promise<InstanceAccess> {
  const { instanceId: named, folders } = settings;
  const asking = { io, input };
  const running = named === null ? await onlyRunning(settings, asking) : null;
  if (named?.value === 'simulator') {
    return access(settings, io, {
      folder: instanceFolder(folders.data, 'simulator', ''),
      instanceId: null,
      api: async () => settings.apiUrl,
    });
  }
  if (running !== null) {
    const { folder } = running;
    const journal = await fileJournal(folder).read();
    // A named API counts, even where a listener runs at another API.
    const named = settings.apiUrl.source !== 'default';
    if (journal !== null && (!named || journal.apiUrl === settings.apiUrl.value)) {
      const { instanceId } = journal;
      return access(settings, io, {
        ...{ folder, instanceId },
        api: () => journalServer(settings, folder, journal, instanceFlags(journal)),
      });
    }
    if (running.name === 'simulator' && !named) {
      return access(settings, io, { folder, instanceId: null, api: async () => settings.apiUrl });
    }
  }
  const instanceId =
    named?.value ?? (await onlyInstance(apiAccess(settings, io, settings.apiUrl), asking));
  const folder = instanceFolder(folders.data, settings.apiUrl.value, instanceId);
  return access(settings, io, { folder, instanceId, api: async () => settings.apiUrl });
}

interface Place {
  readonly folder: string;
  /** Null for the simulator inside `listen --simulate`, which only its listener can reach. */
  readonly instanceId: string | null;
  /** Throws where it must not be asked. */
  api(): Promise<NamedServer>;
}

function access(settings: Settings, io: Io, { folder, instanceId, api }: Place): InstanceAccess {
  let made: Client | null = null;
  const client = async () => {
    made ??= openClient(apiAccess(settings, io, await api()));
    return made;
  };
  const journal = fileJournal(folder);

  const readFromApi = async (id: string): Promise<InstanceNow> => {
    const opened = await client();
    const { name, webhook } = await getExisting(opened, id);
    const state = await readClientState(opened, id);
    const entry = await journal.read();
    const sideBySide = entry?.kind === 'side-by-side';
    const held = entry !== null && !sideBySide && isOurs(webhook.url, entry);
    const holder =
      entry === null ? 'none' : (await isHeld({ folder, name: '' })) ? 'running' : 'crashed';
    const own = held ? entry.original : webhook;
    return { instanceId: id, name, state, webhook, own, holder, journal: entry, held, sideBySide };
  };

  return {
    folder,
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
      if (instanceId === null) {
        if (told === null) throw noListener();
        return told;
      }
      const place = { folder, instanceId };
      // The client before the lock, which makes the folder ours alone.
      const done = told ?? (await changeAlone(await client(), place, change, io));
      const apiUrl = (await journal.read().catch(() => null))?.apiUrl ?? settings.apiUrl.value;
      await remember(settings, { ...place, apiUrl }, done.after, io);
      return done;
    },
    close: async () => {
      await made?.close();
    },
  };
}

/** Changes an instance that no listener holds. */
async function changeAlone(
  client: Client,
  { folder, instanceId }: { readonly folder: string; readonly instanceId: string },
  change: WebhookChange,
  io: Io,
): Promise<Changed> {
  const getInstance: Client['getInstance'] = (id, signal) => getExisting(client, id, signal);
  const unlock = await lockInstance(folder, instanceId);
  try {
    const existing = { ...client, getInstance };
    return await changeUnlistened(existing, fileJournal(folder), instanceId, change, {
      now: io.now,
      lags: () => io.stderr.write(LAGS),
    });
  } finally {
    unlock();
  }
}

/** Remembers an own webhook that has been set; a failure is only told. */
async function remember(
  { folders }: Pick<Settings, 'folders'>,
  { folder, ...about }: Record<'folder' | 'instanceId' | 'apiUrl', string>,
  own: Webhook,
  io: Io,
): Promise<void> {
  try {
    await rememberOwnWebhook(
      ownWebhookPath(folders.config, folder),
      { ...about, now: io.now },
      own,
    );
  } catch (error) {
    io.stderr.write(`! ${safeText(ownWebhookNotStored(error).message, 1000)}\n`);
  }
}

function noListener(): CliError {
  return new CliError(
    'usage',
    'no_listener',
    'The simulator inside listen --simulate is not running',
    {
      hint: 'Start it with eazewa-hooks listen --simulate, or name a real instance with -i.',
    },
  );
}
