/** Chooses the instance that a command means: the named one, else that of the only listener, else the only one stored. */

import { CliError } from '../../errors.ts';
import { instanceFolder } from '../../platform/paths.ts';
import type { Settings } from '../../settings/settings.ts';
import { fileJournal, type JournalEntry } from '../../takeover/journal.ts';
import {
  hasHistory,
  isHeld,
  type KnownInstance,
  knownInstances,
} from '../../takeover/known-instances.ts';
import { instanceFlags } from './restore-command.ts';

/** An instance on this machine. */
export interface Chosen {
  readonly folder: string;
  /** The journal of its listener; null without one. */
  readonly journal: JournalEntry | null;
}

/**
 * Chooses by `-i` or its settings (`simulator` for the one inside `listen --simulate`), else by the
 * listeners and histories of this machine. Throws `which_instance` (usage), which lists the choices,
 * and `nothing_received` (notFound).
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
 * As {@link chooseInstance}, for a command that may start a history. Where no instance is named, no
 * listener runs, and not exactly one history exists, it chooses that of `listen --simulate`.
 */
export async function chooseOrStart(settings: Settings): Promise<Chosen> {
  try {
    return await chooseInstance(settings);
  } catch (error) {
    const may = ['nothing_received', 'which_instance'];
    if (!(error instanceof CliError && may.includes(error.code))) throw error;
    // Several listeners run: the user has to name one.
    if (error.facts.running === true) throw error;
    return { folder: instanceFolder(settings.folders.data, 'simulator', ''), journal: null };
  }
}

/** The only instance that a listener of this machine holds; null for none. Throws `which_instance` (usage) for several. */
export async function onlyRunning(data: string): Promise<KnownInstance | null> {
  const [only = null, ...others] = await filter(await knownInstances(data), isHeld);
  if (only === null || others.length === 0) return only;
  throw await whichInstance([only, ...others], true);
}

async function onlyOne(data: string): Promise<KnownInstance> {
  const running = await onlyRunning(data);
  if (running !== null) return running;
  const stored = await filter(await knownInstances(data), hasHistory);
  if (stored.length === 1 && stored[0]) return stored[0];
  if (stored.length === 0) {
    throw new CliError('notFound', 'nothing_received', 'Nothing was received on this machine yet', {
      hint: 'Start with: eazewa-hooks listen --simulate',
    });
  }
  throw await whichInstance(stored, false);
}

async function whichInstance(
  several: readonly KnownInstance[],
  running: boolean,
): Promise<CliError> {
  const choices = await Promise.all(several.map(describe));
  return new CliError('usage', 'which_instance', 'Which instance is meant?', {
    hint: `Choose one: ${choices.join('; ')}`,
    facts: { running },
  });
}

async function describe({ folder, name }: KnownInstance): Promise<string> {
  if (name === 'simulator') return '-i simulator';
  const journal = await fileJournal(folder)
    .read()
    .catch(() => null);
  return journal === null ? name : instanceFlags(journal);
}

async function filter<T>(all: readonly T[], test: (one: T) => Promise<boolean>): Promise<T[]> {
  const passed = await Promise.all(all.map(test));
  return all.filter((_, index) => passed[index]);
}
