/** Reads with patience: a read may lag behind a write by seconds. */

import type { Client, Instance, Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { type Clock, SYSTEM_CLOCK } from '../platform/clock.ts';
import { PATIENCE, type Patience } from './evidence.ts';
import { same } from './restore.ts';

export interface ReadBackOptions {
  readonly client: Pick<Client, 'getInstance'>;
  readonly instanceId: string;
  readonly patience?: Patience | undefined;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the first read shows an older webhook; awaited. */
  readonly lags?: (() => unknown) | undefined;
}

/**
 * Reads until the instance shows `wanted`. Waits only while it shows a webhook of before the write:
 * any other is somebody else's. Throws `read_back_differs` (vendor), what the client throws, and the
 * signal's reason.
 */
export async function readBack(
  { client, instanceId, patience = PATIENCE, clock = SYSTEM_CLOCK, signal, lags }: ReadBackOptions,
  wanted: Webhook,
  isOlder: (shown: Webhook) => boolean,
): Promise<void> {
  const until = clock.monotonic() + patience.readBackMs;
  for (let isFirst = true; ; isFirst = false) {
    const { webhook } = await client.getInstance(instanceId, signal);
    if (same(webhook, wanted)) return;
    if (!isOlder(webhook)) throw readBackDiffers(instanceId);
    if (isFirst) await lags?.();
    if (clock.monotonic() + patience.pauseMs > until) throw readBackDiffers(instanceId);
    await clock.pause(patience.pauseMs, signal);
    signal?.throwIfAborted();
  }
}

/** The instance as {@link readSettled} has found it. */
export interface Settled extends Instance {
  /** Whether the first read showed another webhook. */
  readonly hasLagged: boolean;
}

/**
 * Reads an instance whose webhook is known. One read that shows another proves nothing, because it may
 * be older: the instance is read again until a webhook shows that `isKnown`, or none has shown for
 * `forMs`, which is asked once. Throws what the client throws, and the signal's reason.
 */
export async function readSettled(
  { client, instanceId, patience = PATIENCE, clock = SYSTEM_CLOCK, signal }: ReadBackOptions,
  isKnown: (webhook: Webhook) => boolean,
  forMs: (shown: Webhook) => number = () => patience.settleMs,
): Promise<Settled> {
  let instance = await client.getInstance(instanceId, signal);
  if (isKnown(instance.webhook)) return { ...instance, hasLagged: false };
  const until = clock.monotonic() + forMs(instance.webhook);
  for (;;) {
    const msLeft = until - clock.monotonic();
    if (msLeft <= 0) return { ...instance, hasLagged: false };
    await clock.pause(Math.min(patience.pauseMs, msLeft), signal);
    signal?.throwIfAborted();
    instance = await client.getInstance(instanceId, signal);
    if (isKnown(instance.webhook)) return { ...instance, hasLagged: true };
  }
}

/** The vendor accepted an update and shows another webhook. */
export function readBackDiffers(instanceId: string): CliError {
  return new CliError(
    'vendor',
    'read_back_differs',
    `The vendor accepted the webhook of instance ${instanceId}, but shows another one`,
    {
      hint: 'Somebody else may be changing it at this moment. Check it with eazewa-hooks status, then try again.',
    },
  );
}
