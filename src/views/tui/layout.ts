/** How the lines of the terminal are shared out, by its size. */

import { noticeLines } from './notices.ts';
import type { State } from './state.ts';

/** `wide` from 100 columns, `narrow` below 60 or in few lines: then there is less of everything. */
export type Tier = 'wide' | 'medium' | 'narrow';

export interface Layout {
  readonly tier: Tier;
  /** Lines of the header. */
  readonly header: number;
  /** Lines of notices. */
  readonly notices: number;
  /** Lines of what stands in the middle. */
  readonly body: number;
}

/** The frame is one line lower than the terminal: Ink would clear the scrollback for one that fills it. */
export function frameLines({ lines }: Pick<State, 'lines'>): number {
  return Math.max(1, lines - 1);
}

/** Lines of the list: where newer events are not among its rows, its last line tells of them. */
export function listLines(state: State): number {
  const { body } = layoutOf(state);
  return body > 1 && isBehind(state.list) ? body - 1 : body;
}

/** Whether there are newer events than the list has. */
export function isBehind({ atNewest, unseen, rows }: State['list']): boolean {
  return rows.length > 0 && (!atNewest || unseen > 0);
}

/** The last line is the footer's. */
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
