/** Remembers an instance's own webhook, for `restore --own` and for a takeover that finds another listener's url. */

import { dirname } from 'node:path';
import * as z from 'zod';
import type { Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { shownText } from '../feed/shown-text.ts';
import { webhookShape } from '../feed/webhook.ts';
import { readIfThere, writeDurably } from '../platform/durable-file.ts';
import { privateFolder } from '../platform/paths.ts';
import { isListeners, isTunnels } from './consent.ts';
import { hasListenersPath, originOf } from './path-token.ts';
import { same } from './restore.ts';

const ownWebhookShape = z.object({
  v: z.literal(1),
  /** For people who look into the file. */
  apiUrl: shownText,
  instanceId: shownText,
  webhook: webhookShape.extend({ url: z.string() }),
  /** When this webhook was first seen, ISO 8601. */
  since: shownText,
});

/** Largest file, in bytes: an instance's webhook can have 1 MiB. */
const LONGEST = 2 * 1024 * 1024;

/** The remembered own webhook; null where there is no file. Throws `own_webhook_unreadable` (state). */
export async function readOwnWebhook(path: string): Promise<(Webhook & { url: string }) | null> {
  const text = await readIfThere(path, LONGEST);
  if (text === null) return null;
  try {
    return ownWebhookShape.parse(JSON.parse(text)).webhook;
  } catch (cause) {
    throw new CliError('state', 'own_webhook_unreadable', `The file ${path} cannot be read`, {
      hint: "It remembers an instance's own webhook. Look it up there, then delete the file.",
      cause,
    });
  }
}

/**
 * Remembers an instance's own webhook. A null url, a tunnel's and a listener's are no own webhook: what
 * was remembered before stays. Throws state errors.
 */
export async function rememberOwnWebhook(
  path: string,
  { apiUrl, instanceId, now }: { apiUrl: string; instanceId: string; now: () => number },
  webhook: Webhook,
): Promise<void> {
  const { url, events } = webhook;
  if (url === null || isTunnels(url) || isListeners(url)) return;
  const known = await readOwnWebhook(path).catch(() => null);
  // A url that may be an earlier version's listener never replaces one that is known at another origin.
  const mayBeListeners = hasListenersPath(url) && originOf(url) !== originOf(known?.url ?? null);
  if (known !== null && (same(known, webhook) || mayBeListeners)) return;
  await privateFolder(dirname(path));
  const file = { v: 1, apiUrl, instanceId, webhook: { url, events }, since: new Date(now()) };
  await writeDurably(path, `${JSON.stringify(file, null, 2)}\n`);
}
