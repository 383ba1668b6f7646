/** Changing an instance's webhook for good: what a listener will put back changes with it. */

import type { WebhookChange } from '../control/protocol.ts';
import type { Client, Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { isOurs, type Journal } from './journal.ts';
import { same } from './restore.ts';

/** The instance's own webhook: what it has, or will have again when its listener stops. */
export interface Changed {
  readonly before: Webhook;
  readonly after: Webhook;
  /** Whether a listener's webhook stands in its place now. */
  readonly held: boolean;
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
 * Throws what the client throws, state errors, `changed_meanwhile` when another url stands there than
 * was meant, `listeners_url` (usage) for the url of that listener, and `read_back_differs` when the
 * vendor shows something else afterwards; then the journal is as it was. `signal` ends the reading.
 * `eventsFor` says what the listener is subscribed to when that is what will be put back.
 */
export async function changeWebhook(
  client: Pick<Client, 'getInstance' | 'updateWebhook'>,
  journal: Pick<Journal, 'read' | 'write'>,
  instanceId: string,
  change: WebhookChange,
  signal?: AbortSignal,
  eventsFor?: (original: Webhook) => readonly string[],
): Promise<Changed> {
  const { webhook: live } = await client.getInstance(instanceId, signal);
  const entry = await journal.read();
  if (entry !== null && isOurs(change.url ?? null, entry)) throw listenersUrl();
  const held = entry?.kind === 'takeover' && isOurs(live.url, entry);
  const own = held ? entry.original : live;
  if (change.from !== undefined && change.from !== own.url) throw changedMeanwhile(instanceId);
  if (!held) {
    const after = changed(live, change);
    await write(client, instanceId, live, after, signal);
    return { before: live, after, held };
  }
  const { events } = change;
  const original = changed(entry.original, change);
  const during =
    eventsFor !== undefined
      ? { url: live.url, events: eventsFor(original) }
      : events === undefined || 'only' in events
        ? live
        : changed(live, { events });
  // First what will be put back: were it last, a crash between the two would lose the change.
  await journal.write({ ...entry, original, ours: during });
  try {
    await write(client, instanceId, live, during, signal);
  } catch (error) {
    await journal.write(entry);
    throw error;
  }
  return { before: entry.original, after: original, held };
}

async function write(
  client: Pick<Client, 'getInstance' | 'updateWebhook'>,
  instanceId: string,
  before: Webhook,
  after: Webhook,
  signal?: AbortSignal,
): Promise<void> {
  if (same(before, after)) return;
  signal?.throwIfAborted();
  // Not given up halfway: it could arrive after what undoes it.
  await client.updateWebhook(instanceId, after);
  const { webhook } = await client.getInstance(instanceId, signal);
  if (!same(webhook, after)) throw readBackDiffers(instanceId);
}

/** Somebody else was faster. */
export function changedMeanwhile(instanceId: string): CliError {
  return new CliError(
    'vendor',
    'changed_meanwhile',
    `Somebody else changed the webhook of instance ${instanceId} just now; it was not touched`,
    { hint: 'See what it has now, then try again: eazewa-hooks status' },
  );
}

function listenersUrl(): CliError {
  return new CliError(
    'usage',
    'listeners_url',
    'That is the url of a listener, which ends with it',
    {
      hint: 'Name the url that the instance is to have when no listener runs.',
    },
  );
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
