/** Stage 1, state: locks the instance, opens its journal and history, starts the guard, and claims the instance. */

import { type Client, createClient } from '../../eazewa/client.ts';
import { CliError } from '../../errors.ts';
import type { Checkpoints } from '../../history/checkpoints.ts';
import type { History } from '../../history/history.ts';
import { createIds } from '../../history/ids.ts';
import { createMemoryHistory } from '../../history/memory.ts';
import { openHistory } from '../../history/sqlite.ts';
import { createWriter, type Writer } from '../../history/writer.ts';
import { faultPoint } from '../../platform/fault-point.ts';
import { historyPath } from '../../platform/paths.ts';
import { type Claim, claimInstance } from '../../takeover/claim.ts';
import { NO_GUARD } from '../../takeover/guard/start.ts';
import { fileJournal, type Journal, memoryJournal } from '../../takeover/journal.ts';
import { lockInstance } from '../../takeover/lock.ts';
import {
  anothersTunnel,
  foundCrashed,
  ownWebhookNotStored,
  settledCrashed,
} from '../../takeover/notices.ts';
import type { Guard } from '../../takeover/options.ts';
import { rememberOwnWebhook } from '../../takeover/own-webhook.ts';
import { atMost, DRAIN_MS } from '../at-most.ts';
import { createMarker, type Marker } from '../marks.ts';
import { trouble } from '../notices.ts';
import type { ListenerDeps, ListenerOptions } from '../options.ts';
import type { Setup } from './setup.ts';

/** What a listener knows and holds before anything can reach it. */
export interface State {
  readonly journal: Journal;
  readonly history: History;
  readonly writer: Writer;
  readonly marker: Marker;
  readonly newId: () => string;
  /** How many events of earlier listeners still wait for a target. */
  readonly olderWaiting: number;
  readonly guard: Guard;
  readonly client: Client;
  readonly claim: Claim;
  /** When the listener started, in ms since 1970. */
  readonly since: number;
}

/** How many events of earlier listeners are looked at for duplicates. */
const MARKED_FROM_LAST = 500;

/** Opens everything that the instance has on this machine, then reads the instance and decides whether it may be taken. */
export async function openState(setup: Setup): Promise<State> {
  const { options, deps, post, signal, undo } = setup;
  const { journal, history, unlock, checkpoints } = await openFiles(options, deps, signal);
  const since = deps.now();
  // Started early: by the time of the takeover it watches, and nobody waits for it.
  const guard = (options.guard && deps.guard?.(options, since, post)) || NO_GUARD;
  // Undone after the unlock: the guard may need the lock at once.
  undo.push(() => guard.close());
  undo.push(unlock);
  undo.push(() => history.close());
  undo.push(() => atMost(checkpoints.stop(), DRAIN_MS));
  await faultPoint('locked');
  // Counted before the first event of this listener can come in.
  const olderWaiting = history.countWaiting();

  const client = createClient({ ...options.api, env: options.api.proxyEnv });
  undo.push(() => client.close());
  const claim = await claimInstance(client, journal, options, signal, deps.now);
  await tellClaim(setup, claim);

  const writer = createWriter(history, { onTrouble: (error) => post(trouble(error)) });
  undo.push(() => atMost(writer.flush(), DRAIN_MS).finally(() => writer.close()));
  const marker = markerFrom(history);
  const newId = createIds(deps.random);
  return { journal, history, writer, marker, newId, olderWaiting, guard, client, claim, since };
}

/** Tells the feed what the claim found, and remembers the instance's own webhook. */
async function tellClaim({ options, deps, post }: Setup, claim: Claim): Promise<void> {
  const { api, instanceId, ownWebhookPath } = options;
  if (claim.crashed !== null) post(foundCrashed(claim.crashed));
  if (claim.isAnothers) post(anothersTunnel(claim.ownWebhook));
  if (ownWebhookPath !== null) {
    const about = { apiUrl: api.apiUrl, instanceId, now: deps.now };
    await rememberOwnWebhook(ownWebhookPath, about, claim.original).catch((error) =>
      post(ownWebhookNotStored(error)),
    );
  }
  if (claim.settled !== null) post(settledCrashed(claim.settled));
}

/** A marker that knows the last events of earlier listeners: a duplicate is found across a restart. */
function markerFrom(history: History): Marker {
  const marker = createMarker();
  for (const earlier of history.recent(MARKED_FROM_LAST).reverse()) marker.remember(earlier);
  return marker;
}

/** The files of an instance on this machine. */
interface Files {
  readonly journal: Journal;
  readonly history: History;
  readonly unlock: () => void;
  readonly checkpoints: Checkpoints;
}

const NO_CHECKPOINTS: Checkpoints = { stop: async () => {} };

/**
 * Locks an instance and opens its journal and history. Throws what {@link lockInstance} throws, and
 * state errors when they cannot be written. A Node without SQLite has no lock either: a real instance
 * then needs `--no-history`, by which its user accepts that.
 */
async function openFiles(
  { folder, instanceId, keepJournal, keepHistory }: ListenerOptions,
  deps: Pick<ListenerDeps, 'checkpoints'>,
  signal: AbortSignal,
): Promise<Files> {
  const mayDoWithout = !keepHistory || !keepJournal;
  const journal = keepJournal ? fileJournal(folder) : memoryJournal();
  let unlock = () => {};
  try {
    unlock = await lockInstance(folder, instanceId, signal);
    if (!keepHistory) return inMemory(journal, unlock);
    const path = historyPath(folder);
    const history = await openHistory(path, { checkpoints: deps.checkpoints === undefined });
    const checkpoints = deps.checkpoints?.(path) ?? NO_CHECKPOINTS;
    return { journal, history, unlock, checkpoints };
  } catch (error) {
    unlock();
    if (!(error instanceof CliError && error.code === 'no_sqlite' && mayDoWithout)) throw error;
    return inMemory(journal, () => {});
  }
}

function inMemory(journal: Journal, unlock: () => void): Files {
  return { journal, history: createMemoryHistory(), unlock, checkpoints: NO_CHECKPOINTS };
}
