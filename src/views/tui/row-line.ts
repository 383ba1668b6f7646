/** A line of the list in columns: time, sign, direction, type, who, text, status, duration, mark. */

import type { EventEntry } from '../../feed/feed.ts';
import { type Outcome, outcomeOfEvent } from '../../history/outcome.ts';
import { localTime } from '../../platform/local-time.ts';
import { safeText } from '../../platform/safe-text.ts';
import { type Names, whoOf } from './chat-names.ts';
import { durationText } from './duration-text.ts';
import { typeOf } from './event-type.ts';
import {
  cut,
  type Line,
  type Look,
  line,
  marked,
  type Span,
  span,
  widthOf,
  widthOfSpans,
} from './line.ts';
import { isUnhandled, outcomeOf } from './row-outcome.ts';
import type { Shown, ShownRow } from './shown.ts';
import type { Outage, Row } from './state.ts';

const SIGNS: Readonly<Record<Outcome, readonly [string, Look]>> = {
  delivered: ['✓', 'good'],
  failed: ['✗', 'bad'],
  waiting: ['…', 'warning'],
  held: ['○', 'warning'],
  skipped: ['·', 'dim'],
};

/** The widths of the columns; 0 leaves a column out. */
interface Columns {
  readonly gap: number;
  readonly direction: number;
  readonly type: number;
  readonly who: number;
  readonly status: number;
  readonly duration: number;
  readonly mark: number;
  /** Air at the right edge. */
  readonly air: number;
}

const WIDE = { gap: 2, direction: 1, type: 8, who: 20, status: 4, duration: 6, mark: 1, air: 1 };
const MEDIUM = { ...WIDE, gap: 1, who: 14, air: 0 };
const NARROW = { ...MEDIUM, type: 7, who: 13, duration: 0 };
const TINY = { ...NARROW, direction: 0, who: 8, mark: 0 };

/** The columns of a list of this width. */
function columnsOf(width: number): Columns {
  if (width >= 140) return { ...WIDE, who: 28 };
  if (width >= 100) return WIDE;
  if (width >= 70) return MEDIUM;
  return width >= 50 ? NARROW : TINY;
}

export interface RowLook {
  /** The width of the list. */
  readonly columns: number;
  readonly isSelected: boolean;
  /** Show the date too, since some rows are not of today. */
  readonly dated: boolean;
  /** Words to highlight. */
  readonly words: readonly string[];
  readonly names: Names;
}

/** A line of the list, exactly as wide as the list unless its fixed columns alone are wider. */
export function rowLine(shown: Shown, look: RowLook): Line {
  if (shown.kind === 'outage') return outageLine(shown.outage, look);
  const widths = columnsOf(look.columns);
  const head = headOf(shown, look, widths);
  const end = endOf(shown.row, widths);
  const seen = shown.kind === 'event' ? folded(shown, look.columns) : [];
  const room = look.columns - widthOfSpans([...head, ...seen, ...end]);
  const text = textOf(shown, room);
  const shownText = marked([text], look.words);
  const gap = span(' '.repeat(Math.max(0, room - widthOf(text.text))));
  return line(...head, ...shownText, gap, ...seen, ...end);
}

function headOf(shown: Exclude<Shown, { kind: 'outage' }>, look: RowLook, at: Columns): Span[] {
  const { row } = shown;
  const { event } = row;
  const outcome = outcomeOf(row);
  const [sign, signLook] = SIGNS[outcome];
  const gap = span(' '.repeat(at.gap));
  const type = typeOf(event.event);
  const isReceipt = shown.kind === 'receipt';
  const arrow = isReceipt || event.direction === null ? ' ' : event.direction === 'in' ? '←' : '→';
  return [
    span(look.isSelected ? '▸ ' : '  ', 'name'),
    span(timeOf(event, look), 'dim'),
    gap,
    span(sign, outcome === 'failed' && isUnhandled(row) ? 'dim' : signLook),
    gap,
    ...(at.direction > 0 ? [span(arrow, 'dim'), gap] : []),
    span(padded(isReceipt ? '' : safeText(type.short, 200), at.type), type.family),
    gap,
    ...(isReceipt ? [span(' '.repeat(at.who))] : whoIn(event, look.names, at.who)),
    gap,
  ];
}

/** `09:01:13`; without seconds in a narrow list, with the date where some rows are of another day. */
function timeOf({ at }: EventEntry, { dated, columns }: RowLook): string {
  const time = localTime(at);
  if (dated) return time.slice(5, -3);
  return columns < 70 ? time.slice(-8, -3) : time.slice(-8);
}

/** The name, and where there is room the number or the group. */
function whoIn(event: EventEntry, names: Names, room: number): Span[] {
  const { name, aside } = whoOf(event, names);
  const shown = cut(safeText(name, 200), room);
  const left = room - widthOf(shown);
  const safe = safeText(aside, 200);
  // A number that is cut tells nothing; the beginning of a group's name does.
  const isShown = safe !== '' && (safe.startsWith('(') ? left > 4 : widthOf(safe) < left);
  const beside = isShown ? ` ${cut(safe, left - 1)}` : '';
  return [span(shown), span(padded(beside, left), 'dim')];
}

function textOf(shown: Exclude<Shown, { kind: 'outage' }>, room: number): Span {
  const { event } = shown.row;
  const isAck = event.event === 'message_ack';
  const text = isAck && event.ack !== null ? ackText(event.ack) : event.text;
  return span(cut(safeText(text), Math.max(0, room)), isAck ? 'dim' : 'plain');
}

const ACKS = ['… pending', '✓ sent', '✓✓ delivered', '✓✓ read', '✓✓ played'];

function ackText(ack: number): string {
  return ack === -1 ? '✗ could not be sent' : (ACKS[ack] ?? 'acknowledged');
}

/** The receipts of a message as one dim sign behind its text. */
function folded({ ack }: ShownRow, columns: number): Span[] {
  if (ack === null) return [];
  const text = ackText(ack);
  const short = columns < 70 ? (text.split(' ')[0] ?? '') : text;
  return [span(` ${short}`, ack === -1 ? 'warning' : 'dim')];
}

function endOf(row: Row, { gap, status, duration, mark, air }: Columns): Span[] {
  const [text, look] = statusOf(row);
  const ms = row.attempts.at(-1)?.durationMs;
  return [
    span(' '.repeat(gap)),
    span(padded(text, status), look),
    ...(duration > 0
      ? [span(` ${(ms === undefined ? '' : durationText(ms)).padStart(duration)}`, 'dim')]
      : []),
    ...(mark > 0 ? [span(' '), span(...markOf(row.event))] : []),
    span(' '.repeat(air)),
  ];
}

/** The status of the only target's answer, or how many of several targets have the event. */
function statusOf(row: Row): [string, Look] {
  const { event, attempts } = row;
  const outcomes = event.targets.map(({ outcome }) => outcome).filter((one) => one !== 'skipped');
  const whole = outcomeOfEvent(outcomes);
  const look = whole === 'delivered' || isUnhandled(row) ? 'dim' : SIGNS[whole][1];
  const last = attempts.at(-1);
  if (outcomes.length > 1 && last !== undefined) {
    const delivered = outcomes.filter((one) => one === 'delivered').length;
    return [`${delivered}/${outcomes.length}`, look];
  }
  if (whole === 'skipped') return ['-', 'dim'];
  if (last === undefined)
    return [whole === 'waiting' ? 'wait' : whole === 'held' ? 'held' : '', look];
  return [last.status === null ? 'none' : String(last.status), look];
}

/** What is unusual about an event, as one sign: the first of these that applies. Help explains them. */
function markOf(event: EventEntry): [string, Look] {
  const { origin, duplicateOf, ackWentBack, issues, repeats, signature } = event;
  if (signature === 'wrongly-signed') return ['≠', 'warning'];
  if (duplicateOf !== null) return ['=', 'dim'];
  if (ackWentBack) return ['↓', 'dim'];
  if (issues.length > 0) return ['!', 'dim'];
  if (origin === 'replay') return ['↻', 'dim'];
  if (origin === 'recovered') return ['+', 'dim'];
  return [repeats === null ? ' ' : '≈', 'dim'];
}

/** A line across the list for a time in which nothing could come in. */
function outageLine({ from, to }: Outage, { columns, dated }: RowLook): Line {
  const time = (iso: string) => (dated ? localTime(iso).slice(5) : localTime(iso).slice(-8));
  const begin =
    to === null
      ? `── nothing can come in since ${time(from)} `
      : `── nothing could come in from ${time(from)} to ${time(to)} `;
  const parts = ['· events of that time may be lost ', '· listen --recover asks the API '];
  const text = parts.reduce((all, part) => {
    return to !== null && widthOf(all + part) + 2 <= columns ? all + part : all;
  }, begin);
  const shown = cut(text, columns);
  const rule = '─'.repeat(Math.max(0, columns - widthOf(shown)));
  return line(span(`${shown}${rule}`, 'warning'));
}

function padded(text: string, columns: number): string {
  const shown = cut(text, columns);
  return shown + ' '.repeat(Math.max(0, columns - widthOf(shown)));
}
