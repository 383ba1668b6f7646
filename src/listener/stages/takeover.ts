/** Stage 3, ingress and takeover: opens the ingress to the receiver, and points the instance at it. */

import { WEBHOOK_PATH } from '../../platform/mask-url.ts';
import type { Takeover } from '../../takeover/hold.ts';
import { writeInstanceNames } from '../../takeover/instance-file.ts';
import { holdByReplacing } from '../../takeover/replace.ts';
import { holdSideBySide } from '../../takeover/side-by-side.ts';
import { atMost, DRAIN_MS } from '../at-most.ts';
import { type Ingress, type OpenIngress, openIngress } from '../ingress.ts';
import { createRecovery } from '../recovery/recover.ts';
import type { Reception } from './reception.ts';
import type { Setup } from './setup.ts';
import type { State } from './state.ts';

/** An instance that sends its events to this listener. */
export interface Taken {
  readonly ingress: OpenIngress;
  readonly takeover: Takeover;
}

/** Opens the ingress and takes the instance. Throws tunnel errors and what the takeover throws. */
export async function takeInstance(
  setup: Setup,
  state: State,
  reception: Reception,
): Promise<Taken> {
  const { options, deps, post, signal, handOver, undo } = setup;
  const { claim, client, history, writer, marker, newId } = state;
  const { pathToken, proofs, port, outages, targets } = reception;
  const { api, feed } = options;
  const { id: instanceId, restoreCommand } = options.instance;
  const { now } = deps;
  const ingress = await openIngress({
    ...{ ...deps, ingress: options.ingress, receiverPort: port, proofs, post, signal },
    outageOver: outages.add,
  });
  undo.push(() => atMost(ingress.stop(), DRAIN_MS));
  reception.arrivals.on('arrived', () => ingress.eventArrived());

  // For choices only: whatever keeps it from being written keeps the journal, too.
  const { name } = claim;
  if (options.state.journal) {
    const names = { apiUrl: api.apiUrl, instanceId, name };
    await writeInstanceNames(options.instance.folder, names).catch(() => {});
  }
  const webhookAt = (url: string) => `${url}${WEBHOOK_PATH}${pathToken}`;
  const takeover = await (options.takeover.sideBySide ? holdSideBySide : holdByReplacing)({
    ...state,
    ...claim,
    ...{ api, instanceId, pathToken, restoreCommand, now, post, signal, handOver },
    ours: { url: webhookAt(ingress.url), events: claim.events },
    askedFor: askedFor(options.ingress),
  });
  undo.push(() => takeover.release());
  reception.tee.follow(takeover.original);
  const events = () => takeover.ours().events;
  const recovery = createRecovery({
    ...{ client, instanceId, history, writer, marker, newId, now, events, targets, post },
    bodies: feed.bodies,
    secret: options.webhookSecret,
  });
  outages.start(recovery);
  // Before the ingress: no recovery goes on while it closes.
  undo.push(() => outages.stop());
  ingress.start((url) => takeover.move(webhookAt(url)));
  return { ingress, takeover };
}

/** The url that the ingress was asked for; null where none was named. */
function askedFor(ingress: Ingress): string | null {
  if (ingress.kind === 'public-url') return ingress.url;
  return ingress.kind === 'ngrok' && ingress.domain !== null ? `https://${ingress.domain}` : null;
}
