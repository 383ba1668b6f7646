/** The layout: how many lines each part of the screen gets, by the size of the terminal. */

import { noticeLines } from './notices.ts';
import type { State } from './state.ts';

/** `wide` from 100 columns; `narrow`, with less of everything, below 60 columns or 16 lines. */
export type Tier = 'wide' | 'medium' | 'narrow';

export interface Layout {
  readonly tier: Tier;
  /** Lines of the header. */
  readonly header: number;
  /** Lines of notices. */
  readonly notices: number;
  /** Lines of the list, the detail or a dialog. */
  readonly body: number;
}

/** Height of the frame, one line less than the terminal: Ink clears the scrollback for a full one. */
export function frameLines({ lines }: Pick<State, 'lines'>): number {
  return Math.max(1, lines - 1);
}

/** Lines for rows of the list, less the line that announces newer events. */
export function listLines(state: State): number {
  const { lines } = panesOf(state).list;
  return lines > 1 && isBehind(state.list) ? lines - 1 : lines;
}

/** Whether there are newer events than the rows of the list. */
export function isBehind({ atNewest, unseen, rows }: State['list']): boolean {
  return rows.length > 0 && (!atNewest || unseen > 0);
}

/** The layout of the screen; its last line is the footer. */
export function layoutOf(state: Pick<State, 'columns' | 'lines' | 'notices'>): Layout {
  const { columns, lines } = state;
  const tier = tierOf(columns, lines);
  const frame = frameLines(state);
  const header = Math.min(frame, tier === 'narrow' ? 2 : 4);
  const left = Math.max(0, frame - header - 1);
  const most = Math.min(tier === 'narrow' ? 2 : 4, Math.floor(left / 3));
  const notices = noticeLines(state, most).length;
  return { tier, header, notices, body: Math.max(0, left - notices) };
}

/** The tier of a screen, or of a pane of it, with this many columns and lines. */
function tierOf(columns: number, lines: number): Tier {
  return columns < 60 || lines < 16 ? 'narrow' : columns < 100 ? 'medium' : 'wide';
}

/** A rectangle of the screen, in characters. */
export interface Size {
  readonly columns: number;
  readonly lines: number;
}

/** The list, and the preview beside it or below it; a rule of one column or line is between them. */
export interface Panes {
  readonly list: Size & { readonly tier: Tier };
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
      list: { columns: left, lines: body, tier: tierOf(left, lines) },
      preview: { columns: beside, lines: body, isBeside: true },
    };
  }
  const isTall = BELOW.some((least) => columns >= least.columns && lines >= least.lines);
  if (!preview.isShown || !isTall) return { list: { columns, lines: body, tier }, preview: null };
  const below = Math.floor(body / 3);
  return {
    list: { columns, lines: body - below - 1, tier },
    preview: { columns, lines: below, isBeside: false },
  };
}
