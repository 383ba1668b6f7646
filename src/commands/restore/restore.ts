/** `restore`: restores the webhooks, and removes the subscriptions, that crashed listeners left behind. */

import * as z from 'zod';
import { CliError, EXIT } from '../../errors.ts';
import { TAKEOVER_WORDS, type TakeoverWords } from '../../feed/takeover-words.ts';
import type { Io } from '../../platform/io.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { instanceFolder } from '../../platform/paths.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import type { Settings } from '../../settings/settings.ts';
import { evidenceOf } from '../../takeover/evidence.ts';
import { fileJournal, type JournalEntry } from '../../takeover/journal.ts';
import { type CrashedListener, crashedListeners } from '../../takeover/known-instances.ts';
import { lockInstance } from '../../takeover/lock.ts';
import {
  RESTORE_RETRIES,
  type RestoreResult,
  restoreUntilSettled,
} from '../../takeover/restore.ts';
import { apiAccess, openClient } from '../shared/api-access.ts';
import { type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';
import { guardSummaries } from '../shared/guard-summary.ts';
import { eventsText, instanceText, urlText, webhookJson } from '../shared/instance-text.ts';
import { journalServer } from '../shared/journal-server.ts';
import { restoreCommand } from '../shared/restore-command.ts';
import { notRestored } from './not-restored.ts';
import { restoreOwn } from './own-webhook.ts';

const schema = globalOptions.extend({
  list: z.boolean().default(false),
  own: z.boolean().default(false),
  replace: z.string().optional(),
});
type Options = z.infer<typeof schema>;

/**
 * Restores the instance of every crashed listener, or the named one; with `--own` an instance's own
 * webhook. Returns 0, also with nothing to do. Throws `not_restored`, or the error that the user can
 * solve (a token, a lock), once all others are done.
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
      report(io, options, one, 'left');
      continue;
    }
    try {
      const { done, entry, journalLeft } = await restore(one, settings, io);
      report(io, options, { ...one, entry }, done);
      failed ??= journalLeft;
    } catch (error) {
      const { kind, instanceId } = one.entry;
      const { of, undone } = TAKEOVER_WORDS[kind];
      failed ??= notRestored(
        error,
        `The ${of(instanceId)} was not ${undone}`,
        restoreCommand(one.entry),
      );
    }
  }
  if (failed !== null) throw failed;
  return EXIT.ok.code;
}

function replaceNeedsOwn(): CliError {
  return new CliError('usage', 'bad_option', '--replace can only be used with --own', {
    hint: 'Without --own, only the webhook of a crashed listener is replaced.',
  });
}

/** With `-i` only that instance, at any API unless one is named; else every instance. */
function isMeant({ instanceId, apiUrl, folders }: Settings): (crashed: CrashedListener) => boolean {
  // An instance id from the environment is meant for other commands.
  if (instanceId?.source !== 'flag') return () => true;
  const exact = instanceFolder(folders.data, apiUrl.value, instanceId.value);
  return ({ folder, entry }) =>
    apiUrl.source === 'default' ? entry.instanceId === instanceId.value : folder === exact;
}

/** Also where the journal cannot be removed afterwards: then `journalLeft` is the error. */
async function restore(
  { folder, entry: seen }: CrashedListener,
  settings: Settings,
  io: Io,
): Promise<{ done: Result; entry: JournalEntry; journalLeft: unknown }> {
  // Before the lock, which makes the folder ours alone.
  const server = await journalServer(settings, folder, seen, restoreCommand(seen));
  const unlock = await lockInstance(folder, seen.instanceId);
  // Read again under the lock: another listener may have written it since.
  const journal = fileJournal(folder);
  let entry = (await journal.read()) ?? seen;
  const client = openClient(apiAccess(settings, io, server));
  try {
    const { thing } = TAKEOVER_WORDS[entry.kind];
    const evidence = evidenceOf(entry, io.now());
    const seconds = (ms: number) => Math.ceil(ms / 1000);
    const done = await restoreUntilSettled(client, entry, {
      evidence,
      retries: RESTORE_RETRIES,
      adopted(changed) {
        entry = { ...entry, ...changed };
        return journal.write(entry).catch(() => {});
      },
      failed: (error, msLeft) =>
        io.stderr.write(
          `Failed (${safeText(error.message, 500)}); retrying for ${seconds(msLeft)} s more\n`,
        ),
      settling(msLeft) {
        const why = evidence.isInDoubt
          ? `The listener crashed while it set its ${thing}, and the vendor may still apply it`
          : `The vendor may show an older ${thing} than it has`;
        io.stderr.write(`${why}: checking for ${seconds(msLeft)} s\n`);
      },
    });
    const journalLeft = await journal.remove().then(
      () => null,
      (error: unknown) => error,
    );
    return { done: done === 'overtaken' ? 'restored' : done, entry, journalLeft };
  } finally {
    await client.close();
    unlock();
  }
}

/** What became of a webhook or subscription; `left`: nothing yet, since it is only listed. */
type Result = 'left' | Exclude<RestoreResult, 'overtaken'>;

function inWords(outcome: Result, { thing, undone }: TakeoverWords): string {
  return {
    left: `its ${thing} would be ${undone}`,
    restored: `its ${thing} is ${undone}`,
    there: `its ${thing} was ${undone} already`,
    changed: `its ${thing} was changed elsewhere and is left as it is; the original was`,
    gone: `it no longer exists; its ${thing} was`,
  }[outcome];
}

function report(io: Io, options: Options, { entry }: CrashedListener, outcome: Result): void {
  const { instanceId, kind, ours, since } = entry;
  const original = outcome === 'changed' ? (entry.before ?? entry.original) : entry.original;
  if (options.json) {
    const flag = kind === 'side-by-side' ? { sideBySide: true } : {};
    const facts = { instanceId, apiUrl: maskUrl(entry.apiUrl), since, outcome, ...flag };
    io.stdout.write(`${jsonLine({ ...facts, webhook: webhookJson(original) })}\n`);
    return;
  }
  const what =
    kind === 'side-by-side'
      ? urlText(ours.url)
      : `${urlText(original.url)} (${eventsText(original.events)})`;
  const words = inWords(outcome, TAKEOVER_WORDS[kind]);
  io.stdout.write(`${instanceText(instanceId)}: ${words}: ${what}\n`);
}
