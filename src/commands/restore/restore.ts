/** `restore`: restores the webhooks, and removes the subscriptions, that crashed listeners left behind. */

import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { createClient } from '../../eazewa/client.ts';
import { CliError, EXIT } from '../../errors.ts';
import { TAKEOVER_WORDS, type TakeoverWords } from '../../feed/takeover-words.ts';
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
import { guardSummaries } from '../shared/guard-summary.ts';
import { restoreCommand } from '../shared/restore-command.ts';
import { restoreOwn } from './own-webhook.ts';

const schema = globalOptions.extend({
  list: z.boolean().default(false),
  own: z.boolean().default(false),
  replace: z.string().optional(),
});
type Options = z.infer<typeof schema>;

/**
 * Restores the instance of every crashed listener, or the named one; with `--own` an instance's remembered
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
      io.stderr.write('No crashed listener left anything behind: there is nothing to restore.\n');
      for (const line of await guardSummaries(settings, io.now())) io.stderr.write(`${line}\n`);
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
    hint: 'Without --own only the webhook of a crashed listener is replaced.',
  });
}

/** With `-i` that instance, of whatever API if none is named with it; else every one. */
function isMeant({ instanceId, apiUrl, folders }: Settings): (crashed: CrashedListener) => boolean {
  // An instance id from the environment is meant for other commands.
  if (instanceId?.source !== 'flag') return () => true;
  const exact = instanceFolder(folders.data, apiUrl.value, instanceId.value);
  return ({ folder, entry }) =>
    apiUrl.source === 'default' ? entry.instanceId === instanceId.value : folder === exact;
}

async function restore(
  { folder, entry: seen }: CrashedListener,
  settings: Settings,
  io: Io,
): Promise<Result> {
  const { apiToken, apiTokenUrl } = settings;
  const unlock = await lockInstance(folder, seen.instanceId);
  // Read again under the lock: another listener may have written it since.
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
          `Not yet (${safeText(error.message, 500)}); retrying for ${Math.ceil(msLeft / 1000)} s more\n`,
        ),
      );
    let done = await tryHard();
    const first = done;
    if (done !== 'restored' && mayBeSetYet(entry, io.now())) {
      const { thing } = TAKEOVER_WORDS[entry.kind];
      const seconds = LATE_MS / 1000;
      io.stderr.write(
        `Its listener crashed while it set its ${thing}, and the vendor may still set that: looking again for ${seconds} s\n`,
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

/** What became of a webhook or subscription; `left`: nothing yet, since it is only listed. */
type Result = 'left' | Exclude<RestoreResult, 'overtaken'>;

function inWords(outcome: Result, { thing, undone }: TakeoverWords): string {
  return {
    left: `its ${thing} would be ${undone}`,
    restored: `its ${thing} is ${undone}`,
    there: `its ${thing} was ${undone} already`,
    changed: `its ${thing} was changed by somebody else meanwhile and is left as it is; it was`,
    gone: `it does not exist any more; its ${thing} was`,
  }[outcome];
}

function say(io: Io, options: Options, { entry }: CrashedListener, outcome: Result): void {
  const { instanceId, kind, original, ours, since } = entry;
  const url = original.url && maskUrl(original.url);
  if (options.json) {
    const flag = kind === 'side-by-side' ? { sideBySide: true } : {};
    const facts = { instanceId, apiUrl: maskUrl(entry.apiUrl), since, outcome, ...flag };
    io.stdout.write(`${jsonLine({ ...facts, webhook: { url, events: original.events } })}\n`);
    return;
  }
  const events = safeText(original.events.join(', '), 1000) || 'no events';
  const what =
    kind === 'side-by-side' ? maskUrl(ours.url ?? 'none') : `${url ?? 'none'} (${events})`;
  const words = inWords(outcome, TAKEOVER_WORDS[kind]);
  io.stdout.write(`Instance ${instanceId}: ${words}: ${what}\n`);
}

/** Keeps the exit code of an error that the person can mend (an API token, a lock); any other one is 20. */
function notRestored({ entry }: CrashedListener, error: unknown): unknown {
  if (error instanceof CliError && error.exit !== 'vendor') return error;
  const why = error instanceof Error ? error.message : String(error);
  const { of, undone } = TAKEOVER_WORDS[entry.kind];
  return new CliError(
    'notRestored',
    'not_restored',
    `The ${of(entry.instanceId)} was not ${undone}: ${why}`,
    { hint: `Try again with: ${restoreCommand(entry)}`, cause: error },
  );
}
