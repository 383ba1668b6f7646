/** An event as one line of the list. */

import type { EventEntry } from '../../feed/feed.ts';
import { type Outcome, outcomeOfEvent } from '../../history/outcome.ts';
import { localTime } from '../../platform/local-time.ts';
import { safeText } from '../../platform/safe-text.ts';
import type { Tier } from './layout.ts';
import { cut, type Line, type Look, line, marked, type Span, span, widthOf } from './line.ts';
import { outcomeOf, type Row } from './state.ts';

const SIGNS: Readonly<Record<Outcome, readonly [string, Look]>> = {
  delivered: ['✓', 'good'],
  failed: ['✗', 'bad'],
  waiting: ['…', 'warning'],
  held: ['○', 'warning'],
  skipped: ['·', 'dim'],
};

const NAME_WIDTH: Readonly<Record<Tier, number>> = { wide: 24, medium: 16, narrow: 9 };

export interface RowLook {
  readonly tier: Tier;
  readonly columns: number;
  readonly isSelected: boolean;
  /** Show the date too, since some rows are not of today. */
  readonly dated: boolean;
  /** Words to highlight. */
  readonly words: readonly string[];
}

/** The line of a row, as wide as the terminal unless the row's head alone is wider. */
export function rowLine(row: Row, { tier, columns, isSelected, dated, words }: RowLook): Line {
  const { event } = row;
  const [sign, look] = SIGNS[outcomeOf(row)];
  const nameWidth = NAME_WIDTH[tier];
  const time = localTime(event.at);
  const head: Span[] = [
    span(isSelected ? '▸' : ' ', 'name'),
    span(`${dated ? time.slice(5, -3) : time.slice(-8)} `, 'dim'),
    span(`${sign} `, look),
    span(padded(safeText(event.event, 200), nameWidth), 'name'),
    span(' '),
  ];
  const end = tier === 'narrow' ? [] : ending(row);
  const marks = marksOf(event).map((mark) => span(`${mark} `, 'warning'));
  const used = width([...head, ...marks, ...end]);
  const room = Math.max(0, columns - used);
  const summary = cut(safeText(event.summary), room);
  const gap = span(' '.repeat(Math.max(0, room - widthOf(summary))));
  return line(...head, ...marks, ...marked([{ text: summary, look: 'plain' }], words), gap, ...end);
}

function width(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + widthOf(text), 0);
}

function padded(text: string, columns: number): string {
  const shown = cut(text, columns);
  return shown + ' '.repeat(Math.max(0, columns - widthOf(shown)));
}

function marksOf(event: EventEntry): string[] {
  const { origin, duplicateOf, ackWentBack, issues, repeats, signature } = event;
  return [
    signature === 'wrongly-signed' && 'wrongly signed',
    origin !== 'live' && origin,
    duplicateOf !== null && 'again',
    repeats !== null && 'repeats',
    ackWentBack && 'ack back',
    issues.length > 0 && '!',
  ].filter((mark) => mark !== false);
}

/** The end of the line: how many of several targets have the event, or status and duration at the only one. */
function ending({ event, attempts }: Row): Span[] {
  const outcomes = event.targets.map(({ outcome }) => outcome).filter((one) => one !== 'skipped');
  const last = attempts.at(-1);
  if (last === undefined) return [];
  if (outcomes.length > 1) {
    const delivered = outcomes.filter((one) => one === 'delivered').length;
    return [span(` ${delivered}/${outcomes.length}`, SIGNS[outcomeOfEvent(outcomes)][1])];
  }
  const { status, outcome, durationMs } = last;
  return [
    span(` ${status ?? 'failed'}`, SIGNS[outcome][1]),
    span(` ${Math.round(durationMs)}ms`, 'dim'),
  ];
}
