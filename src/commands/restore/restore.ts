/** `restore`: puts back the webhooks, and removes the subscriptions, that listeners left behind when they died. */

import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { createClient } from '../../eazewa/client.ts';
import { CliError, EXIT } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { instanceFolder } from '../../platform/paths.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import type { Settings } from '../../settings/settings.ts';
import { credentialFor } from '../../settings/trust.ts';
import { fileJournal } from '../../takeover/journal.ts';
import { type CrashedListener, crashedListeners } from '../../takeover/known-instances.ts';
import { lockInstance } from '../../takeover/lock.ts';
import {
  LATE_MS,
  mayBeSetYet,
  RESTORE_RETRIES,
  type RestoreResult,
  restoreWithRetries,
} from '../../takeover/restore.ts';
import { proxyEnv } from '../shared/api-access.ts';
import { type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';
import { guardsDeeds } from '../shared/guard-summary.ts';
import { restoreCommand } from '../shared/restore-command.ts';
import { restoreOwn } from './own-webhook.ts';

const schema = globalOptions.extend({
  list: z.boolean().default(false),
  own: z.boolean().default(false),
  replace: z.string().optional(),
});
type Options = z.infer<typeof schema>;

/**
 * Restores every dead listener's instance, or the named one; with `--own` an instance's remembered
 * webhook. Returns 0, also with nothing to do; else 20.
 */
export async function run(raw: unknown, deps: Deps): Promise<number> {
  const { io } = deps;
  const options = parseOptions(schema, raw);
  const settings = await settingsOf(options, io);
  if (options.own) return restoreOwn(options, settings, io);
  if (options.replace !== undefined) throw replaceNeedsOwn();
  const { crashed: all, unreadable } = await crashedListeners(settings.folders.data);
  const crashed = all.filter(isMeant(settings));
  if (crashed.length === 0 && unreadable.length === 0) {
    if (!options.quiet) {
      io.stderr.write('Nothing was left behind: there is nothing to put back.\n');
      for (const line of await guardsDeeds(settings, io.now())) io.stderr.write(`${line}\n`);
    }
    return EXIT.ok.code;
  }
  let failed: unknown = unreadable[0] ?? null;
  for (const one of crashed) {
    if (options.list) {
      say(io, options, one, 'left');
      continue;
    }
    try {
      say(io, options, one, await restore(one, settings, io));
    } catch (error) {
      failed ??= notRestored(one, error);
    }
  }
  if (failed !== null) throw failed;
  return EXIT.ok.code;
}

function replaceNeedsOwn(): CliError {
  return new CliError('usage', 'bad_option', '--replace is an option of restore --own', {
    hint: 'What a dead listener left is put back only where its webhook still stands.',
  });
}

/** With `-i` that instance, of whatever API if none is named with it; else every one. */
function isMeant({ instanceId, apiUrl, folders }: Settings): (crashed: CrashedListener) => boolean {
  // One of the environment is for other commands: what was left behind matters whoever is meant there.
  if (instanceId?.source !== 'flag') return () => true;
  const exact = instanceFolder(folders.data, apiUrl.value, instanceId.value);
  return ({ folder, entry }) =>
    apiUrl.source === 'default' ? entry.instanceId === instanceId.value : folder === exact;
}

async function restore(
  { folder, entry: seen }: CrashedListener,
  settings: Settings,
  io: Io,
): Promise<Exclude<RestoreResult, 'overtaken'>> {
  const { apiToken, apiTokenUrl } = settings;
  const unlock = await lockInstance(folder, seen.instanceId);
  // Read again now that nobody else can write it: it may be another one by now.
  const entry = (await fileJournal(folder).read()) ?? seen;
  const server = { value: entry.apiUrl, source: entry.apiUrlSource };
  const client = createClient({
    apiUrl: entry.apiUrl,
    apiToken: credentialFor(apiToken, apiTokenUrl, namedBy(settings, server)),
    tokenName: apiToken?.name ?? '',
    env: proxyEnv(io),
  });
  try {
    const tryHard = () =>
      restoreWithRetries(client, entry, RESTORE_RETRIES, (error, msLeft) =>
        io.stderr.write(
          `Not yet (${safeText(error.message, 500)}); trying for ${Math.ceil(msLeft / 1000)} s more\n`,
        ),
      );
    let done = await tryHard();
    const first = done;
    if (done !== 'restored' && mayBeSetYet(entry, io.now())) {
      const seconds = LATE_MS / 1000;
      io.stderr.write(
        `Its listener died while it set its ${entry.kind === 'side-by-side' ? 'subscription' : 'webhook'}, and the vendor may still take that: looking again for ${seconds} s\n`,
      );
      const until = performance.now() + LATE_MS;
      while (done !== 'restored' && performance.now() < until) {
        await sleep(RESTORE_RETRIES.pauseMs);
        done = await tryHard();
      }
    }
    await fileJournal(folder).remove();
    if (done === 'overtaken') return 'restored';
    return first === 'overtaken' && done === 'there' ? 'restored' : done;
  } finally {
    await client.close();
    unlock();
  }
}

/** The journal's API, as trusted as who named it then, or names the same one now. */
function namedBy(
  { apiUrl }: Settings,
  journal: { value: string; source: Settings['apiUrl']['source'] },
): { value: string; source: Settings['apiUrl']['source'] } {
  return apiUrl.value === journal.value ? apiUrl : journal;
}

const IN_WORDS = {
  left: 'would get back',
  restored: 'has again',
  there: 'has already',
  changed: 'was changed by somebody else meanwhile and is left as it is; it had',
  gone: 'does not exist any more; it had',
} as const;

/** Of a subscription beside the webhook, which itself was never touched. */
const BESIDE_IN_WORDS = {
  left: 'would lose a subscription beside its webhook',
  restored: 'has lost a subscription beside its webhook',
  there: 'has no such subscription beside its webhook any more',
  changed: 'has no such subscription beside its webhook any more',
  gone: 'does not exist any more; it had a subscription',
} as const;

function say(
  io: Io,
  options: Options,
  { entry }: CrashedListener,
  what: keyof typeof IN_WORDS,
): void {
  const url = entry.original.url && maskUrl(entry.original.url);
  const { instanceId, original, since } = entry;
  if (options.json) {
    const beside = entry.kind === 'side-by-side' ? { sideBySide: true } : {};
    const facts = { instanceId, apiUrl: maskUrl(entry.apiUrl), since, outcome: what, ...beside };
    io.stdout.write(`${jsonLine({ ...facts, webhook: { url, events: original.events } })}\n`);
    return;
  }
  if (entry.kind === 'side-by-side') {
    const subscribed = entry.ours.url && maskUrl(entry.ours.url);
    io.stdout.write(`Instance ${instanceId} ${BESIDE_IN_WORDS[what]}: ${subscribed}\n`);
    return;
  }
  const events = safeText(original.events.join(', '), 1000) || 'no events';
  io.stdout.write(
    `Instance ${instanceId} ${IN_WORDS[what]}: webhook ${url ?? 'none'} (${events})\n`,
  );
}

/** Keeps the exit code of what the person can mend (a token, a lock), else says that it is still to do. */
function notRestored({ entry }: CrashedListener, error: unknown): unknown {
  if (error instanceof CliError && error.exit !== 'vendor') return error;
  const why = error instanceof Error ? error.message : String(error);
  return new CliError(
    'notRestored',
    'not_restored',
    entry.kind === 'side-by-side'
      ? `The subscription beside the webhook of instance ${entry.instanceId} was not removed: ${why}`
      : `The webhook of instance ${entry.instanceId} was not put back: ${why}`,
    { hint: `Try again with: ${restoreCommand(entry)}`, cause: error },
  );
}
