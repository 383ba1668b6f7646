/** Stage 2, reception: the receiver, with everything that an event passes through from its request to the targets. */

import { EventEmitter } from 'node:events';
import { createDeliverer, type Deliverer } from '../../delivery/deliver.ts';
import type { Forwarder } from '../../delivery/forwarder.ts';
import { type Target, withPath } from '../../delivery/target.ts';
import { createTurns, type Turns } from '../../delivery/turns.ts';
import { CliError } from '../../errors.ts';
import type { NewEvent } from '../../history/history.ts';
import { isLoopback } from '../../platform/loopback.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { safeText } from '../../platform/safe-text.ts';
import { startReceiver } from '../../receiver/receiver.ts';
import { pathTokenFrom } from '../../takeover/path-token.ts';
import { createProofs, type Proofs } from '../../tunnel/proofs.ts';
import { atMost, DRAIN_MS } from '../at-most.ts';
import { pathSource, startForwarding } from '../forwarding.ts';
import { createIntake } from '../intake.ts';
import { createLimits, type Limits } from '../limits.ts';
import { unanswered } from '../notices.ts';
import { type Outages, openOutages } from '../recovery/outages.ts';
import { createSeldom } from '../seldom.ts';
import { startTee, type Tee } from '../tee/tee.ts';
import type { Setup } from './setup.ts';
import type { State } from './state.ts';

/** What the receiver reports to the stages that are created after it. */
interface Arrivals {
  /** A webhook request came in. */
  arrived: [];
  /** Its event is stored, and the request answered. */
  stored: [NewEvent];
}

/** The parts that bring stored events to the targets. */
interface Delivery {
  readonly targets: readonly Target[];
  readonly deliverer: Deliverer;
  readonly turns: Turns;
  readonly forwarder: Forwarder;
}

/** A receiver that stores and forwards; the vendor does not know its url yet. */
export interface Reception extends Delivery {
  readonly port: number;
  /** From now on each answer ends its connection. */
  readonly retire: () => void;
  /** The secret in the path of our webhook url. */
  readonly pathToken: string;
  /** Proofs that the public url leads to the receiver. */
  readonly proofs: Proofs;
  readonly arrivals: EventEmitter<Arrivals>;
  readonly tee: Tee;
  readonly outages: Outages;
  readonly limits: Limits;
}

/** A session of ngrok breaks at some 510 open streams, and every request in it with it (NGROK §3). */
const NGROK_STREAMS = 400;

/** Starts the receiver. Throws usage errors for its port, also when that is a target. */
export async function openReception(setup: Setup, state: State): Promise<Reception> {
  const { options, deps, post, undo } = setup;
  const { claim, writer, marker, newId } = state;
  const { now } = deps;
  const { forwarding, instance, ingress } = options;
  const delivery = startDelivery(setup, state);
  const { targets, forwarder } = delivery;
  const isStored = options.state.history && options.state.journal;
  const folder = isStored ? instance.folder : null;
  const outages = await openOutages({ recover: options.recover, folder, post, now });
  undo.push(() => outages.stop());

  const arrivals = new EventEmitter<Arrivals>();
  const { bodies } = options.feed;
  const { isForApp } = claim.wanted;
  const stored = (event: NewEvent) => void arrivals.emit('stored', event);
  const intake = createIntake({
    only: forwarding.only,
    secret: options.webhookSecret,
    ...{ writer, marker, newId, now, targets, isForApp, bodies, post, stored },
  });
  const pathToken = pathTokenFrom(options.receiver.pathToken, deps.random);
  const proofs = createProofs(deps.random);
  const seldom = createSeldom();
  undo.push(() => seldom.close());
  const receiver = await startReceiver({
    port: options.receiver.port,
    ...(ingress.kind === 'ngrok' && { mostConnections: NGROK_STREAMS }),
    pathTokens: [pathToken, ...claim.formerPathTokens],
    proofs,
    instanceId: instance.id,
    store(received, done, givenUp) {
      arrivals.emit('arrived');
      intake(received, done, givenUp);
    },
    rejected(status, reason, size) {
      const text = safeText(reason, 200);
      seldom.add(`${status} ${text}`, { count: 1, size }, (sum) =>
        post({ type: 'rejected', status, reason: text, ...sum }),
      );
    },
    unanswered(cause, count) {
      // A tunnel or proxy answers in our place, and the vendor does not send the event again.
      if (cause === 'too-many' && ingress.kind !== 'none') outages.addNow();
      else seldom.add(cause, { count, size: 0 }, (sum) => post(unanswered(cause, sum.count)));
    },
  });
  const { port, retire } = receiver;
  const tee = startTee(
    { tee: options.takeover.tee, ingress, insecure: forwarding.insecure },
    { original: claim.original, ownPort: port, now, post },
  );
  // The tee ends after the receiver, which may still let an event in.
  undo.push(() => tee.drain(DRAIN_MS).finally(() => tee.close()));
  undo.push(() => receiver.close(DRAIN_MS));
  const limits = createLimits(options.limits);
  undo.push(() => limits.stop());
  arrivals.on('stored', (event) => {
    limits.count();
    forwarder.kick(event.waitFor);
    tee.event(event);
  });
  refuseOwnPort(targets, port);
  return {
    ...delivery,
    ...{ port, retire, pathToken, proofs, arrivals, tee, outages, limits },
  };
}

function startDelivery({ options, deps, post, undo }: Setup, state: State): Delivery {
  const { forwarding } = options;
  const source = pathSource(state.claim.original);
  const targets = forwarding.targets.map((target) => withPath(target, source));
  const turns = createTurns();
  const deliverer = createDeliverer(forwarding);
  undo.push(() => deliverer.close());
  const lent = { ...state, deliverer, turns, targets, post, now: deps.now };
  const forwarder = startForwarding(forwarding, lent);
  undo.push(() => atMost(forwarder.drain(DRAIN_MS), DRAIN_MS + 1000));
  return { targets, deliverer, turns, forwarder };
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
