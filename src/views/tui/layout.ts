/** The layout: how many lines and columns each part of the screen gets, by the size of the terminal. */

import { noticeLines } from './notices.ts';
import { isEverything, type State } from './state.ts';

/** `full` from 140 columns; `wide` from 100, with the targets on a line of their own; `narrow` below 70 columns or 16 lines. */
export type Tier = 'full' | 'wide' | 'medium' | 'narrow';

export interface Layout {
  readonly tier: Tier;
  /** Columns of header, notices and footer. */
  readonly columns: number;
  /** Lines of the header. */
  readonly header: number;
  /** Lines of notices. */
  readonly notices: number;
  /** Lines between header and notices: the list, the detail or a dialog. */
  readonly body: number;
}

/** Height of the frame, one line less than the terminal: Ink clears the scrollback for a full one. */
export function frameLines({ lines }: Pick<State, 'lines'>): number {
  return Math.max(1, lines - 1);
}

/** Lines for rows of the list, less the line below them. */
export function listLines(state: State): number {
  const { lines } = panesOf(state).list;
  return lines > 1 && tailOf(state) !== null ? lines - 1 : lines;
}

/** What the line below the rows tells: newer events than those rows, or the end of the scenario. */
export function tailOf({ list, simulation }: State): 'newer' | 'over' | null {
  if (list.rows.length === 0) return null;
  if (!list.atNewest || list.unseen > 0) return 'newer';
  return simulation !== null && simulation.over !== null && isEverything(list.query)
    ? 'over'
    : null;
}

/** The layout of the screen; its last line is the footer. */
export function layoutOf(state: Pick<State, 'columns' | 'lines' | 'notices'>): Layout {
  const { columns, lines } = state;
  const tier = tierOf(columns, lines);
  const frame = frameLines(state);
  const header = Math.min(lines < 8 ? 1 : tier === 'wide' ? 3 : 2, frame);
  const left = Math.max(0, frame - header - 1);
  const most = Math.min(tier === 'narrow' ? 2 : 4, Math.floor(left / 3));
  const notices = noticeLines(state, most).length;
  return { tier, columns, header, notices, body: Math.max(0, left - notices) };
}

function tierOf(columns: number, lines: number): Tier {
  if (columns < 70 || lines < 16) return 'narrow';
  if (columns < 100) return 'medium';
  return columns < 140 ? 'wide' : 'full';
}

/** A rectangle of the screen, in characters. */
export interface Size {
  readonly columns: number;
  readonly lines: number;
}

/** The list, and the preview beside it or below it; a rule of one column or line is between them. */
export interface Panes {
  readonly list: Size;
  readonly preview: (Size & { readonly isBeside: boolean }) | null;
}

/** A preview is beside the list from this many columns on. */
const BESIDE = 140;
/** It is below the list from 110 columns and 28 lines on, and in terminals that are narrower and tall. */
const BELOW: readonly Size[] = [
  { columns: 110, lines: 28 },
  { columns: 80, lines: 40 },
];

/** The panes of the list. */
export function panesOf(state: Pick<State, 'columns' | 'lines' | 'notices' | 'preview'>): Panes {
  const { columns, lines, preview } = state;
  const { body, tier } = layoutOf(state);
  if (preview.isShown && columns >= BESIDE && tier !== 'narrow') {
    const beside = Math.floor(columns * 0.44);
    const left = columns - beside - 1;
    return {
      list: { columns: left, lines: body },
      preview: { columns: beside, lines: body, isBeside: true },
    };
  }
  const isTall = BELOW.some((least) => columns >= least.columns && lines >= least.lines);
  if (!preview.isShown || !isTall) return { list: { columns, lines: body }, preview: null };
  const below = Math.floor(body / 3);
  return {
    list: { columns, lines: body - below - 1 },
    preview: { columns, lines: below, isBeside: false },
  };
}
