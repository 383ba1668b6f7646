/** Stage 4, conversation: the listener answers requests, says that it is ready, and waits for its end. */

import { type Ask, parseRequest } from '../../control/protocol.ts';
import { openControl } from '../../control/server.ts';
import type { Post } from '../../feed/feed.ts';
import type { History } from '../../history/history.ts';
import { forwardWindow } from '../../history/outcome.ts';
import { faultPoint } from '../../platform/fault-point.ts';
import { privateFolder } from '../../platform/paths.ts';
import { atMost, DRAIN_MS } from '../at-most.ts';
import { olderWaiting, unreachable } from '../notices.ts';
import type { Ending, ListenerOptions } from '../options.ts';
import { readyEntry } from '../ready.ts';
import { createDispatch, type Dispatch } from '../requests/dispatch.ts';
import { replayer } from '../requests/replay.ts';
import { startUpkeep } from '../upkeep.ts';
import type { Reception } from './reception.ts';
import type { Setup } from './setup.ts';
import type { State } from './state.ts';
import type { Taken } from './takeover.ts';

/** A listener that is ready. */
export interface Listener {
  readonly stopped: Promise<Ending>;
  /** Answers requests of the view. */
  readonly ask: Ask;
}

/** Opens the control socket and posts `ready`. The listener stops when told to, or when a limit is reached. */
export async function converse(
  setup: Setup,
  state: State,
  reception: Reception,
  taken: Taken,
): Promise<Listener> {
  const { options, deps, post, signal, undo } = setup;
  const { limits } = reception;
  const dispatch = dispatchOf(setup, state, reception, taken);
  const control = await openSocket(options.instance, dispatch, post);
  undo.push(() => control.close());
  const upkeep = startUpkeep(state.history, deps.now);
  undo.push(() => upkeep.stop());
  tellReady(setup, state, reception, taken);
  await faultPoint('ready');

  limits.start();
  const stop = async (): Promise<Ending> => {
    reception.retire();
    // From now on other commands find no listener.
    await control.close().catch(() => {});
    const ending = await release(setup, state, reception, taken);
    await undo.unwind();
    // An instance that was not restored is the worse news, and `ending` has it.
    if (ending.restored) state.damaged.throwIfAborted();
    return ending;
  };
  const stops = [signal, limits.reached, state.damaged];
  const stopping = AbortSignal.any(stops);
  return {
    stopped: stoppedBy(stops, stop),
    ask: (request) => dispatch(request, () => {}, stopping),
  };
}

function dispatchOf(
  { options, deps, post }: Setup,
  state: State,
  reception: Reception,
  { takeover }: Taken,
): Dispatch {
  const { instance, forwarding, feed } = options;
  const { sideBySide } = options.takeover;
  const { original } = takeover;
  const settings = { ...forwarding, bodies: feed.bodies, secret: options.webhookSecret };
  const window = () => forwardWindow(state.after, deps.now());
  const lent = { ...deps, ...state, ...reception, original, post, window };
  const replay = replayer(settings, lent);
  const curl = { added: forwarding.headers, printSecret: feed.printSecret };
  return createDispatch({
    ...{
      ...state,
      ...reception,
      instanceId: instance.id,
      sideBySide,
      window,
      takeover,
      replay,
      curl,
      show: post,
    },
  });
}

function tellReady(
  { options, post }: Setup,
  { claim, olderWaiting: older, newHistory }: State,
  { port, targets, tee }: Reception,
  { ingress, takeover }: Taken,
): void {
  const { sideBySide } = options.takeover;
  const urls = { publicUrl: ingress.url, webhookUrl: takeover.ours().url ?? '' };
  const about = { instanceId: options.instance.id, claim, port, ...urls, targets, sideBySide };
  const { only } = options.forwarding;
  post(readyEntry({ ...about, only, held: older, tee: tee.to(), newHistory }, options.feed));
  // Nobody waits for what a simulator has played: it has no journal.
  const isReal = options.state.journal;
  if (isReal && older > 0 && targets.length > 0) post(olderWaiting(older));
}

/** Releases the instance and finishes the work under way. */
async function release(
  { deps, handOver }: Setup,
  { history, after }: State,
  { forwarder, tee, outages, limits }: Reception,
  { ingress, takeover }: Taken,
): Promise<Ending> {
  const restored = await takeover.release();
  if (ingress.outageFrom !== null) outages.add(ingress.outageFrom, deps.now(), false);
  // Told twice to stop, it does not wait for the app.
  const ms = handOver.signal.aborted ? 0 : DRAIN_MS;
  await atMost(Promise.all([forwarder.drain(ms), tee.drain(ms)]), ms + 1000);
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
async function openSocket(
  { folder, id }: ListenerOptions['instance'],
  dispatch: Dispatch,
  post: Post,
): Promise<{ close(): Promise<void> }> {
  try {
    await privateFolder(folder);
    return await openControl(folder, id, async (raw, tell, signal) =>
      dispatch(parseRequest(raw), tell, signal),
    );
  } catch (error) {
    post(unreachable(error));
    return { close: async () => {} };
  }
}

/** How many events of this listener wait; 0 where history cannot be read any more. */
function countWaiting(history: History, after: number): number {
  try {
    return history.countWaiting({ after });
  } catch {
    return 0;
  }
}
