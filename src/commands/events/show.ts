/** `events show`: one event: its marks, headers and body, and every attempt with the app's answer. */

import type { ChalkInstance } from 'chalk';
import * as z from 'zod';
import { elide } from '../../eazewa/json.ts';
import { curlOf } from '../../history/curl.ts';
import { attemptEntryOf, eventEntryOf } from '../../history/entries.ts';
import { findEvent } from '../../history/find.ts';
import { shownHeaders } from '../../history/headers.ts';
import type { History, RawHeaders, StoredAttempt, StoredEvent } from '../../history/history.ts';
import { openHistory } from '../../history/sqlite.ts';
import type { Io } from '../../platform/io.ts';
import { localTime } from '../../platform/local-time.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { writeDrained } from '../../platform/terminal.ts';
import { styleFor } from '../../views/style.ts';
import { chooseInstance, historyOf } from '../shared/choose-instance.ts';
import { type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';

const schema = globalOptions.extend({
  id: z.string(),
  raw: z.boolean().default(false),
  curl: z.boolean().default(false),
});

/** Shows one event. Returns 0; throws `no_such_event` or, for a prefix of several, `ambiguous_id`. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(schema, raw);
  const settings = await settingsOf(options, io);
  const chosen = await chooseInstance(settings);
  const history = await openHistory(historyOf(chosen), { mustExist: true, busyTimeoutMs: 2000 });
  try {
    const event = findEvent(history, options.id);
    const attempts = history.attempts(event.seq);
    if (options.raw) await writeRaw(io, event);
    else if (options.curl) await writeDrained(io.stdout, curlOf(event, history));
    else if (options.json) {
      const entries = [
        eventEntryOf(event, 'full'),
        ...attempts.map((it) => attemptEntryOf(event.id, it)),
      ];
      await writeDrained(io.stdout, entries.map((entry) => `${jsonLine(entry)}\n`).join(''));
    } else {
      const style = styleFor(io, io.stdout, options.color);
      await writeDrained(io.stdout, page(event, attempts, history, style));
    }
  } finally {
    history.close();
  }
  return 0;
}

/** The exact bytes; on a terminal, where they could do harm, what can be shown of them. */
async function writeRaw(io: Io, { body }: StoredEvent): Promise<void> {
  if (io.stdout.isTTY) {
    const lines = Buffer.from(body).toString().split('\n');
    return writeDrained(io.stdout, lines.map((line) => `${safeText(line)}\n`).join(''));
  }
  return writeDrained(io.stdout, body);
}

function page(
  event: StoredEvent,
  attempts: readonly StoredAttempt[],
  history: History,
  style: ChalkInstance,
): string {
  const entry = eventEntryOf(event, 'elided');
  const { id, summary, duplicateOf, repeats, ackWentBack, issues } = entry;
  const facts = [
    `${style.bold(safeText(event.event))} ${style.dim(id)}`,
    summary,
    `received ${localTime(entry.at)}, ${entry.size} bytes, ${entry.origin}`,
    duplicateOf && style.yellow(`says again what ${duplicateOf} said`),
    repeats && style.yellow(`repeats ${repeats}`),
    ackWentBack && style.yellow('the acknowledgement went back'),
    ...issues.map((issue) => style.yellow(issue)),
    ...history.waitingTargets(event.seq).map((url) => style.yellow(`waits for ${maskUrl(url)}`)),
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

function attemptLines(attempt: StoredAttempt, style: ChalkInstance): string[] {
  const { number, replay, target, status, error, durationMs } = attempt;
  const how = `${replay ? 'replay' : 'attempt'} ${number}`;
  const at = localTime(new Date(attempt.at).toISOString());
  const ok = status !== null && status >= 200 && status < 300;
  const said = ok ? style.green(status) : style.red(status ?? 'no answer');
  const text = Buffer.from(attempt.responseBody).toString().trimEnd();
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
