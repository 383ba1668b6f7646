/** `events dismiss --waiting`: events that wait for a target stay stored, and only a replay sends them. */

import { askListener } from '../../control/client.ts';
import type { AnswerTo } from '../../control/protocol.ts';
import { CliError } from '../../errors.ts';
import { count } from '../../feed/warning.ts';
import { dismissWaiting } from '../../history/dismiss.ts';
import { jsonLine } from '../../platform/safe-text.ts';
import { canAsk, confirm, DECLINED } from '../../platform/terminal.ts';
import { chooseInstance } from '../shared/choose-instance.ts';
import { openHistoryIn } from '../shared/chosen-history.ts';
import { type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';

/**
 * Asks, then dismisses every event that waits. Returns 0. Throws `dismiss_not_confirmed` (usage) without
 * consent, and what the listener or its history gives.
 */
export async function run(raw: unknown, deps: Deps): Promise<number> {
  const { io } = deps;
  const options = parseOptions(globalOptions, raw);
  const { folder } = await chooseInstance(await settingsOf(options, io), {
    io,
    input: options.input,
  });
  const { upTo, count: waiting } = await dismiss(folder, null);
  if (waiting > 0 && !options.yes) {
    const events = count(waiting, 'waiting event');
    const { stop, dispose } = deps.signals();
    try {
      const question = `Dismiss ${events}? Only a replay sends ${waiting === 1 ? 'it' : 'them'} then.`;
      const asks = canAsk(io, !options.input);
      if (!asks) throw notConfirmed(`${events} would be dismissed, and nothing was changed`);
      if (!(await confirm(io, question, stop))) throw notConfirmed(DECLINED);
    } finally {
      dispose();
    }
  }
  const dismissed = waiting === 0 ? 0 : (await dismiss(folder, upTo)).count;
  if (options.json) io.stdout.write(`${jsonLine({ dismissed })}\n`);
  else if (!options.quiet) {
    io.stderr.write(
      dismissed === 0 ? 'No event waits.\n' : `Dismissed ${count(dismissed, 'waiting event')}.\n`,
    );
  }
  return 0;
}

/** Dismisses what waits up to a seq, and with null only counts: by the running listener, else in the file. */
async function dismiss(folder: string, upTo: number | null): Promise<AnswerTo<'dismiss'>> {
  const told = await askListener(folder, { action: 'dismiss', upTo });
  if (told !== null) return told;
  const history = await openHistoryIn(folder);
  try {
    return upTo === null
      ? { upTo: history.lastSeq(), count: history.countWaiting() }
      : { upTo, count: await dismissWaiting(history, upTo) };
  } finally {
    history.close();
  }
}

function notConfirmed(message: string): CliError {
  return new CliError('usage', 'dismiss_not_confirmed', message, {
    hint: 'To dismiss them, add --yes. To see them: eazewa-hooks events --waiting',
  });
}
