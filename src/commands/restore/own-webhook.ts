/** `restore --own`: restores an instance's own webhook as stored on this machine, whichever machine changed it. */

import type { Webhook } from '../../eazewa/client.ts';
import { getExisting } from '../../eazewa/existing.ts';
import { CliError, EXIT } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { instanceFolder, ownWebhookPath } from '../../platform/paths.ts';
import { jsonLine } from '../../platform/safe-text.ts';
import type { Settings } from '../../settings/settings.ts';
import { changedMeanwhile, unlessChanged } from '../../takeover/change.ts';
import { isListeners, isTunnels } from '../../takeover/consent.ts';
import { mayBeSetYet } from '../../takeover/evidence.ts';
import { fileJournal } from '../../takeover/journal.ts';
import { lockInstance } from '../../takeover/lock.ts';
import { readOwnWebhook } from '../../takeover/own-webhook.ts';
import { readBack } from '../../takeover/read-back.ts';
import { same } from '../../takeover/restore.ts';
import { apiAccess, LAGS, onlyInstance, openClient } from '../shared/api-access.ts';
import { consentTo, refuseProtected } from '../shared/consent.ts';
import { eventsText, instanceText, urlText, webhookJson } from '../shared/instance-text.ts';
import { notRestored } from './not-restored.ts';

/** The options of the command line. */
interface Options {
  readonly list: boolean;
  readonly json: boolean;
  readonly input: boolean;
  readonly replace?: string | undefined;
}

/**
 * Sets the instance's own webhook, unless the instance has it. Returns 0. Throws `no_own_webhook`
 * (notFound) where none is stored, `foreign_webhook` (usage) without consent to replace a webhook that
 * is neither a tunnel's nor a listener's, `protected_instance` (usage), `instance_busy` while a listener of this machine
 * holds the instance, and `not_restored` when the vendor does not accept the webhook.
 */
export async function restoreOwn(options: Options, settings: Settings, io: Io): Promise<number> {
  const { apiUrl, folders } = settings;
  const access = apiAccess(settings, io, apiUrl);
  const instanceId =
    settings.instanceId?.value ?? (await onlyInstance(access, { io, input: options.input }));
  refuseProtected(settings, instanceId);
  const folder = instanceFolder(folders.data, apiUrl.value, instanceId);
  const own = await readOwnWebhook(ownWebhookPath(folders.config, folder));
  if (own === null) throw noOwnWebhook(instanceId);
  const client = openClient(access);
  try {
    const { webhook } = await getExisting(client, instanceId);
    const isThere = same(webhook, own);
    // After a crash a read that shows it proves nothing: it is written all the same.
    const isSure = isThere && !(await isTakenOver(folder));
    if (options.list || isSure) {
      report(io, options, instanceId, own, options.list ? 'left' : 'there');
      return EXIT.ok.code;
    }
    const replacement = {
      instanceId,
      // A tunnel's or a listener's needs no consent: replacing it is what this command is for.
      current: isThere || isNoOwn(webhook.url) ? null : webhook.url,
      replace: options.replace ?? null,
      question: `Replace it with ${maskUrl(own.url)}?`,
      noInput: !options.input,
    };
    await consentTo(replacement, io, new AbortController().signal);
    const unlock = await lockInstance(folder, instanceId);
    try {
      // Read right before the write: the API has no conditional update.
      const { webhook: now } = await client.getInstance(instanceId);
      if (now.url !== webhook.url) throw changedMeanwhile(instanceId);
      const isExpected = (shown: Webhook) =>
        same(shown, now) || same(shown, own) || isNoOwn(shown.url);
      const again = unlessChanged({ client, instanceId }, isExpected);
      await client.updateWebhook(instanceId, own, undefined, again);
      const lags = () => io.stderr.write(LAGS);
      await readBack({ client, instanceId, lags }, own, (shown) => same(shown, now));
      const journal = fileJournal(folder);
      // This also settles a crashed takeover, unless its last request may still be applied.
      // It does not settle a crashed listener's subscription.
      const entry = await journal.read();
      if (entry?.kind === 'takeover' && !mayBeSetYet(entry, io.now())) await journal.remove();
    } finally {
      unlock();
    }
    report(io, options, instanceId, own, 'restored');
    return EXIT.ok.code;
  } catch (error) {
    const what = `The webhook of instance ${instanceId} was not restored`;
    throw notRestored(error, what, `eazewa-hooks restore --own -i ${instanceId}`);
  } finally {
    await client.close();
  }
}

/** Whether a journal says, or may say, that a listener has replaced the webhook. */
async function isTakenOver(folder: string): Promise<boolean> {
  const journal = fileJournal(folder).read();
  return journal.then(
    (entry) => entry?.kind === 'takeover' && entry.step !== 'restored',
    () => true,
  );
}

/** Whether a webhook url is no own webhook: none, a tunnel's, or a listener's. */
function isNoOwn(url: string | null): boolean {
  return url === null || isTunnels(url) || isListeners(url);
}

const OUTCOMES = {
  left: 'its own webhook would be restored',
  there: 'its own webhook is set already',
  restored: 'its own webhook is restored',
} as const;

function report(
  io: Io,
  { json }: Options,
  instanceId: string,
  own: Webhook,
  outcome: keyof typeof OUTCOMES,
): void {
  if (json) {
    io.stdout.write(`${jsonLine({ instanceId, outcome, webhook: webhookJson(own) })}\n`);
    return;
  }
  io.stdout.write(
    `${instanceText(instanceId)}: ${OUTCOMES[outcome]}: ${urlText(own.url)} (${eventsText(own.events)})\n`,
  );
}

function noOwnWebhook(instanceId: string): CliError {
  return new CliError(
    'notFound',
    'no_own_webhook',
    `This machine has no webhook stored for instance ${instanceId}`,
    { hint: `Set one with: eazewa-hooks webhook set <url> -i ${instanceId}` },
  );
}
