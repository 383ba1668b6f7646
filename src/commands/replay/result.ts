/** What `replay` and `trigger` print: the entries of the feed, then a line with the counts; and the exit code. */

import type * as z from 'zod';
import { CliError } from '../../errors.ts';
import type { Take } from '../../feed/outbox.ts';
import type { Io } from '../../platform/io.ts';
import { safeText } from '../../platform/safe-text.ts';
import { exitOf } from '../../platform/signals.ts';
import type { ReplayCounts } from '../../replay/send.ts';
import { createJsonView } from '../../views/json.ts';
import { createPlainView } from '../../views/plain.ts';
import type { globalOptions } from '../shared/deps.ts';
import { NOT_STORED } from './local.ts';

/** The options that decide what is printed, and which instance a printed command names. */
type Options = z.infer<typeof globalOptions>;

/** The output of one replay. */
export interface Result {
  /** Takes the entries of the replay. */
  readonly take: Take;
  /** Prints the last line, and the command that shows the app's answer. */
  done(line: string): void;
}

/** Prints a replay: JSON Lines with `--json`, else lines of text. */
export function showResult(options: Options, io: Io): Result {
  const { json, quiet, color } = options;
  const view = json ? createJsonView(io.stdout) : createPlainView(io, { quiet, color });
  let attempted: string | null = null;
  let isStored = true;
  return {
    take(entries) {
      isStored &&= !entries.some((entry) => entry.type === 'warning' && entry.code === NOT_STORED);
      attempted = entries.findLast((entry) => entry.type === 'attempt')?.eventId ?? attempted;
      return view.take(entries);
    },
    done(line) {
      if (json || quiet) return;
      io.stderr.write(`${line}\n`);
      if (isStored && attempted !== null) {
        io.stderr.write(`  see your app's answer: ${showCommand(attempted, options)}\n`);
      }
    },
  };
}

/** The command that shows an event, with the flags of this command. */
function showCommand(id: string, { instance, apiUrl, profile }: Options): string {
  const flags = Object.entries({ '-i': instance, '--api-url': apiUrl, '--profile': profile });
  const given = flags.flatMap(([flag, value]) => (value === undefined ? [] : ` ${flag} ${value}`));
  return safeText(`eazewa-hooks events show ${id}${given.join('')}`);
}

/** The exit code of the counts. Throws `no_answer` (target) and `stopped`. */
export function judge(counts: ReplayCounts, stop: AbortSignal): number {
  const { left, unanswered, sent } = counts;
  if (stop.aborted && left + unanswered > 0) {
    const exit = exitOf(stop);
    // Stdout was closed: nobody reads an error any more.
    if (exit === null) return 0;
    throw new CliError(exit, 'stopped', `The replay was stopped: ${inWords(counts)}`);
  }
  if (unanswered === 0) return 0;
  const message = `${unanswered} of ${sent} had no answer: your app may or may not have handled them`;
  throw new CliError('target', 'no_answer', message, {
    hint: 'They are not sent again. List them with: eazewa-hooks events --failed',
  });
}

/** The counts as a line: what became of the POSTs, and how many items were not sent. */
export function inWords({ sent, answered, unanswered, left }: ReplayCounts): string {
  return [
    `${sent} sent`,
    `${answered} answered`,
    ...(unanswered > 0 ? [`${unanswered} without an answer`] : []),
    ...(left > 0 ? [`${left} left`] : []),
  ].join(', ');
}
