/** What `replay` and `trigger` print: the entries of the feed, then a line with the counts; and the exit code. */

import type * as z from 'zod';
import { CliError } from '../../errors.ts';
import type { Take } from '../../feed/outbox.ts';
import { isSuccess } from '../../history/outcome.ts';
import type { Io } from '../../platform/io.ts';
import { safeText } from '../../platform/safe-text.ts';
import { exitOf } from '../../platform/signals.ts';
import type { ReplayCounts } from '../../replay/send.ts';
import { createJsonView } from '../../views/json.ts';
import { createPlainView } from '../../views/plain.ts';
import { asTyped, type globalOptions } from '../shared/deps.ts';
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
        const show = `eazewa-hooks events show ${safeText(attempted)}${asTyped(options)}`;
        io.stderr.write(`  see your app's answer: ${show}\n`);
      }
    },
  };
}

/**
 * The exit code of the counts. Throws `no_answer` (target), `stopped` after a signal, and with `fail`
 * `refused` (expectation) when an answer was no 2xx.
 */
export function judge(counts: ReplayCounts, stop: AbortSignal, fail = false): number {
  const { left, unanswered, sent } = counts;
  if (stop.aborted && left + unanswered > 0) {
    const exit = exitOf(stop);
    // Stdout was closed: nobody reads an error any more.
    if (exit === null) return 0;
    throw new CliError(exit, 'stopped', `The replay was stopped: ${inWords(counts)}`);
  }
  const refused = counts.statuses.filter((status) => !isSuccess(status)).length;
  if (unanswered === 0 && fail && refused > 0) {
    const message = `Your app refused ${refused} of ${sent}: ${inWords(counts)}`;
    throw new CliError('expectation', 'refused', message, {
      hint: 'List them with: eazewa-hooks events --failed',
    });
  }
  if (unanswered === 0) return 0;
  const message = `${unanswered} of ${sent} had no answer: your app may or may not have handled them`;
  throw new CliError('target', 'no_answer', message, {
    hint: 'They are not sent again. List them with: eazewa-hooks events --failed',
  });
}

/** What your app made of the POSTs, as a line: `3 delivered, 18 refused: 404`. */
export function inWords({ statuses, unanswered, left }: ReplayCounts): string {
  const refused = statuses.filter((status) => !isSuccess(status));
  const delivered = statuses.length - refused.length;
  const parts = [
    ...(delivered > 0 || statuses.length + unanswered === 0 ? [`${delivered} delivered`] : []),
    ...(refused.length > 0 ? [`${refused.length} refused: ${kindsOf(refused)}`] : []),
    ...(unanswered > 0 ? [`${unanswered} without an answer`] : []),
    ...(left > 0 ? [`${left} left`] : []),
  ];
  return parts.join(', ');
}

/** `404`; `404 (18), 500 (2)` where there are several. */
function kindsOf(statuses: readonly number[]): string {
  const kinds = [...new Set(statuses)].sort((a, b) => a - b);
  if (kinds.length === 1) return String(kinds[0]);
  return kinds
    .map((kind) => `${kind} (${statuses.filter((status) => status === kind).length})`)
    .join(', ');
}
