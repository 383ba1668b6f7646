/** `events show`: prints an event with its marks, headers and body, and every attempt with the app's answer. */

import type { ChalkInstance } from 'chalk';
import * as z from 'zod';
import { curlOf } from '../../delivery/curl.ts';
import { answerText, readable } from '../../eazewa/content-encoding.ts';
import { elide } from '../../eazewa/json.ts';
import { WRONGLY_SIGNED } from '../../eazewa/signature.ts';
import { attemptEntryOf, fullEventEntryOf, outcomesIn } from '../../history/entries.ts';
import { bodyDropped, findEvent } from '../../history/find.ts';
import { shownHeaders } from '../../history/headers.ts';
import type { RawHeaders, StoredAttempt, StoredEvent } from '../../history/history.ts';
import { outcomeOfAttempt, type TargetOutcome } from '../../history/outcome.ts';
import type { Io } from '../../platform/io.ts';
import { localTime } from '../../platform/local-time.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { writeDrained } from '../../platform/terminal.ts';
import { styleFor } from '../../views/style.ts';
import { openChosenHistory } from '../shared/chosen-history.ts';
import { type Deps, globalOptions, parseOptions } from '../shared/deps.ts';
import { forwardWindowIn } from '../shared/forward-window.ts';

const schema = globalOptions.extend({
  id: z.string(),
  raw: z.boolean().default(false),
  curl: z.boolean().default(false),
  printSecret: z.boolean().default(false),
});

/** Shows one event. Returns 0. Throws `no_such_event`, `ambiguous_id` for a prefix of several ids, and `body_dropped`. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(schema, raw);
  const { folder, history } = await openChosenHistory(options, io);
  try {
    const event = findEvent(history, options.id);
    const attempts = history.attempts(event.seq);
    const window = await forwardWindowIn(folder, history, io.now());
    const targets = outcomesIn(history, event, window);
    if (options.raw && event.bodyDropped) throw bodyDropped(event.id);
    if (options.raw) await writeRaw(io, event);
    else if (options.curl) {
      const curl = (printSecret: boolean) => curlOf(event, history, { added: [], printSecret });
      const shown = curl(options.printSecret);
      if (shown !== curl(true)) {
        io.stderr.write('! Secrets are shown as ***. To print them, add: --print-secret\n');
      }
      await writeDrained(io.stdout, shown);
    } else if (options.json) {
      const entries = [
        fullEventEntryOf(event, targets, 'full'),
        ...attempts.map((it) => attemptEntryOf(event.id, it)),
      ];
      await writeDrained(io.stdout, entries.map((entry) => `${jsonLine(entry)}\n`).join(''));
    } else {
      const style = styleFor(io, io.stdout, options.color);
      await writeDrained(io.stdout, page(event, attempts, targets, style));
    }
  } finally {
    history.close();
  }
  return 0;
}

/** Writes the exact bytes; on a terminal, where control characters could do harm, only safe text. */
async function writeRaw(io: Io, { headers, body }: StoredEvent): Promise<void> {
  if (io.stdout.isTTY) {
    const lines = Buffer.from(readable(headers, body)).toString().split('\n');
    return writeDrained(io.stdout, lines.map((line) => `${safeText(line)}\n`).join(''));
  }
  return writeDrained(io.stdout, body);
}

function page(
  event: StoredEvent,
  attempts: readonly StoredAttempt[],
  targets: readonly TargetOutcome[],
  style: ChalkInstance,
): string {
  const entry = fullEventEntryOf(event, targets, 'elided');
  const { id, summary, duplicateOf, repeats, ackWentBack, issues, signature } = entry;
  const isWrong = signature === 'wrongly-signed';
  const received = `received ${localTime(entry.at)}, ${entry.size} bytes, ${entry.origin}`;
  const facts = [
    `${style.bold(safeText(event.event))} ${style.dim(id)}`,
    summary,
    signature === undefined || isWrong ? received : `${received}, ${signature}`,
    isWrong && style.yellow(WRONGLY_SIGNED),
    duplicateOf && style.yellow(`duplicate of ${duplicateOf}`),
    repeats && style.yellow(`repeats ${repeats}`),
    ackWentBack && style.yellow('the message already had a higher acknowledgement'),
    ...issues.map((issue) => style.yellow(issue)),
    ...targets.flatMap((target) => targetLine(target, style)),
  ].filter(Boolean);
  const body = JSON.stringify(elide(entry.body), null, 2) ?? '';
  return [
    ...facts,
    '',
    ...headerLines(event.headers, style),
    '',
    ...body.split('\n').map((line) => safeText(line)),
    ...attempts.flatMap((attempt) => ['', ...attemptLines(attempt, style)]),
    '',
  ].join('\n');
}

/** A target that has had no attempt, and why. */
function targetLine({ url, outcome, reason }: TargetOutcome, style: ChalkInstance): string[] {
  const shown = maskUrl(url);
  switch (outcome) {
    case 'waiting':
      return [style.yellow(`waits for ${shown}`)];
    case 'held':
      return [style.yellow(`waits for ${shown}, but is sent only by a replay`)];
    case 'skipped':
      return [style.dim(`skips ${shown}: ${reason}`)];
    default:
      return [];
  }
}

function attemptLines(attempt: StoredAttempt, style: ChalkInstance): string[] {
  const { number, replay, target, status, error, durationMs } = attempt;
  const how = `${replay ? 'replay' : 'attempt'} ${number}`;
  const at = localTime(new Date(attempt.at).toISOString());
  const ok = outcomeOfAttempt(attempt) === 'delivered';
  const said = ok ? style.green(status) : style.red(status ?? 'no answer');
  const text = answerText(attempt.responseHeaders, attempt.responseBody).trimEnd();
  return [
    `${style.bold(how)} ${at} POST ${maskUrl(target)} ${said} (${durationMs}ms)`,
    ...(error === null ? [] : [style.red(safeText(error))]),
    ...headerLines(attempt.responseHeaders, style),
    ...(text === '' ? [] : ['', ...text.split('\n').map((line) => safeText(line))]),
  ];
}

function headerLines(raw: RawHeaders, style: ChalkInstance): string[] {
  return shownHeaders(raw).map(
    ({ name, value }) => `${style.dim(`${safeText(name, 100)}:`)} ${safeText(value, 500)}`,
  );
}
