/** State changes behind the keys: moving, opening, closing, searching, and the effects they request. */

import { queryWords } from '../../platform/folded-text.ts';
import { detailLines, hitLines } from './detail-lines.ts';
import { filterItems } from './filter.ts';
import { layoutOf, listLines, panesOf } from './layout.ts';
import type { Line } from './line.ts';
import { inSight, moved, pageOf, queried, toNewest, toOldest, withReceipts } from './list.ts';
import { noticed } from './notices.ts';
import { isPreviewFocused, previewScrolled, withPreview } from './preview.ts';
import { idOf, shownOf } from './shown.ts';
import {
  type DetailMode,
  type Effect,
  isEverything,
  type List,
  type ListMode,
  type Mode,
  type State,
  type Step,
  TABS,
  type Tab,
} from './state.ts';

const LIST: ListMode = { name: 'list' };

/** A state without effects. */
export function noEffect(state: State): Step {
  return { state, effects: [] };
}

/** A state with effects. */
export function withEffects(state: State, ...effects: Effect[]): Step {
  return { state, effects };
}

export function withMode(state: State, mode: Mode): State {
  return { ...state, mode };
}

/** The list or the detail, also when a dialog covers it. */
export function backOf({ mode }: State): ListMode | DetailMode {
  if (mode.name === 'list' || mode.name === 'detail') return mode;
  return 'back' in mode ? mode.back : LIST;
}

/** One step back: closes the dialog, else the detail, else clears search and filter. Clears notices. */
export function back(before: State): Step {
  const state = { ...before, notices: [] };
  const { mode, list } = state;
  if (mode.name === 'detail') {
    return mode.wasFollowing
      ? withList(withMode(state, LIST), toNewest(list))
      : noEffect(withMode(state, LIST));
  }
  if (mode.name !== 'list') return noEffect(withMode(state, backOf(state)));
  if (isPreviewFocused(state)) return noEffect(withPreview(state, { isFocused: false }));
  return isEverything(list.query)
    ? noEffect(state)
    : withList(state, queried(list, { events: [], only: 'all', search: '' }));
}

/** The open detail, also when a dialog covers it; null for none. */
export function detailOf(state: State): DetailMode | null {
  const place = backOf(state);
  return place.name === 'detail' ? place : null;
}

/** Replaces the open detail and leaves a dialog in front of it open. */
export function withDetail(state: State, detail: DetailMode | ListMode): State {
  const { mode } = state;
  if (mode.name === 'detail') return withMode(state, detail);
  return 'back' in mode ? { ...state, mode: { ...mode, back: detail } } : state;
}

/** Id of the event that the keys act on; null for none. */
export function selectedId(state: State): string | null {
  const place = backOf(state);
  if (place.name === 'detail') return place.id;
  return idOf(shownOf(state.list)[state.list.cursor]);
}

/** Sets the list and requests the page that it has begun to load. */
export function withList(state: State, list: List): Step {
  const { loading, generation } = list;
  const isNew = loading !== state.list.loading || generation !== state.list.generation;
  const effects: Effect[] =
    loading !== null && isNew ? [{ type: 'list', page: pageOf(list), generation }] : [];
  return { state: { ...state, list }, effects };
}

/** How far PgUp and PgDn move, in lines; one line of the old page stays visible. */
export function pageHeight(state: State): number {
  const { mode } = state;
  if (mode.name !== 'list') return Math.max(1, layoutOf(state).body - 2);
  const { list, preview } = panesOf(state);
  const { lines } = preview !== null && isPreviewFocused(state) ? preview : list;
  return Math.max(1, lines - 2);
}

export function move(state: State, by: number): Step {
  const { mode, list } = state;
  switch (mode.name) {
    case 'list':
      if (isPreviewFocused(state)) return noEffect(previewScrolled(state, by));
      return withList(state, moved(list, by));
    case 'detail':
      if (mode.detail === null) return noEffect(state);
      return noEffect(withMode(state, { ...mode, cursor: mode.cursor + by }));
    case 'help':
      return noEffect(withMode(state, { ...mode, top: Math.max(0, mode.top + by) }));
    case 'filter':
    case 'subscriptions': {
      const { length } = mode.name === 'filter' ? filterItems(mode) : mode.names;
      const cursor = Math.min(Math.max(0, mode.cursor + by), length - 1);
      return noEffect(withMode(state, { ...mode, cursor }));
    }
    default:
      return noEffect(state);
  }
}

/** Shows or folds the receipts of the selected message, or of all messages. */
export function receipts(how: 'fold' | 'unfold', which: 'one' | 'all'): (state: State) => Step {
  return (state) => noEffect({ ...state, list: withReceipts(state.list, how, which) });
}

/** Moves to the first or the last line. */
export function toEnd(state: State, last: boolean): Step {
  const { mode, list } = state;
  if (mode.name !== 'list' || isPreviewFocused(state)) return move(state, last ? 1e6 : -1e6);
  if (!last) return withList(state, toOldest(list));
  return withList(state, toNewest(list));
}

export function openDetail(state: State): Step {
  const id = selectedId(state);
  if (id === null) return noEffect(state);
  const mode: DetailMode = {
    name: 'detail',
    id,
    tab: 'message',
    detail: null,
    isStale: false,
    isLoading: true,
    wasFollowing: state.list.follow,
    cursor: 0,
    top: 0,
    places: {},
    folded: new Set(),
    find: state.list.query.search,
  };
  return withEffects(withMode({ ...state, list: { ...state.list, follow: false } }, mode), {
    type: 'detail',
    id,
  });
}

export function showTab(state: State, mode: DetailMode, tab: Tab): Step {
  if (mode.tab === tab) return noEffect(state);
  const { cursor, top } = mode;
  const place = mode.places[tab] ?? { cursor: 0, top: 0 };
  const places = { ...mode.places, [mode.tab]: { cursor, top } };
  return noEffect(withMode(state, { ...mode, tab, ...place, places }));
}

export function nextTab(state: State, mode: DetailMode, by: number): Step {
  const index = (TABS.indexOf(mode.tab) + by + TABS.length) % TABS.length;
  return showTab(state, mode, TABS[index] ?? 'message');
}

/** The request and the attempts are side by side from this many columns on. */
const SIDE_BY_SIDE = 140;

/** The tab beside the open one; null where each tab has the whole width. */
export function besideOf({ columns }: State, { tab }: Pick<DetailMode, 'tab'>): Tab | null {
  if (columns < SIDE_BY_SIDE || tab === 'message') return null;
  return tab === 'request' ? 'attempts' : 'request';
}

/** Size of a tab's text, in characters, without the cursor's column and the line of tabs. */
export function detailSize(
  state: State,
  mode: Pick<DetailMode, 'tab'>,
): { width: number; height: number } {
  const { columns } = state;
  const width = besideOf(state, mode) === null ? columns : Math.floor((columns - 1) / 2);
  return { width: Math.max(8, width - 2), height: Math.max(1, layoutOf(state).body - 1) };
}

/** The lines of a tab of the open detail. */
export function linesOf(state: State, mode: DetailMode): readonly Line[] {
  return mode.detail === null ? [] : detailLines(mode.detail, mode, detailSize(state, mode).width);
}

/** Folds the block at the cursor or the one around it, or unfolds the block at the cursor. */
export function fold(state: State, mode: DetailMode, how: 'fold' | 'unfold' | 'toggle'): Step {
  const at = linesOf(state, mode)[mode.cursor];
  const own = at?.block;
  const isFolded = own !== undefined && mode.folded.has(own);
  if (how === 'unfold' || (how === 'toggle' && isFolded)) {
    if (own === undefined || !isFolded) return noEffect(state);
    const folded = new Set([...mode.folded].filter((block) => block !== own));
    return noEffect(withMode(state, { ...mode, folded }));
  }
  const block = own !== undefined && !isFolded ? own : how === 'fold' ? at?.inside : undefined;
  if (block === undefined) return noEffect(state);
  const after: DetailMode = { ...mode, folded: new Set([...mode.folded, block]) };
  const cursor = linesOf(state, after).findIndex((line) => line.block === block);
  return noEffect(withMode(state, { ...after, cursor: Math.max(0, cursor) }));
}

/** The page with the blocks that hide a hit of its search unfolded. */
function withHitsOpen(state: State, mode: DetailMode): DetailMode {
  if (mode.find === '' || mode.folded.size === 0) return mode;
  const all = linesOf(state, { ...mode, folded: new Set() });
  const around = new Map(all.map(({ block, inside }) => [block, inside]));
  const folded = new Set(mode.folded);
  for (const hit of hitLines(all)) {
    for (let block = all[hit]?.inside; block !== undefined; block = around.get(block)) {
      folded.delete(block);
    }
  }
  return folded.size === mode.folded.size ? mode : { ...mode, folded };
}

/** The same line, by its text, where blocks before it were unfolded. */
function atSameLine(state: State, before: DetailMode, after: DetailMode): DetailMode {
  if (before === after) return after;
  const [line, lines] = [linesOf(state, before)[before.cursor], linesOf(state, after)];
  const cursor =
    line?.block === undefined ? -1 : lines.findIndex(({ block }) => block === line.block);
  return cursor === -1 ? after : { ...after, cursor };
}

/** Moves to the next hit in this direction, and wraps around at the end. */
export function toHit(state: State, before: DetailMode, direction: 1 | -1): Step {
  const mode = atSameLine(state, before, withHitsOpen(state, before));
  const hits = hitLines(linesOf(state, mode));
  if (hits.length === 0) return noEffect(state);
  const next =
    direction === 1
      ? (hits.find((hit) => hit > mode.cursor) ?? hits[0])
      : (hits.findLast((hit) => hit < mode.cursor) ?? hits.at(-1));
  return noEffect(withMode(state, { ...mode, cursor: next ?? 0 }));
}

/** Searches all stored events from the list, or the open page from a detail. */
export function search(state: State, text: string, place: ListMode | DetailMode): Step {
  if (text !== '' && queryWords(text).length === 0) {
    return noEffect(noticed(state, 'info', 'search needs a letter, a digit or an emoji'));
  }
  if (place.name === 'detail') {
    const wanted: DetailMode = { ...place, find: text };
    const found = atSameLine(state, wanted, withHitsOpen(state, wanted));
    const at = hitLines(linesOf(state, found));
    const cursor = at.find((hit) => hit >= found.cursor) ?? at[0];
    if (text !== '' && cursor === undefined) {
      return noEffect(noticed(withMode(state, found), 'info', `not on this page: ${text}`));
    }
    return noEffect(withMode(state, { ...found, cursor: cursor ?? found.cursor }));
  }
  const query = { ...state.list.query, search: text };
  return withList(withMode(state, LIST), queried(state.list, query));
}

/** Scrolls so that the selected row or line is on the screen; runs after each change. */
export function settled(state: State): State {
  const { mode } = state;
  const list = inSight(state.list, listLines(state));
  const seen = list === state.list ? state : { ...state, list };
  if (mode.name !== 'detail' || mode.detail === null) return seen;
  const { height } = detailSize(state, mode);
  const count = linesOf(state, mode).length;
  const cursor = Math.min(Math.max(0, mode.cursor), Math.max(0, count - 1));
  const lowest = Math.max(0, cursor - height + 1);
  const highest = Math.min(cursor, Math.max(0, count - height));
  const top = Math.max(lowest, Math.min(mode.top, highest));
  if (cursor === mode.cursor && top === mode.top) return seen;
  return { ...seen, mode: { ...mode, cursor, top } };
}
