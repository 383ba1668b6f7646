/** What further signals do to a listener that stops already: the second hands over to its guard, the third ends at once. */

import type { ExitName } from '../../errors.ts';
import { wordsFor } from '../../feed/takeover-words.ts';
import type { ListenerHandle } from '../../listener/run.ts';
import type { Io } from '../../platform/io.ts';
import type { ListenCommand } from './options.ts';

/** The end of a `listen` that is told to stop more than once. */
export interface Stopping {
  /** For a signal after the first: the exit code to end with at once, null to go on. */
  leaves(exit: ExitName): Promise<ExitName | null>;
  /** The listener that further signals are for. */
  listener: Pick<ListenerHandle, 'handOver'> | null;
}

/** The terminal that a terminal UI may have. */
export interface Lent {
  /** Restores the terminal, before the program ends at once. */
  giveBack: () => void;
  /** Frees the terminal while `work` runs. */
  away: (work: () => Promise<void>) => Promise<void>;
}

export function createStopping(
  command: ListenCommand,
  { stderr }: Pick<Io, 'stderr'>,
  terminal: Pick<Lent, 'giveBack'>,
): Stopping {
  let guarded = command.guard && !command.simulate;
  let wasAsked = false;
  const stopping: Stopping = {
    listener: null,
    async leaves(exit) {
      const isThird = wasAsked;
      wasAsked = true;
      const to = isThird ? 'unknown' : ((await stopping.listener?.handOver()) ?? 'nothing');
      if (to === 'waits') {
        // The guard may have ended, too.
        guarded = false;
        return null;
      }
      if (to === 'guard') {
        // Other views show the listener's own words.
        if (command.json) stderr.write(leftBehind(command, guarded));
        return null;
      }
      terminal.giveBack();
      if (to === 'nothing' || command.simulate) {
        stderr.write('\nExited at once.\n');
        return exit;
      }
      stderr.write(leftBehind(command, guarded));
      return guarded ? 'notRestored' : exit;
    },
  };
  return stopping;
}

/** What may be left to restore, and the command for that. */
function leftBehind(command: ListenCommand, guarded: boolean): string {
  const { thing, undoing, Undo } = wordsFor(command);
  const guard = guarded ? ` The guard finishes this: it is ${undoing} it now.` : '';
  // The command stands on a line of its own, so that no terminal breaks it.
  const how = guarded ? 'To do it yourself' : `${Undo} it with`;
  return `\nExited at once: the ${thing} may still lead here.${guard}\n  ${how}: eazewa-hooks restore\n`;
}
