/** Stage 4, conversation: the listener answers requests, says that it is ready, and waits for its end. */

import { type Answer, openControl } from '../../control/server.ts';
import type { Post } from '../../feed/feed.ts';
import type { History } from '../../history/history.ts';
import { forwardWindow } from '../../history/outcome.ts';
import { faultPoint } from '../../platform/fault-point.ts';
import { privateFolder } from '../../platform/paths.ts';
import { atMost, DRAIN_MS } from '../at-most.ts';
import { olderWaiting, unreachable } from '../notices.ts';
import type { Ending, ListenerOptions } from '../options.ts';
import { readyEntry } from '../ready.ts';
import { createActions } from '../requests/commands.ts';
import { replayer } from '../requests/replay.ts';
import { type Ask, createAsk } from '../requests/view.ts';
import { startUpkeep } from '../upkeep.ts';
import type { Reception } from './reception.ts';
import type { Setup } from './setup.ts';
import type { State } from './state.ts';
import type { Held } from './takeover.ts';

/** A listener that is ready. */
export interface Listener {
  readonly stopped: Promise<Ending>;
  /** Answers its view. */
  readonly ask: Ask;
}

/** Opens the control socket and posts `ready`. The listener stops when told to, or when a limit is reached. */
export async function converse(
  setup: Setup,
  state: State,
  reception: Reception,
  held: Held,
): Promise<Listener> {
  const { options, deps, post, signal, undo } = setup;
  const { client, history } = state;
  const { pathToken, limits, forwarder } = reception;
  const { takeover } = held;
  const { original } = takeover;
  const { instance, forwarding, feed } = options;
  const settings = { ...forwarding, bodies: feed.bodies };
  const replay = replayer(settings, { ...deps, ...state, ...reception, original, post });
  const { sideBySide } = options.takeover;
  const actors = { instanceId: instance.id, sideBySide, pathToken, client, takeover, replay };
  const control = await reachable(instance, createActions(actors), post);
  undo.push(() => control.close());
  const upkeep = startUpkeep(history, deps.now);
  undo.push(() => upkeep.stop());

  const { olderWaiting: older } = state;
  if (older > 0 && reception.targets.length > 0) post(olderWaiting(older));
  const { claim } = state;
  const { port, targets, tee } = reception;
  const urls = { publicUrl: held.ingress.url, webhookUrl: takeover.ours().url ?? '' };
  const about = { instanceId: instance.id, claim, port, ...urls, targets, sideBySide };
  const { only } = forwarding;
  post(readyEntry({ ...about, only, held: older, tee: tee.to() }, feed));
  await faultPoint('ready');

  limits.start();
  const stop = async (): Promise<Ending> => {
    // From now on another command is told that there is no listener.
    await control.close().catch(() => {});
    const outcome = await release(setup, state, reception, held);
    await undo.unwind();
    return outcome;
  };
  const window = () => forwardWindow(state.after, deps.now());
  const ends = [signal, limits.reached];
  const ending = AbortSignal.any(ends);
  const asked = { history, forwarder, window, takeover, replay, signal: ending };
  return { stopped: stoppedBy(ends, stop), ask: createAsk(asked) };
}

/** Releases the instance and brings what is under way to its end. */
async function release(
  { deps }: Setup,
  { history, after }: State,
  { forwarder, tee, outages, limits }: Reception,
  { ingress, takeover }: Held,
): Promise<Ending> {
  const restored = await takeover.release();
  if (ingress.outageFrom !== null) outages.add(ingress.outageFrom, deps.now(), false);
  const drained = Promise.all([forwarder.drain(DRAIN_MS), tee.drain(DRAIN_MS)]);
  await atMost(drained, DRAIN_MS + 1000);
  const waiting = countWaiting(history, after);
  return { received: limits.received(), ...forwarder.counts(), waiting, restored };
}

/** Calls `stop` once, when the first of `signals` aborts, and settles as it does. */
function stoppedBy<T>(signals: readonly AbortSignal[], stop: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const end = () => {
      if (!isStopping) stop().then(resolve, reject);
      isStopping = true;
    };
    for (const signal of signals) {
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    }
  });
}

/** The control socket. Without one the listener still receives; other commands cannot reach it. */
async function reachable(
  { folder, id }: ListenerOptions['instance'],
  answer: Answer,
  post: Post,
): Promise<{ close(): Promise<void> }> {
  try {
    await privateFolder(folder);
    return await openControl(folder, id, answer);
  } catch (error) {
    post(unreachable(error));
    return { close: async () => {} };
  }
}

/** How many (event, target) pairs of this listener wait; 0 where history cannot be read any more. */
function countWaiting(history: History, after: number): number {
  try {
    return history.countWaiting({ after });
  } catch {
    return 0;
  }
}
