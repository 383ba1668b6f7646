/** Which instance a command means: the one that is named, else the only running listener's, else the only one known. */

import { CliError } from '../../errors.ts';
import { historyPath, instanceFolder } from '../../platform/paths.ts';
import type { Settings } from '../../settings/settings.ts';
import { fileJournal, type JournalEntry } from '../../takeover/journal.ts';
import {
  hasHistory,
  isHeld,
  type KnownInstance,
  knownInstances,
} from '../../takeover/known-instances.ts';

/** An instance's state on this machine. */
export interface Chosen {
  readonly folder: string;
  /** The journal of its listener, if it has one. */
  readonly journal: JournalEntry | null;
}

/**
 * Chooses by `-i` or its settings (`simulator` for the one inside `listen --simulate`), else by what
 * there is on this machine. Throws a usage error that lists the choices when there are several.
 */
export async function chooseInstance(settings: Settings): Promise<Chosen> {
  const { instanceId, apiUrl, folders } = settings;
  const folder =
    instanceId === null
      ? (await onlyOne(folders.data)).folder
      : instanceId.value === 'simulator'
        ? instanceFolder(folders.data, 'simulator', '')
        : instanceFolder(folders.data, apiUrl.value, instanceId.value);
  return { folder, journal: await fileJournal(folder).read() };
}

/**
 * As {@link chooseInstance}; but where no instance is named and none runs, and not just one was ever
 * heard of, it is that of `listen --simulate`, which needs no account: for what begins a history itself.
 */
export async function chooseOrBegin(settings: Settings): Promise<Chosen> {
  try {
    return await chooseInstance(settings);
  } catch (error) {
    const may = ['nothing_received', 'which_instance'];
    if (!(error instanceof CliError && may.includes(error.code))) throw error;
    // Of several that run now, one has to be named.
    if (error.facts.running === true) throw error;
    return { folder: instanceFolder(settings.folders.data, 'simulator', ''), journal: null };
  }
}

/** The history of the chosen instance. Throws `no_history` when nothing was ever received. */
export function historyOf({ folder }: Chosen): string {
  return historyPath(folder);
}

/** The only instance that a listener of this machine holds; null for none. Throws `which_instance` for several. */
export async function onlyRunning(data: string): Promise<KnownInstance | null> {
  const [only = null, ...others] = await filter(await knownInstances(data), isHeld);
  if (only === null || others.length === 0) return only;
  throw await whichInstance([only, ...others], true);
}

async function onlyOne(data: string): Promise<KnownInstance> {
  const running = await onlyRunning(data);
  if (running !== null) return running;
  const kept = await filter(await knownInstances(data), hasHistory);
  if (kept.length === 1 && kept[0]) return kept[0];
  if (kept.length === 0) {
    throw new CliError('notFound', 'nothing_received', 'Nothing was received on this machine yet', {
      hint: 'Begin with: eazewa-hooks listen --simulate',
    });
  }
  throw await whichInstance(kept, false);
}

async function whichInstance(
  several: readonly KnownInstance[],
  running: boolean,
): Promise<CliError> {
  const choices = await Promise.all(several.map(describe));
  return new CliError('usage', 'which_instance', 'Which instance is meant?', {
    hint: `Name one: ${choices.join('; ')}`,
    facts: { running },
  });
}

async function describe({ folder, name }: KnownInstance): Promise<string> {
  if (name === 'simulator') return '-i simulator';
  const journal = await fileJournal(folder)
    .read()
    .catch(() => null);
  return journal === null ? name : `-i ${journal.instanceId} --api-url ${journal.apiUrl}`;
}

async function filter<T>(all: readonly T[], keep: (one: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(all.map(keep));
  return all.filter((_, index) => kept[index]);
}
