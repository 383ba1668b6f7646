/** Before any command: says when a listener died and left an instance's webhook pointing at nothing. */

import { deadListeners } from '../listener/dead.ts';
import type { Io } from '../platform/io.ts';
import { folders } from '../platform/paths.ts';
import { restoreCommand } from './restore-command.ts';

/** Names each instance that waits for `restore`, on stderr. Never throws: the command itself matters more. */
export async function tellOfTheDead(io: Io): Promise<void> {
  const { data } = folders(io.env, io.cwd);
  for (const { entry } of await deadListeners(data).catch(() => [])) {
    io.stderr.write(
      `! A listener died (started ${entry.since}) and left the webhook of instance ${entry.instanceId} pointing at it.\n` +
        `  Put it back with: ${restoreCommand(entry)}\n`,
    );
  }
}
