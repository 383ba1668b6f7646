/** The list as a sliding window over history: new events, loaded pages, and the selection. */

import type { AttemptEntry, EventEntry } from '../../feed/feed.ts';
import type { Page, PageOf, Query } from '../../feed/pages.ts';
import { withAttempt } from '../../history/outcome.ts';
import { idOf, nearestEvent, placeOf, shownOf } from './shown.ts';
import {
  emptyList,
  isLocal,
  type List,
  MOST_ROWS,
  type Outage,
  PAGE_ROWS,
  type Row,
} from './state.ts';

/** Scrolls so that the selected line is among the `height` lines on the screen. */
export function inSight(list: List, height: number): List {
  const shown = shownOf(list);
  const last = Math.max(0, shown.length - 1);
  const wanted = list.follow ? last : Math.min(Math.max(0, list.cursor), last);
  const cursor = nearestEvent(shown, wanted);
  const lowest = Math.max(0, (list.follow ? last : cursor) - Math.max(1, height) + 1);
  const highest = Math.min(cursor, Math.max(0, shown.length - height));
  const top = Math.max(lowest, Math.min(list.top, highest));
  return cursor === list.cursor && top === list.top ? list : { ...list, cursor, top };
}

/** A list with other rows or folds: the same event stays selected, at the same place on the screen. */
function changed(list: List, parts: Partial<List>): List {
  const after = { ...list, ...parts };
  // Following, the newest event will be selected.
  if (after.follow) return after;
  const before = shownOf(list);
  if (before.length === 0) return after;
  const cursor = placeOf(shownOf(after), idOf(before[list.cursor]));
  return cursor === -1 ? after : { ...after, cursor, top: list.top + cursor - list.cursor };
}

/** Shows or folds the receipts of the selected message, or of all messages. */
export function withReceipts(list: List, how: 'fold' | 'unfold', which: 'one' | 'all'): List {
  if (which === 'all') {
    return changed(list, { isUnfolded: how === 'unfold', unfolded: new Set() });
  }
  const one = shownOf(list)[list.cursor];
  const id = one?.kind === 'receipt' ? one.of : idOf(one);
  if (id === null || list.isUnfolded) return list;
  const others = [...list.unfolded].filter((other) => other !== id);
  const unfolded = new Set(how === 'unfold' ? [...others, id] : others);
  return changed({ ...list, follow: false }, { unfolded });
}

/** Most outages in memory. */
const MOST_OUTAGES = 50;

/** Adds an outage, or its end. */
export function withOutage(list: List, outage: Outage): List {
  const others = list.outages.filter(({ to }) => to !== null);
  return changed(list, { outages: [...others, outage].slice(-MOST_OUTAGES) });
}

/** Adds new events, oldest first. */
export function arrived(list: List, events: readonly EventEntry[]): List {
  const { query } = list;
  const matching = events.filter(
    ({ event }) => query.events.length === 0 || query.events.includes(event),
  );
  if (matching.length === 0) return list;
  if (!isLocal(query) || !list.atNewest) return { ...list, unseen: list.unseen + matching.length };
  const present = new Set(list.rows.map(({ event }) => event.id));
  // A page from history may have contained them, or newer ones, already.
  const newest = list.rows.at(-1)?.event.at ?? '';
  const fresh = matching.filter(
    ({ id, at, origin }) => !present.has(id) && (origin !== 'live' || at >= newest),
  );
  const rows = [...list.rows, ...fresh.map((event) => ({ event, attempts: [] }))];
  if (rows.length <= MOST_ROWS) return changed(list, { rows });
  // Keep the rows on screen while the user scrolls through older ones.
  if (list.follow) return newestOf(list, rows, {});
  return changed(list, {
    rows: rows.slice(0, MOST_ROWS),
    atNewest: false,
    unseen: rows.length - MOST_ROWS,
  });
}

/** Adds finished attempts: each replaces the earlier attempt at the same target. */
export function attempted(list: List, attempts: readonly AttemptEntry[]): List {
  if (attempts.length === 0 || list.rows.length === 0) return list;
  const byEvent = new Map<string, AttemptEntry[]>();
  for (const attempt of attempts) {
    const some = byEvent.get(attempt.eventId);
    if (some === undefined) byEvent.set(attempt.eventId, [attempt]);
    else some.push(attempt);
  }
  const rows = list.rows.map((row) => {
    const some = byEvent.get(row.event.id);
    return some === undefined ? row : some.reduce(afterAttempt, row);
  });
  return changed(list, { rows });
}

function afterAttempt({ event, attempts }: Row, attempt: AttemptEntry): Row {
  const others = attempts.filter(({ target }) => target !== attempt.target);
  const targets = withAttempt(event.targets, attempt);
  return { event: { ...event, targets }, attempts: [...others, attempt] };
}

/** The empty list of a query, loading its newest page. */
export function queried(list: List, query: Query): List {
  const { outages, unfolded, isUnfolded } = list;
  const empty = emptyList(query, list.generation + 1);
  return { ...empty, outages, unfolded, isUnfolded, loading: 'newest' };
}

/** Reloads the newest page; the rows stay on screen until it arrives. */
export function renewed(list: List): List {
  return { ...list, generation: list.generation + 1, loading: 'newest', unseen: 0 };
}

/** Ends loading without a page. */
export function notLoaded(list: List): List {
  // The list is as outdated as before, so the next tick reloads it.
  const unseen = list.loading === 'newest' ? Math.max(1, list.unseen) : list.unseen;
  return { ...list, loading: null, unseen };
}

/** The page request that `loading` stands for. */
export function pageOf({ query, rows, loading }: List): PageOf {
  const page = { ...query, limit: PAGE_ROWS };
  const [first, last] = [rows[0]?.event.id, rows.at(-1)?.event.id];
  if (loading === 'older' && first !== undefined) return { ...page, before: first };
  if (loading === 'newer' && last !== undefined) return { ...page, after: last };
  return page;
}

/** Adds a loaded page in the direction of `loading`. */
export function loaded(list: List, page: Page): List {
  const done = { loading: null };
  if (list.loading === 'newest') {
    const rows = page.rows.slice(-MOST_ROWS);
    const newest = { ...done, rows, atNewest: true, atOldest: !page.isMore };
    if (list.follow || list.rows.length === 0) return { ...list, ...newest };
    // The user moved while the page was loading: keep the selected row in place.
    const selected = idOf(shownOf(list)[list.cursor]);
    const isThere = placeOf(shownOf({ ...list, ...newest }), selected) !== -1;
    return isThere ? changed(list, newest) : notLoaded(list);
  }
  const present = new Set(list.rows.map(({ event }) => event.id));
  const fresh = page.rows.filter(({ event }) => !present.has(event.id));
  if (list.loading === 'older') {
    // A page for an empty list may contain newer events, which the feed adds.
    const first = list.rows[0]?.event.at;
    const older = fresh.filter(({ event }) => first === undefined || event.at <= first);
    const rows = [...older, ...list.rows];
    const loadedOlder = { ...done, atOldest: !page.isMore };
    // An empty list has no selection to keep: the newest of the page is selected.
    const from = list.rows.length === 0 ? { ...list, cursor: rows.length } : list;
    if (rows.length <= MOST_ROWS) return changed(from, { ...loadedOlder, rows });
    const kept = { rows: rows.slice(0, MOST_ROWS), follow: false, atNewest: false };
    return changed(from, { ...loadedOlder, ...kept });
  }
  const unseen = page.isMore ? Math.max(0, list.unseen - fresh.length) : 0;
  return newestOf(list, [...list.rows, ...fresh], { ...done, atNewest: !page.isMore, unseen });
}

/** A list with the newest of these rows. */
function newestOf(list: List, rows: readonly Row[], parts: Partial<List>): List {
  const over = rows.length - MOST_ROWS;
  if (over <= 0) return changed(list, { ...parts, rows });
  return changed(list, { ...parts, rows: rows.slice(over), atOldest: false });
}

/** Moves the selection by `by` lines; beyond an end, loads the next page. */
export function moved(list: List, by: number): List {
  const shown = shownOf(list);
  const last = Math.max(0, nearestEvent(shown, shown.length - 1));
  const wanted = list.cursor + by;
  const cursor = nearestEvent(shown, Math.min(Math.max(0, wanted), last), by < 0 ? -1 : 1);
  if (wanted < 0 && !list.atOldest && list.loading === null) {
    return { ...list, cursor, follow: false, loading: 'older' };
  }
  if (wanted > last && !list.atNewest && list.loading === null) {
    return { ...list, cursor, follow: false, loading: 'newer' };
  }
  // Moving down from the newest row follows new events again.
  const follow = list.atNewest && (wanted > last || (list.follow && cursor === last));
  return follow ? following({ ...list, cursor }) : { ...list, cursor, follow };
}

/** Selects the newest row and follows new events. */
export function toNewest(list: List): List {
  const isWhole = list.atNewest && (isLocal(list.query) || list.unseen === 0);
  return isWhole ? following(list) : renewed({ ...list, follow: true });
}

/** Follows new events. Cancels loading of older rows, since they may not fit. */
function following(list: List): List {
  if (list.loading !== 'older') return { ...list, follow: true };
  return { ...list, follow: true, loading: null, generation: list.generation + 1 };
}

/** Selects the first row in memory and loads older ones. */
export function toOldest(list: List): List {
  return moved({ ...list, cursor: 0 }, -1);
}
