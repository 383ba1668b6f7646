/** A listener: starts its parts in order, undoes what was done when one fails, and stops them in order. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, openControl } from '../control/server.ts';
import { createDeliverer } from '../delivery/deliver.ts';
import { type Target, withPath } from '../delivery/target.ts';
import { createTurns } from '../delivery/turns.ts';
import { createClient } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import type { NewFeedEntry, Post } from '../feed/feed.ts';
import type { History } from '../history/history.ts';
import { createIds } from '../history/ids.ts';
import { forwardWindow } from '../history/outcome.ts';
import { createWriter } from '../history/writer.ts';
import { faultPoint } from '../platform/fault-point.ts';
import { isLoopback } from '../platform/loopback.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { privateFolder } from '../platform/paths.ts';
import { safeText } from '../platform/safe-text.ts';
import { WEBHOOK_PATH } from '../receiver/admission.ts';
import { startReceiver } from '../receiver/receiver.ts';
import { claimInstance } from '../takeover/claim.ts';
import { NO_GUARD } from '../takeover/guard/start.ts';
import {
  anothersTunnel,
  ownWebhookNotStored,
  takeoverResumed,
  takeoverSettled,
} from '../takeover/notices.ts';
import { rememberOwnWebhook } from '../takeover/own-webhook.ts';
import { holdByReplacing } from '../takeover/replace.ts';
import { holdSideBySide } from '../takeover/side-by-side.ts';
import { startForwarding } from './forwarding.ts';
import { openIngress, shownUrl } from './ingress.ts';
import { createIntake } from './intake.ts';
import { createMarker, type Marker } from './marks.ts';
import { closedUnanswered, olderWaiting, trouble, unreachable } from './notices.ts';
import type { ListenerDeps, ListenerOptions } from './options.ts';
import { trackOutages } from './recovery/outages.ts';
import { createRecovery } from './recovery/recover.ts';
import { createActions } from './requests/commands.ts';
import { replayer } from './requests/replay.ts';
import { type Ask, createAsk } from './requests/view.ts';
import { openState } from './state.ts';
import { startTee } from './tee/tee.ts';
import { startUpkeep } from './upkeep.ts';

/** How a listener ended. `restored`: the instance no longer points at it. */
export type Outcome = Omit<Extract<NewFeedEntry, { type: 'stopped' }>, 'type'>;

export interface Listener {
  readonly stopped: Promise<Outcome>;
  /** Answers its view. */
  readonly ask: Ask;
}

const DRAIN_MS = 2000;
const MARKS_FROM_LAST = 500;
/** Each stream of a tunnel is a connection; some 510 at a time end its session, with all that is under way in it (NGROK §3). */
const NGROK_STREAMS = 400;

/**
 * Starts a listener: lock, history, the instance, receiver, tunnel, takeover. It runs until `signal`
 * fires; then it puts the webhook back, drains, and closes. When a step fails, or the signal fires
 * before all is set up, everything that was done is undone and the reason is thrown.
 */
export async function startListener(
  options: ListenerOptions,
  post: Post,
  deps: ListenerDeps,
  signal: AbortSignal,
): Promise<Listener> {
  const undo: Undo = [];
  try {
    return await start(options, post, deps, signal, undo);
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

type Undo = (() => unknown)[];

/** Takes back steps, the last first; one that fails does not keep the others. */
async function unwind(undo: Undo): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    try {
      await step();
    } catch {
      // On the way out: what led here is what is shown.
    }
  }
}

async function start(
  options: ListenerOptions,
  post: Post,
  deps: ListenerDeps,
  signal: AbortSignal,
  undo: Undo,
): Promise<Listener> {
  const { instanceId, api } = options;
  const { journal, history, unlock, checkpoints } = await openState(options, deps, signal);
  const since = deps.now();
  // Started now, so that it watches by the time that there is something to watch.
  const guard = (options.guard && deps.guard?.(options, since, post)) || NO_GUARD;
  undo.push(
    // After the lock: it may have to take that at once.
    () => guard.close(),
    unlock,
    () => history.close(),
    () => atMost(checkpoints.stop(), DRAIN_MS),
  );
  await faultPoint('locked');
  // Before the first event of this listener can come in.
  const older = history.countWaiting();
  const after = history.startForwarding();
  const client = createClient({ ...api, env: api.proxyEnv });
  undo.push(() => client.close());

  const claim = await claimInstance(client, journal, options, signal, deps.now);
  if (claim.resumed !== null) post(takeoverResumed(claim.resumed));
  if (claim.isAtAnothersTunnel) post(anothersTunnel(claim.ownWebhook));
  if (options.ownWebhookPath !== null) {
    const { ownWebhookPath } = options;
    const about = { apiUrl: api.apiUrl, instanceId, now: deps.now };
    await rememberOwnWebhook(ownWebhookPath, about, claim.original).catch((error) =>
      post(ownWebhookNotStored(error)),
    );
  }
  if (claim.settled !== null) post(takeoverSettled(claim.settled));
  const targets = options.targets.map((target) => withPath(target, claim.original.url));

  const writer = createWriter(history, { onTrouble: (error) => post(trouble(error)) });
  undo.push(() => atMost(writer.flush(), DRAIN_MS).finally(() => writer.close()));
  const turns = createTurns();
  const deliverer = createDeliverer({ insecure: options.insecure });
  undo.push(() => deliverer.close());
  const { now } = deps;
  const forwarder = startForwarding(options, {
    deliverer,
    turns,
    targets,
    history,
    after,
    writer,
    post,
    now,
  });
  undo.push(() => atMost(forwarder.drain(DRAIN_MS), DRAIN_MS + 1000));

  // What is put back may change while the listener runs.
  let original = () => claim.original;
  const tee = startTee(options, {
    original: () => original(),
    ownPort: () => receiver.port,
    now,
    post,
  });
  // Ends after the receiver, of which something may still come.
  undo.push(() => tee.drain(DRAIN_MS).finally(() => tee.close()));

  const newId = createIds(deps.random);
  const halt = new AbortController();
  const counted = { received: 0 };
  const marker = markerFrom(history);
  const intake = createIntake({
    writer,
    marker,
    newId,
    now,
    targets,
    only: options.only,
    isForApp: claim.wanted.isForApp,
    bodies: options.bodies,
    post,
    kept(event) {
      counted.received++;
      if (counted.received === options.maxEvents) halt.abort();
      forwarder.kick(event.waitFor);
      tee.event(event);
    },
  });
  /** Tells the watchdog that the way in leads here. */
  let heard = () => {};
  /** A connection had to be turned away: a tunnel answers it in our place. */
  let missedOne = () => post(closedUnanswered(1));
  const pathToken = options.pathToken ?? deps.random(32).toString('base64url');
  const probeKey = deps.random(32);
  const receiver = await startReceiver({
    port: options.receiverPort,
    ...(options.ingress.kind === 'ngrok' && { mostConnections: NGROK_STREAMS }),
    pathTokens: [pathToken, ...claim.formerPathTokens],
    probeKey,
    instanceId,
    keep: (received, kept, givenUp) => {
      heard();
      intake(received, kept, givenUp);
    },
    rejected: (status, reason, size) =>
      post({ type: 'rejected', status, reason: safeText(reason, 200), size }),
    closedUnanswered: (count) => post(closedUnanswered(count)),
    turnedAway: () => missedOne(),
  });
  undo.push(() => receiver.close(DRAIN_MS));
  const localUrl = `http://127.0.0.1:${receiver.port}`;
  refuseOwnPort(targets, receiver.port);

  const tunnel = await openIngress({
    ingress: options.ingress,
    receiverPort: receiver.port,
    probeKey,
    post,
    ...deps,
    signal,
  });
  undo.push(() => atMost(tunnel.stop(), DRAIN_MS));
  heard = tunnel.heard;

  const webhookAt = (url: string) => `${url}${WEBHOOK_PATH}${pathToken}`;
  const webhookUrl = webhookAt(tunnel.url);
  const takeover = await (options.sideBySide ? holdSideBySide : holdByReplacing)({
    client,
    journal,
    api,
    instanceId,
    original: claim.original,
    found: claim.found,
    ours: { url: webhookUrl, events: claim.events },
    wanted: claim.wanted,
    pathToken,
    formerPathTokens: claim.formerPathTokens,
    since,
    guard,
    now,
    post,
    restoreCommand: options.restoreCommand,
    signal,
  });
  undo.push(() => takeover.release());
  original = takeover.original;
  const recovery = createRecovery({
    client,
    instanceId,
    history,
    writer,
    marker,
    newId,
    now,
    events: () => takeover.ours().events,
    targets,
    bodies: options.bodies,
    post,
  });
  const outages = await trackOutages({
    recover: options.recover,
    recovery,
    folder: options.keepHistory && options.keepJournal ? options.folder : null,
    post,
    now,
  });
  undo.push(() => outages.stop());
  if (options.ingress.kind !== 'none') missedOne = outages.missedOne;
  tunnel.start({ moved: (url) => takeover.move(webhookAt(url)), outageOver: outages.was });
  const replay = replayer(options, {
    original: takeover.original,
    targets,
    history,
    writer,
    deliverer,
    turns,
    newId,
    post,
    ...deps,
  });
  const answer = createActions({ ...options, pathToken, client, takeover, replay });
  const control = await reachable(options, answer, post);
  undo.push(() => control.close());
  const upkeep = startUpkeep(history, now);
  undo.push(() => upkeep.stop());

  if (older > 0 && targets.length > 0) post(olderWaiting(older));
  const previous = claim.original;
  const teeTo = tee.to();
  // Events that only the original wants are for no target.
  const forAll = claim.events.length > claim.wanted.events.length ? claim.wanted.events : null;
  post({
    type: 'ready',
    instanceId,
    localUrl,
    publicUrl: shownUrl(tunnel.url),
    webhookUrl: options.printSecret ? webhookUrl : maskUrl(webhookUrl),
    events: [...claim.events],
    previous: { url: previous.url && maskUrl(previous.url), events: [...previous.events] },
    targets: targets.map(({ url, events }) => ({
      url: maskUrl(url),
      events: (events ?? forAll)?.slice() ?? null,
    })),
    only: options.only,
    held: older,
    ...(teeTo !== null && { tee: teeTo }),
    ...(options.sideBySide && { sideBySide: true as const }),
  });
  await faultPoint('ready');

  const timer = options.forMs === null ? undefined : setTimeout(() => halt.abort(), options.forMs);
  undo.push(() => clearTimeout(timer));
  const stop = async (): Promise<Outcome> => {
    // Whoever asks from now on is told that there is no listener.
    await control.close().catch(() => {});
    const restored = await takeover.release();
    if (tunnel.outageFrom !== null) outages.was(tunnel.outageFrom, now(), false);
    const drained = Promise.all([forwarder.drain(DRAIN_MS), tee.drain(DRAIN_MS)]);
    await atMost(drained, DRAIN_MS + 1000);
    const waiting = countWaiting(history, after);
    const outcome = { received: counted.received, ...forwarder.counts(), waiting, restored };
    await unwind(undo);
    return outcome;
  };
  const stopped = new Promise<Outcome>((resolve, reject) => {
    let stopping = false;
    const end = () => {
      if (!stopping) stop().then(resolve, reject);
      stopping = true;
    };
    for (const reason of [signal, halt.signal]) {
      if (reason.aborted) end();
      else reason.addEventListener('abort', end, { once: true });
    }
  });
  const ask = createAsk({
    history,
    forwarder,
    window: () => forwardWindow(after, now()),
    takeover,
    replay,
    signal: AbortSignal.any([signal, halt.signal]),
  });
  return { stopped, ask };
}

/** The control socket; where the system gives none, the listener does its main job without. */
async function reachable(
  { folder, instanceId }: Pick<ListenerOptions, 'folder' | 'instanceId'>,
  answer: Answer,
  post: Post,
): Promise<{ close(): Promise<void> }> {
  try {
    await privateFolder(folder);
    return await openControl(folder, instanceId, answer);
  } catch (error) {
    post(unreachable(error));
    return { close: async () => {} };
  }
}

/** Resolves when `work` does, or after `ms`: on the way out nothing may wait for ever. */
function atMost(work: Promise<unknown>, ms: number): Promise<unknown> {
  const over = new AbortController();
  const timer = sleep(ms, undefined, { signal: over.signal }).catch(() => {});
  return Promise.race([work, timer]).finally(() => over.abort());
}

/** How many (event, target) pairs of this listener wait; 0 where history cannot be read any more. */
function countWaiting(history: History, after: number): number {
  try {
    return history.countWaiting({ after });
  } catch {
    return 0;
  }
}

/** A listener that is started again still knows what the last one heard. */
function markerFrom(history: History): Marker {
  const marker = createMarker();
  for (const earlier of history.recent(MARKS_FROM_LAST).reverse()) marker.remember(earlier);
  return marker;
}

function refuseOwnPort(targets: readonly Target[], port: number): void {
  for (const { url } of targets) {
    const target = new URL(url);
    if (target.port !== String(port) || !isLoopback(target.hostname)) continue;
    throw new CliError(
      'usage',
      'target_is_receiver',
      `The target ${maskUrl(url)} is this listener`,
      {
        hint: 'Name the port that your app listens on; --receiver-port moves the listener elsewhere.',
      },
    );
  }
}
