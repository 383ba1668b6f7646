/** An instance's home: its own webhook, remembered for the day on which nobody knows any more what it was. */

import { dirname } from 'node:path';
import * as z from 'zod';
import type { Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { webhookShape } from '../feed/webhook.ts';
import { readIfThere, writeDurably } from '../platform/durable-file.ts';
import { privateFolder } from '../platform/paths.ts';
import { isListeners, isTunnels } from './consent.ts';
import { same } from './restore.ts';

const ownWebhookShape = z.object({
  v: z.literal(1),
  /** For people who look into the file. */
  apiUrl: z.string(),
  instanceId: z.string(),
  webhook: webhookShape.extend({ url: z.string() }),
  /** When it was seen first, ISO 8601. */
  since: z.string(),
});

/** What the vendor says of an instance may have 1 MiB. */
const LONGEST = 2 * 1024 * 1024;

/** The webhook remembered in the file; null where none was. Throws state errors for one that cannot be understood. */
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
 * Remembers the webhook that an instance has of its own. None, and one at a tunnel, is no home: what
 * was remembered before stays. Throws state errors.
 */
export async function rememberOwnWebhook(
  path: string,
  { apiUrl, instanceId, now }: { apiUrl: string; instanceId: string; now: () => number },
  webhook: Webhook,
): Promise<void> {
  const { url, events } = webhook;
  if (url === null || isTunnels(url)) return;
  const known = await readOwnWebhook(path).catch(() => null);
  // Its path may be a listener's: production's own is known already, then.
  if (known !== null && (same(known, webhook) || isListeners(url))) return;
  await privateFolder(dirname(path));
  const home = { v: 1, apiUrl, instanceId, webhook: { url, events }, since: new Date(now()) };
  await writeDurably(path, `${JSON.stringify(home, null, 2)}\n`);
}
