/** Pieces of a line that are shortened, the least important first, until the line fits. */

import { cutSpans, type Line, line, type Span, span, widthOfSpans } from './line.ts';

/** A part of a line in ever shorter forms; the last may be empty. */
export interface Piece {
  readonly forms: readonly (readonly Span[])[];
  /** What each next form costs: the cheapest step of all pieces is taken first. */
  readonly costs: readonly number[];
  /** The piece tells of something that is wrong. */
  readonly isWrong: boolean;
}

/** A piece with its forms, longest first, and the costs between them. */
export function piece(costs: readonly number[], ...forms: readonly (readonly Span[])[]): Piece {
  return { forms, costs, isWrong: false };
}

/** A piece about what is wrong: it is shortened, and never left out. */
export function wrong(...forms: readonly (readonly Span[])[]): Piece {
  return { forms, costs: forms.slice(1).map(() => 30), isWrong: true };
}

/** A piece without any form. */
export const NOTHING: Piece = piece([], []);

/** Two columns between pieces, and one of air at both edges; a left and a right part, shortened until they fit. */
export function fitted(left: readonly Piece[], right: readonly Piece[], columns: number): Line {
  const all = [...left, ...right];
  const levels = all.map(() => 0);
  const formAt = (i: number) => all[i]?.forms[levels[i] ?? 0] ?? [];
  const total = () => {
    const widths = all.map((_, i) => widthOfSpans(formAt(i))).filter((wide) => wide > 0);
    return widths.reduce((sum, wide) => sum + wide + 2, 0);
  };
  while (total() > columns) {
    const next = all
      .map(({ costs }, i) => ({ i, cost: costs[levels[i] ?? 0] ?? Number.POSITIVE_INFINITY }))
      .filter(({ cost }) => Number.isFinite(cost))
      .toSorted((one, other) => one.cost - other.cost || other.i - one.i)[0];
    if (next === undefined) break;
    levels[next.i] = (levels[next.i] ?? 0) + 1;
  }
  const spansIn = (from: number, to: number) =>
    all.slice(from, to).flatMap((_, i) => {
      const form = formAt(from + i);
      return form.length === 0 ? [] : [span('  '), ...form];
    });
  const before = spansIn(0, left.length).slice(1);
  const after = spansIn(left.length, all.length);
  const used = widthOfSpans(before) + widthOfSpans(after) + 2;
  const gap = span(' '.repeat(Math.max(0, columns - used)));
  return line(...cutSpans([span(' '), ...before, gap, ...after], columns));
}
