/** Chooses the instance that a command means: the named one, else that of the only listener, else the only one stored. */

import { CliError } from '../../errors.ts';
import { historyPath, instanceFolder } from '../../platform/paths.ts';
import type { Settings } from '../../settings/settings.ts';
import { type InstanceNames, readInstanceNames } from '../../takeover/instance-file.ts';
import { fileJournal } from '../../takeover/journal.ts';
import {
  hasHistory,
  isHeld,
  type KnownInstance,
  knownInstances,
} from '../../takeover/known-instances.ts';
import { type Asking, listed, type Offered, pickedText, pickInstance } from './pick-instance.ts';
import { namingFlags } from './restore-command.ts';

/** An instance of this machine that people can name; `names` is null for the simulator's. */
export interface Nameable extends KnownInstance {
  readonly names: InstanceNames | null;
}

/**
 * Chooses by `-i` or its settings (`simulator` for the one inside `listen --simulate`), else by the
 * listeners and histories of this machine. Asks on a terminal where there are several. Throws
 * `which_instance` (usage), which lists the choices, and `nothing_received` (notFound).
 */
export async function chooseInstance(settings: Settings, asking: Asking): Promise<Nameable> {
  if (settings.instanceId !== null) return named(settings, asking);
  const running = await onlyRunning(settings, asking);
  if (running !== null) return running;
  const stored = await filter(await nameable(settings), hasHistory);
  const [only] = stored;
  if (only === undefined) {
    throw new CliError('notFound', 'nothing_received', 'Nothing was received on this machine yet', {
      hint: 'Start with: eazewa-hooks listen --simulate',
    });
  }
  return stored.length === 1 ? only : pick(stored, settings, asking);
}

/**
 * As {@link chooseInstance}, for a command that may start a history. Where no instance is named, no
 * listener runs, and not exactly one history exists, it chooses that of `listen --simulate`.
 */
export async function chooseOrStart(settings: Settings, asking: Asking): Promise<Nameable> {
  if (settings.instanceId !== null) return chooseInstance(settings, asking);
  const running = await onlyRunning(settings, asking);
  if (running !== null) return running;
  const [only, ...others] = await filter(await nameable(settings), hasHistory);
  return only !== undefined && others.length === 0 ? only : simulator(settings);
}

/**
 * The only instance that a listener of this machine holds, or the one of several that the user picks;
 * null for none. Throws `which_instance` (usage).
 */
export async function onlyRunning(settings: Settings, asking: Asking): Promise<Nameable | null> {
  const running = await filter(await nameable(settings), isHeld);
  return running.length > 1 ? pick(running, settings, asking) : (running[0] ?? null);
}

/** The named instance. Without a named API, `-i` also finds the id or the name of one at another API. */
async function named(settings: Settings, asking: Asking): Promise<Nameable> {
  const { instanceId, apiUrl, folders } = settings;
  const typed = instanceId?.value ?? '';
  if (typed === 'simulator') return simulator(settings);
  const folder = instanceFolder(folders.data, apiUrl.value, typed);
  const all = await nameable(settings);
  const exact = all.find((one) => one.folder === folder);
  if (exact !== undefined) return exact;
  const found = all.filter(
    ({ names }) =>
      names !== null &&
      (names.instanceId === typed || names.name === typed) &&
      (apiUrl.source === 'default' || names.apiUrl === apiUrl.value),
  );
  if (found.length > 1) return pick(found, settings, asking);
  const names = { instanceId: typed, apiUrl: apiUrl.value, name: null };
  return found[0] ?? { name: typed, folder, names };
}

function simulator({ folders }: Pick<Settings, 'folders'>): Nameable {
  const folder = instanceFolder(folders.data, 'simulator', '');
  return { name: 'simulator', folder, names: null };
}

/** The instances of this machine that people can name. A folder of no known instance never had an event. */
async function nameable({ folders }: Pick<Settings, 'folders'>): Promise<Nameable[]> {
  const known = await knownInstances(folders.data);
  const found = await Promise.all(
    known.map(async (one): Promise<Nameable[]> => {
      if (one.name === 'simulator') return [{ ...one, names: null }];
      const names = await namesOf(one.folder);
      return names === null ? [] : [{ ...one, names }];
    }),
  );
  return found.flat();
}

async function namesOf(folder: string): Promise<InstanceNames | null> {
  const names = await readInstanceNames(folder);
  if (names !== null) return names;
  const journal = await fileJournal(folder)
    .read()
    .catch(() => null);
  return journal && { ...journal, name: null };
}

function pick(
  several: readonly Nameable[],
  settings: Pick<Settings, 'apiUrl'>,
  asking: Asking,
): Promise<Nameable> {
  return pickInstance(
    several.map((one) => offer(one, settings)),
    asking,
  );
}

function offer(value: Nameable, { apiUrl }: Pick<Settings, 'apiUrl'>): Offered<Nameable> {
  const { names } = value;
  if (names === null) return { text: 'simulator', flags: '-i simulator', value };
  const text = pickedText(names.instanceId, names.name, names.apiUrl);
  return { text, flags: namingFlags(names, apiUrl.value), value };
}

/** The error for an instance of which nothing is stored, with those of which something is. */
export async function nothingStored(chosen: Nameable, settings: Settings): Promise<CliError> {
  const stored = await filter(await nameable(settings), hasHistory);
  const { text, flags } = offer(chosen, settings);
  const start = `eazewa-hooks listen ${chosen.names === null ? '--simulate' : flags}`;
  const others = listed(stored.map((one) => offer(one, settings)));
  const hint = stored.length === 0 ? `Start with: ${start}` : `There are events of: ${others}`;
  return new CliError('state', 'no_history', `No event of ${text} is stored here`, {
    hint,
    facts: { path: historyPath(chosen.folder) },
  });
}

async function filter<T>(all: readonly T[], test: (one: T) => Promise<boolean>): Promise<T[]> {
  const passed = await Promise.all(all.map(test));
  return all.filter((_, index) => passed[index]);
}
