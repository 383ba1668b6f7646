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
  const { body } = layoutOf(state);
  return body > 1 && isBehind(state.list) ? body - 1 : body;
}

/** Whether there are newer events than the rows of the list. */
export function isBehind({ atNewest, unseen, rows }: State['list']): boolean {
  return rows.length > 0 && (!atNewest || unseen > 0);
}

/** The layout of the screen; its last line is the footer. */
export function layoutOf(state: Pick<State, 'columns' | 'lines' | 'notices'>): Layout {
  const { columns, lines } = state;
  const tier = columns < 60 || lines < 16 ? 'narrow' : columns < 100 ? 'medium' : 'wide';
  const frame = frameLines(state);
  const header = Math.min(frame, tier === 'narrow' ? 2 : 4);
  const left = Math.max(0, frame - header - 1);
  const most = Math.min(tier === 'narrow' ? 2 : 4, Math.floor(left / 3));
  const notices = noticeLines(state, most).length;
  return { tier, header, notices, body: Math.max(0, left - notices) };
}
