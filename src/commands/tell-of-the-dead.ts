/** Before any command: says when a listener died and left an instance's webhook pointing at nothing. */

import { deadListeners, type Left } from '../listener/dead.ts';
import { guardAtWork } from '../listener/guard-report.ts';
import type { Io } from '../platform/io.ts';
import { folders } from '../platform/paths.ts';
import { safeText } from '../platform/safe-text.ts';
import { guardsDeed } from './guards-deeds.ts';
import { restoreCommand } from './restore-command.ts';

const NONE: Left = { dead: [], unreadable: [] };

/** Names each instance that waits for `restore`, on stderr. Never throws: the command itself matters more. */
export async function tellOfTheDead(io: Io): Promise<void> {
  const { data } = folders(io.env, io.cwd);
  const { dead, unreadable } = await deadListeners(data).catch(() => NONE);
  for (const { message, hint } of unreadable) {
    io.stderr.write(`! ${safeText(message, 1000)}\n  ${safeText(hint ?? '', 1000)}\n`);
  }
  for (const { entry, folder } of dead) {
    if (entry.step === 'restored') continue;
    const guard = await guardAtWork(folder);
    if (guard !== null) {
      io.stderr.write(`! ${guardsDeed(guard)} It goes on trying.\n`);
      continue;
    }
    io.stderr.write(
      `! A listener died (started ${entry.since}) and left the webhook of instance ${entry.instanceId} pointing at it.\n` +
        `  Put it back with: ${restoreCommand(entry)}\n`,
    );
  }
}
