/** Notices: messages on the screen that disappear after a while. */

import { safeText } from '../../platform/safe-text.ts';
import { broken, type Line, line, span } from './line.ts';
import type { Notice, State, Tone } from './state.ts';

/** How long a notice stays, in ms. */
const AGE: Readonly<Record<Tone, number>> = {
  info: 6000,
  good: 8000,
  warning: 10_000,
  bad: 20_000,
};
/** Most notices at once; older ones are dropped. */
const MOST = 4;

/**
 * Adds a notice, made safe, in place of those that told what went well, and of those about the same
 * thing. The same text again only counts up.
 */
export function noticed(state: State, tone: Tone, message: string, about = ''): State {
  const text = safeText(message, 500);
  const same = state.notices.find((notice) => notice.text === text);
  const notice: Notice = { at: state.now, tone, text, about, times: (same?.times ?? 0) + 1 };
  // A warning stays until it is read, or what it is about has changed.
  const others = state.notices.filter(
    (other) => other !== same && isFault(other) && (about === '' || other.about !== about),
  );
  return { ...state, notices: [...others, notice].slice(-MOST) };
}

function isFault({ tone }: Notice): boolean {
  return tone === 'warning' || tone === 'bad';
}

/** Drops the notices that are too old. */
export function aged(state: State): State {
  const left = state.notices.filter(({ at, tone }) => state.now - at < AGE[tone]);
  return left.length === state.notices.length ? state : { ...state, notices: left };
}

const SIGNS: Readonly<Record<Tone, string>> = { info: '·', good: '✓', warning: '!', bad: '✗' };

/** The newest notices in at most `most` lines, newest last; one that does not fit is cut. */
export function noticeLines(
  { notices, columns }: Pick<State, 'notices' | 'columns'>,
  most: number,
): Line[] {
  let lines: Line[] = [];
  for (const { tone, text, times } of notices.toReversed()) {
    const often = times > 1 ? ` (${times} times)` : '';
    const whole = broken(line(span(`${SIGNS[tone]} ${text}${often}`, tone)), columns);
    lines = [...whole.slice(0, most - lines.length), ...lines];
  }
  return lines;
}
