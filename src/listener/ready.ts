/** The `ready` entry: what a listener tells its view once the instance points at it. */

import type { Target } from '../delivery/target.ts';
import type { NewFeedEntry } from '../feed/feed.ts';
import type { Bodies } from '../history/entries.ts';
import { maskUrl } from '../platform/mask-url.ts';
import type { Claim } from '../takeover/claim.ts';
import { shownUrl } from './ingress.ts';

/** How the feed shows what a listener has. */
export interface FeedOptions {
  /** Bodies of events: none, with base64 elided, or whole. */
  readonly bodies: Bodies;
  /** Our own webhook url is shown with its path token. */
  readonly printSecret: boolean;
}

/** A listener that is ready. Urls are not masked yet. */
export interface Ready {
  readonly instanceId: string;
  readonly claim: Claim;
  /** The port of the receiver. */
  readonly port: number;
  readonly publicUrl: string;
  readonly webhookUrl: string;
  readonly targets: readonly Target[];
  /** The chat whose events alone are forwarded; null for all. */
  readonly only: string | null;
  /** How many events of earlier listeners wait, and are not sent by themselves. */
  readonly held: number;
  /** Where `--tee` sends to, masked; null for nowhere. */
  readonly tee: string | null;
  readonly sideBySide: boolean;
  /** The path of a history that did not exist before; null where it did, and in memory. */
  readonly newHistory: string | null;
}

/** Makes the entry, with all urls masked; `printSecret` leaves our own webhook url whole. */
export function readyEntry(
  {
    instanceId,
    claim,
    port,
    publicUrl,
    webhookUrl,
    targets,
    only,
    held,
    tee,
    sideBySide,
    newHistory,
  }: Ready,
  { printSecret }: Pick<FeedOptions, 'printSecret'>,
): Extract<NewFeedEntry, { type: 'ready' }> {
  const { name, events, wanted, original } = claim;
  // With --tee the instance also sends events that only the original wants; no target gets those.
  const forAll = events.length > wanted.events.length ? wanted.events : null;
  return {
    type: 'ready',
    instanceId,
    instanceName: name,
    localUrl: `http://127.0.0.1:${port}`,
    publicUrl: shownUrl(publicUrl),
    webhookUrl: printSecret ? webhookUrl : maskUrl(webhookUrl),
    events: [...events],
    previous: { url: original.url && maskUrl(original.url), events: [...original.events] },
    targets: targets.map((target) => ({
      url: maskUrl(target.url),
      events: (target.events ?? forAll)?.slice() ?? null,
    })),
    only,
    held,
    ...(tee !== null && { tee }),
    ...(sideBySide && { sideBySide: true as const }),
    ...(newHistory !== null && { newHistory }),
  };
}
