/** Changing an instance's webhook for good: what a listener will put back changes with it. */

import type { Client, Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { holdsToken, type Journal } from './journal.ts';
import { same } from './put-back.ts';

/** What is to change; what is absent stays as it is. */
export interface WebhookChange {
  /** Null for none. */
  readonly url?: string | null;
  /** The events it has afterwards: all of `only`, or those it has, with and without some. */
  readonly events?: { readonly only: readonly string[] } | EventsChange;
}

export interface EventsChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The instance's own webhook: what it has, or will have again when its listener stops. */
export interface Changed {
  readonly before: Webhook;
  readonly after: Webhook;
}

/** The webhook after a change. Events keep their order, new ones come last. */
export function changed(webhook: Webhook, { url = webhook.url, events }: WebhookChange): Webhook {
  return { url, events: changedEvents(webhook.events, events) };
}

function changedEvents(had: readonly string[], change: WebhookChange['events']): readonly string[] {
  if (change === undefined) return had;
  if ('only' in change) return [...new Set(change.only)];
  return [...new Set([...had, ...change.add])].filter((name) => !change.remove.includes(name));
}

/**
 * Changes an instance's webhook; the caller holds the instance's lock. Where a listener's webhook
 * stands (a running one's, or a dead one's), the change is made to the journal, which has what will
 * be put back; added and removed events are changed for the listener as well, its url never is.
 * Throws what the client throws, state errors, and `read_back_differs` when the vendor shows
 * something else afterwards; then the journal is as it was.
 */
export async function changeWebhook(
  client: Pick<Client, 'getInstance' | 'updateWebhook'>,
  journal: Pick<Journal, 'read' | 'write'>,
  instanceId: string,
  change: WebhookChange,
): Promise<Changed> {
  const { webhook: live } = await client.getInstance(instanceId);
  const entry = await journal.read();
  if (entry === null || !holdsToken(live.url, entry.pathToken)) {
    const after = changed(live, change);
    await write(client, instanceId, live, after);
    return { before: live, after };
  }
  const { events } = change;
  const during = events === undefined || 'only' in events ? live : changed(live, { events });
  const original = changed(entry.original, change);
  // First what will be put back: were it last, a crash between the two would lose the change.
  await journal.write({ ...entry, original, ours: during });
  try {
    await write(client, instanceId, live, during);
  } catch (error) {
    await journal.write(entry);
    throw error;
  }
  return { before: entry.original, after: original };
}

async function write(
  client: Pick<Client, 'getInstance' | 'updateWebhook'>,
  instanceId: string,
  before: Webhook,
  after: Webhook,
): Promise<void> {
  if (same(before, after)) return;
  await client.updateWebhook(instanceId, after);
  const { webhook } = await client.getInstance(instanceId);
  if (!same(webhook, after)) throw readBackDiffers(instanceId);
}

/** The vendor accepted an update and shows something else. */
export function readBackDiffers(instanceId: string): CliError {
  return new CliError(
    'vendor',
    'read_back_differs',
    `The vendor accepted the webhook of instance ${instanceId}, but shows another one`,
    {
      hint: 'Somebody else may be changing it at this moment. Try again, and see: eazewa-hooks status',
    },
  );
}
