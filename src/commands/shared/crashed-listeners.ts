/** Warns before any command when a crashed listener left an instance's webhook, or a subscription, pointing at nothing, or when a guard ended a stopped one. */

import { CliError } from '../../errors.ts';
import { TAKEOVER_WORDS } from '../../feed/takeover-words.ts';
import type { Io } from '../../platform/io.ts';
import { localTime } from '../../platform/local-time.ts';
import { folders } from '../../platform/paths.ts';
import { safeText } from '../../platform/safe-text.ts';
import { guardAtWork } from '../../takeover/guard/report.ts';
import { crashedListeners, type Left } from '../../takeover/known-instances.ts';
import { endedListeners, guardSummary } from './guard-summary.ts';
import { restoreCommand } from './restore-command.ts';

/**
 * Names on stderr each instance that waits for `restore`, and with `ended` each listener that its guard
 * ended. Never throws: the command itself matters more.
 */
export async function reportCrashedListeners(
  io: Io,
  { ended }: { readonly ended: boolean },
): Promise<void> {
  // A folder that cannot be used is the error of the command itself.
  const { crashed, unreadable } = await leftBehind(io).catch(() => NOTHING);
  for (const { message, hint } of unreadable) {
    io.stderr.write(`! ${safeText(message, 1000)}\n  ${safeText(hint ?? '', 1000)}\n`);
  }
  for (const { entry, folder } of crashed) {
    if (entry.step === 'restored') continue;
    const guard = await guardAtWork(folder);
    if (guard !== null) {
      io.stderr.write(`! ${guardSummary(guard)} It keeps trying.\n`);
      continue;
    }
    const { of, Undo } = TAKEOVER_WORDS[entry.kind];
    io.stderr.write(
      `! A listener crashed (started ${localTime(entry.since)}) and left the ${of(entry.instanceId)} pointing at itself.\n  ${Undo} it with: ${restoreCommand(entry)}\n`,
    );
  }
  if (!ended) return;
  for (const line of await endedLines(io).catch(() => [])) {
    io.stderr.write(`! ${line}\n`);
  }
}

async function endedLines(io: Io): Promise<string[]> {
  const { data } = folders(io.env, io.cwd);
  return endedListeners(data, io.now());
}

const NOTHING: Left = { crashed: [], unreadable: [] };

async function leftBehind(io: Io): Promise<Left> {
  const { data } = folders(io.env, io.cwd);
  return crashedListeners(data).catch(
    (error: unknown): Left => ({
      crashed: [],
      unreadable: error instanceof CliError ? [error] : [],
    }),
  );
}
