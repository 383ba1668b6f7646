/** Stage 1, state: opens what this machine has of the instance, starts the guard, and claims the instance. */

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Client, createClient } from '../../eazewa/client.ts';
import type { Post } from '../../feed/feed.ts';
import { watchDamage } from '../../history/damage.ts';
import type { History } from '../../history/history.ts';
import { createIds } from '../../history/ids.ts';
import { createWriter, type Writer } from '../../history/writer.ts';
import { faultPoint } from '../../platform/fault-point.ts';
import { privateFolder } from '../../platform/paths.ts';
import { type Claim, claimInstance } from '../../takeover/claim.ts';
import { NO_GUARD } from '../../takeover/guard/start.ts';
import { type Journal, memoryJournal } from '../../takeover/journal.ts';
import {
  anotherListener,
  ownWebhookNotStored,
  takeoverResumed,
  takeoverSettled,
} from '../../takeover/notices.ts';
import type { ClaimOptions, Guard } from '../../takeover/options.ts';
import { rememberOwnWebhook } from '../../takeover/own-webhook.ts';
import { atMost, DRAIN_MS } from '../at-most.ts';
import { openFiles } from '../instance-files.ts';
import { createMarker, type Marker } from '../marks.ts';
import { historyDamaged, requestIdReused, trouble } from '../notices.ts';
import type { Setup } from './setup.ts';

/** What a listener knows and holds before anything can reach it. */
export interface State {
  readonly journal: Journal;
  readonly history: History;
  /** Aborts when history turns out to be damaged: nothing can be stored any more. */
  readonly damaged: AbortSignal;
  readonly writer: Writer;
  readonly marker: Marker;
  readonly newId: () => string;
  /** The path of a history that did not exist before; null where it did, and in memory. */
  readonly newHistory: string | null;
  /** How many events of earlier listeners still wait for a target. */
  readonly olderWaiting: number;
  /** Events up to this `seq` are not this listener's to forward. */
  readonly after: number;
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
  const { instance, api } = options;
  await refuseEarly(setup);
  const files = await openFiles(instance, options.state, signal, deps.checkpoints);
  const { journal, unlock, checkpoints, newHistory } = files;
  const damage = new AbortController();
  const history = watchDamage(files.history, (error) => {
    if (!damage.signal.aborted) post(historyDamaged(error));
    damage.abort(error);
  });
  const since = deps.now();
  // Started early, so that the takeover need not wait until the guard watches.
  const guard = startGuard(setup, since);
  // Undone after the unlock: the guard may need the lock at once.
  undo.push(() => guard.close());
  undo.push(unlock);
  undo.push(() => history.close());
  undo.push(() => atMost(checkpoints.stop(), DRAIN_MS));
  await faultPoint('locked');
  // Counted before the first event of this listener can come in.
  const after = history.startForwarding();
  const olderWaiting = history.countWaiting();

  const client = createClient({ ...api, env: api.proxyEnv });
  // A request that was left to the guard may be under way.
  undo.push(() => atMost(client.close(), DRAIN_MS));
  const wanted = wantedOf(setup);
  const claim = await claimInstance(client, journal, wanted, signal, deps.now);
  await tellClaim(setup, claim);

  const writer = createWriter(history, { onTrouble: (error) => post(trouble(error)) });
  undo.push(() => atMost(writer.flush(), DRAIN_MS).finally(() => writer.close()));
  const marker = markerFrom(history, post);
  const newId = createIds(deps.random);
  return {
    ...{ journal, history, writer, marker, newId, olderWaiting, after, guard, client, claim },
    newHistory,
    since,
    damaged: damage.signal,
  };
}

/**
 * Refuses an instance that cannot be taken before its folder exists: a failed start leaves none. The
 * claim is made again under the lock, since another listener may have come first.
 */
async function refuseEarly(setup: Setup): Promise<void> {
  const { options, deps, signal } = setup;
  const { folder } = options.instance;
  if (existsSync(folder)) return;
  const { journal, history } = options.state;
  // A data folder that cannot be used is refused before the vendor is asked.
  if (journal || history) await privateFolder(dirname(folder));
  const client = createClient({ ...options.api, env: options.api.proxyEnv });
  try {
    await claimInstance(client, memoryJournal(), wantedOf(setup), signal, deps.now);
  } finally {
    await client.close();
  }
}

function wantedOf({ options }: Setup): ClaimOptions {
  return { ...options.takeover, instanceId: options.instance.id };
}

function startGuard({ options, deps, post }: Setup, since: number): Guard {
  if (!options.guard || deps.guard === undefined) return NO_GUARD;
  const { api, instance, takeover } = options;
  const { folder, id: instanceId } = instance;
  return deps.guard({ api, folder, instanceId, sideBySide: takeover.sideBySide }, since, post);
}

/** Tells the feed what the claim found, and remembers the instance's own webhook. */
async function tellClaim({ options, deps, post }: Setup, claim: Claim): Promise<void> {
  const { ownWebhookPath } = options.takeover;
  if (claim.resumed !== null) post(takeoverResumed(claim.resumed));
  if (claim.isAtAnothers) post(anotherListener(claim.ownWebhook));
  if (ownWebhookPath !== null) {
    const { apiUrl } = options.api;
    const about = { apiUrl, instanceId: options.instance.id, now: deps.now };
    await rememberOwnWebhook(ownWebhookPath, about, claim.original).catch((error) =>
      post(ownWebhookNotStored(error)),
    );
  }
  if (claim.settled !== null) post(takeoverSettled(claim.settled));
}

/** A marker that knows the last events of earlier listeners: a duplicate is found across a restart. */
function markerFrom(history: History, post: Post): Marker {
  const marker = createMarker(() => post(requestIdReused()));
  for (const earlier of history.recent(MARKED_FROM_LAST).reverse()) marker.remember(earlier);
  return marker;
}
