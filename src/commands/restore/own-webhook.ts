/** `restore --own`: sets an instance's own webhook as this machine remembers it, whoever has replaced it. */

import { createClient, type Webhook } from '../../eazewa/client.ts';
import { withExisting } from '../../eazewa/existing.ts';
import { CliError, EXIT } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { instanceFolder, ownWebhookPath } from '../../platform/paths.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import type { Settings } from '../../settings/settings.ts';
import { changedMeanwhile, readBackDiffers } from '../../takeover/change.ts';
import { isTunnels } from '../../takeover/consent.ts';
import { fileJournal } from '../../takeover/journal.ts';
import { lockInstance } from '../../takeover/lock.ts';
import { readOwnWebhook } from '../../takeover/own-webhook.ts';
import { mayBeSetYet, same } from '../../takeover/restore.ts';
import { apiAccess, onlyInstance } from '../shared/api-access.ts';
import { consentTo, refuseProtected } from '../shared/consent.ts';

/** What the command line says. */
interface Options {
  readonly list: boolean;
  readonly json: boolean;
  readonly input: boolean;
  readonly replace?: string | undefined;
}

/**
 * Sets the instance's own webhook, unless the instance has it already. Returns 0. Throws `no_own_webhook` (notFound) where
 * none is remembered, `foreign_webhook` (usage) without consent where the instance has one that is no
 * tunnel's, `protected_instance`, `instance_busy` while a listener of this machine holds it, and
 * `not_restored` when the vendor does not accept it.
 */
export async function restoreOwn(options: Options, settings: Settings, io: Io): Promise<number> {
  const { apiUrl, folders } = settings;
  const access = apiAccess(settings, io, apiUrl);
  const instanceId = settings.instanceId?.value ?? (await onlyInstance(access));
  refuseProtected(settings, instanceId);
  const folder = instanceFolder(folders.data, apiUrl.value, instanceId);
  const own = await readOwnWebhook(ownWebhookPath(folders.config, folder));
  if (own === null) throw noOwnWebhook(instanceId);
  const client = createClient({ ...access, env: access.proxyEnv });
  try {
    const { webhook } = await client.getInstance(instanceId).catch(async (error: unknown) => {
      throw await withExisting(error, client);
    });
    if (options.list || same(webhook, own)) {
      say(io, options, instanceId, own, options.list ? 'left' : 'there');
      return EXIT.ok.code;
    }
    const asked = {
      instanceId,
      // A tunnel's webhook is replaced without asking: this command is for that.
      current: webhook.url === null || isTunnels(webhook.url) ? null : webhook.url,
      replace: options.replace ?? null,
      question: `Replace it by ${maskUrl(own.url)}?`,
      noInput: !options.input,
    };
    await consentTo(asked, io, new AbortController().signal);
    const unlock = await lockInstance(folder, instanceId);
    try {
      // Read right before it is written: the API has no conditional update.
      const { webhook: now } = await client.getInstance(instanceId);
      if (now.url !== webhook.url) throw changedMeanwhile(instanceId);
      await client.updateWebhook(instanceId, own);
      const { webhook: after } = await client.getInstance(instanceId);
      if (!same(after, own)) throw readBackDiffers(instanceId);
      const journal = fileJournal(folder);
      // A crashed listener's webhook is settled by this. Its subscriptions are not, nor a late request.
      const entry = await journal.read();
      if (entry?.kind === 'takeover' && !mayBeSetYet(entry, io.now())) await journal.remove();
    } finally {
      unlock();
    }
    say(io, options, instanceId, own, 'restored');
    return EXIT.ok.code;
  } catch (error) {
    if (error instanceof CliError && error.exit !== 'vendor') throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(
      'notRestored',
      'not_restored',
      `The webhook of instance ${instanceId} was not restored: ${why}`,
      {
        hint: `Try again with: eazewa-hooks restore --own -i ${instanceId}`,
        cause: error,
      },
    );
  } finally {
    await client.close();
  }
}

const IN_WORDS = {
  left: 'its own webhook would be restored',
  there: 'its own webhook is there already',
  restored: 'its own webhook is restored',
} as const;

function say(
  io: Io,
  { json }: Options,
  instanceId: string,
  { url, events }: Webhook,
  outcome: keyof typeof IN_WORDS,
): void {
  const shown = url && maskUrl(url);
  if (json) {
    io.stdout.write(`${jsonLine({ instanceId, outcome, webhook: { url: shown, events } })}\n`);
    return;
  }
  const named = safeText(events.join(', '), 1000) || 'no events';
  io.stdout.write(
    `Instance ${safeText(instanceId, 64)}: ${IN_WORDS[outcome]}: ${shown} (${named})\n`,
  );
}

function noOwnWebhook(instanceId: string): CliError {
  return new CliError(
    'notFound',
    'no_own_webhook',
    `The own webhook of instance ${instanceId} is not known on this machine`,
    { hint: `Name it: eazewa-hooks webhook set <url> -i ${instanceId}` },
  );
}
