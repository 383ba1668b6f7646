/** An event as a page of text: its outcome, what the app answered, then the request. */

import type { ChalkInstance } from 'chalk';
import { answerText } from '../../eazewa/content-encoding.ts';
import { elide } from '../../eazewa/json.ts';
import { WRONGLY_SIGNED } from '../../eazewa/signature.ts';
import { fullEventEntryOf } from '../../history/entries.ts';
import { shownHeaders } from '../../history/headers.ts';
import type { StoredAttempt, StoredEvent } from '../../history/history.ts';
import { outcomeOfAttempt, type TargetOutcome } from '../../history/outcome.ts';
import { localTime } from '../../platform/local-time.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import type { RawHeaders } from '../../platform/raw-headers.ts';
import { safeText } from '../../platform/safe-text.ts';
import { widthOf } from '../../views/tui/line.ts';
import { outcomeSign } from './outcome-sign.ts';

/** What is known of the event. */
export interface Shown {
  readonly event: StoredEvent;
  /** Oldest first. */
  readonly attempts: readonly StoredAttempt[];
  readonly targets: readonly TargetOutcome[];
}

/** The size of a terminal, in cells. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface PageOptions {
  readonly style: ChalkInstance;
  /** Whether long base64 data is printed. */
  readonly full: boolean;
  /** What the page must fit in; null for a page of any length. */
  readonly screen: ScreenSize | null;
  /** The line that ends a page that was cut. */
  readonly whenCut: string;
}

/** The rows of a screen that a page leaves to the prompts before and after it. */
const PROMPTS = 2;
/** Fewest rows for the answers and for the request, however small the screen is. */
const FEWEST = 3;

/**
 * The page, ending with a line end. Answers come newest first, as the last one counts. A page that
 * does not fit in the screen has no headers, and then bodies are cut too.
 */
export function eventPage(shown: Shown, { screen, full, style, whenCut }: PageOptions): string {
  const facts = factLines(shown, style);
  const lines = linesWith(style, screen?.columns ?? null);
  const parts = (headers: boolean) => ({
    answers: shown.attempts.toReversed().flatMap((one) => ['', ...lines.ofAttempt(one, headers)]),
    request: ['', ...lines.ofRequest(shown, headers, full)],
  });
  const { answers, request } = parts(true);
  const whole = [...facts, ...answers, ...request];
  if (screen === null) return ended(whole);
  const tall = (those: readonly string[]) => rowsOf(those, screen.columns);
  const rows = screen.rows - PROMPTS;
  const ending = lines.areCut() ? [style.dim(whenCut)] : [];
  if (tall([...whole, ...ending]) <= rows) return ended([...whole, ...ending]);
  const bare = parts(false);
  const left = Math.max(2 * FEWEST, rows - tall([...facts, whenCut]));
  const most = Math.max(Math.floor((left * 2) / 3), left - tall(bare.request));
  const answered = fitted(bare.answers, most, screen.columns, style);
  const requested = fitted(bare.request, left - tall(answered), screen.columns, style);
  return ended([...facts, ...answered, ...requested, style.dim(whenCut)]);
}

function ended(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

/** The first of the lines that fit in that many rows; the last row says how many lines are missing. */
function fitted(
  lines: readonly string[],
  rows: number,
  columns: number,
  style: ChalkInstance,
): readonly string[] {
  if (rowsOf(lines, columns) <= rows) return lines;
  let used = 0;
  const from = lines.findIndex((line) => {
    used += rowsOf([line], columns);
    return used > rows - 1;
  });
  return [...lines.slice(0, from), style.dim(`… ${lines.length - from} more lines`)];
}

/** The rows that a terminal of this width breaks the lines into. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
}

function factLines({ event, attempts, targets }: Shown, style: ChalkInstance): string[] {
  const entry = fullEventEntryOf(event, targets, 'elided');
  const { id, summary, duplicateOf, repeats, ackWentBack, issues, signature } = entry;
  const isWrong = signature === 'wrongly-signed';
  const received = `received ${localTime(entry.at)}, ${entry.size} bytes, ${entry.origin}`;
  const sign = outcomeSign(targets, attempts, style);
  return [
    `${sign} ${style.bold(safeText(event.event))} ${style.dim(id)}`,
    summary,
    signature === undefined || isWrong ? received : `${received}, ${signature}`,
    isWrong && style.yellow(WRONGLY_SIGNED),
    duplicateOf && style.yellow(`duplicate of ${duplicateOf}`),
    repeats && style.yellow(`repeats ${repeats}`),
    ackWentBack && style.yellow('the message already had a higher acknowledgement'),
    ...issues.map((issue) => style.yellow(issue)),
    ...targets.flatMap((target) => targetLine(target, style)),
  ].filter((line): line is string => Boolean(line));
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

/** A body under its headers, with an empty line between them. */
function under(headers: readonly string[], body: readonly string[]): readonly string[] {
  return headers.length === 0 || body.length === 0
    ? [...headers, ...body]
    : [...headers, '', ...body];
}

/** Makes the lines of attempts and requests, cut to that many columns; null for lines of any length. */
function linesWith(style: ChalkInstance, columns: number | null) {
  let areCut = false;
  const cut = (text: string, most: number | null) => {
    const shown = safeText(text, most ?? undefined);
    areCut ||= shown.length < text.length && shown.endsWith('…');
    return shown;
  };
  const ofText = (text: string) => text.split('\n').map((line) => cut(line, columns));
  const ofHeaders = (raw: RawHeaders) =>
    shownHeaders(raw).map(({ name, value }) => {
      const shown = safeText(name, 100);
      const most = columns === null ? 500 : Math.max(10, columns - shown.length - 2);
      return `${style.dim(`${shown}:`)} ${cut(value, most)}`;
    });
  return {
    /** Whether a line was longer than the columns. */
    areCut: () => areCut,
    ofAttempt(attempt: StoredAttempt, headers: boolean): string[] {
      const { number, replay, target, status, error, durationMs } = attempt;
      const how = `${replay ? 'replay' : 'attempt'} ${number}`;
      const at = localTime(new Date(attempt.at).toISOString());
      const ok = outcomeOfAttempt(attempt) === 'delivered';
      const said = ok ? style.green(status) : style.red(status ?? 'no answer');
      const text = answerText(attempt.responseHeaders, attempt.responseBody).trimEnd();
      return [
        `${style.bold(how)} ${at} POST ${maskUrl(target)} ${said} (${durationMs}ms)`,
        ...(error === null ? [] : [style.red(safeText(error))]),
        ...under(
          headers ? ofHeaders(attempt.responseHeaders) : [],
          text === '' ? [] : ofText(text),
        ),
      ];
    },
    ofRequest({ event, targets }: Shown, headers: boolean, full: boolean): string[] {
      const { body } = fullEventEntryOf(event, targets, full ? 'full' : 'elided');
      const text = JSON.stringify(elide(body, full), null, 2) ?? '';
      const head = headers ? ofHeaders(event.headers) : [];
      return [style.bold('request'), ...under(head, ofText(text))];
    },
  };
}
