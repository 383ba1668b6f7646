/** Before any command: says when a listener died and left an instance's webhook, or a subscription beside it, pointing at nothing. */

import type { Io } from '../../platform/io.ts';
import { folders } from '../../platform/paths.ts';
import { safeText } from '../../platform/safe-text.ts';
import { guardAtWork } from '../../takeover/guard/report.ts';
import { crashedListeners, type Left } from '../../takeover/known-instances.ts';
import { guardsDeed } from './guard-summary.ts';
import { restoreCommand } from './restore-command.ts';

const NONE: Left = { crashed: [], unreadable: [] };

/** Names each instance that waits for `restore`, on stderr. Never throws: the command itself matters more. */
export async function reportCrashedListeners(io: Io): Promise<void> {
  const { data } = folders(io.env, io.cwd);
  const { crashed, unreadable } = await crashedListeners(data).catch(() => NONE);
  for (const { message, hint } of unreadable) {
    io.stderr.write(`! ${safeText(message, 1000)}\n  ${safeText(hint ?? '', 1000)}\n`);
  }
  for (const { entry, folder } of crashed) {
    if (entry.step === 'restored') continue;
    const guard = await guardAtWork(folder);
    if (guard !== null) {
      io.stderr.write(`! ${guardsDeed(guard)} It goes on trying.\n`);
      continue;
    }
    const { since, instanceId } = entry;
    const [left, todo] =
      entry.kind === 'side-by-side'
        ? [
            `a subscription beside the webhook of instance ${instanceId} that leads to it`,
            'Remove it',
          ]
        : [`the webhook of instance ${instanceId} pointing at it`, 'Put it back'];
    io.stderr.write(
      `! A listener died (started ${since}) and left ${left}.\n  ${todo} with: ${restoreCommand(entry)}\n`,
    );
  }
}
