/** The list as a sliding window over history: what comes in, pages that were asked for, and moving about in it. */

import type { AttemptEntry, EventEntry } from '../../feed/feed.ts';
import type { Page, PageOf, Query } from './actions.ts';
import { emptyList, type List, MOST_ROWS, PAGE_ROWS, type Row } from './state.ts';

/** Whether an entry alone tells that the query means it: not what failed, waits, or has words in its body. */
export function isLocal({ only, search }: Query): boolean {
  return only === 'all' && search === '';
}

/** The rows of a list that can be seen at once are `height`: keeps the selected one among them. */
export function inSight(list: List, height: number): List {
  const last = Math.max(0, list.rows.length - 1);
  const cursor = list.follow ? last : Math.min(Math.max(0, list.cursor), last);
  const lowest = Math.max(0, cursor - Math.max(1, height) + 1);
  const highest = Math.min(cursor, Math.max(0, list.rows.length - height));
  const top = Math.max(lowest, Math.min(list.top, highest));
  return cursor === list.cursor && top === list.top ? list : { ...list, cursor, top };
}

/** Events that just came in, oldest first. `waits`: whether a target is to get it. */
export function arrived(
  list: List,
  events: readonly EventEntry[],
  waits: (event: EventEntry) => boolean,
): List {
  const { query } = list;
  const meant = events.filter(
    ({ event }) => query.events.length === 0 || query.events.includes(event),
  );
  if (meant.length === 0) return list;
  if (!isLocal(query) || !list.atNewest) return { ...list, unseen: list.unseen + meant.length };
  const there = new Set(list.rows.map(({ event }) => event.id));
  // History may have told of them already, in a page that was cut before some.
  const newest = list.rows.at(-1)?.event.at ?? '';
  const fresh = meant.filter(
    ({ id, at, origin }) => !there.has(id) && (origin !== 'live' || at >= newest),
  );
  const rows = [
    ...list.rows,
    ...fresh.map((event) => ({ event, attempts: [], waits: waits(event) })),
  ];
  if (rows.length <= MOST_ROWS) return { ...list, rows };
  // Who reads older ones is not to lose them under his eyes.
  if (list.follow) return dropOldest({ ...list, rows });
  return {
    ...list,
    rows: rows.slice(0, MOST_ROWS),
    atNewest: false,
    unseen: rows.length - MOST_ROWS,
  };
}

/** Attempts that just ended: each takes the place of the one before it on its target. */
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
    return some === undefined ? row : some.reduce(withAttempt, row);
  });
  return { ...list, rows };
}

function withAttempt(row: Row, attempt: AttemptEntry): Row {
  const others = row.attempts.filter(({ target }) => target !== attempt.target);
  return { ...row, attempts: [...others, attempt], waits: false };
}

/** Another query, or the same anew: its newest page is to be asked for. */
export function queried(list: List, query: Query): List {
  return { ...emptyList(query, list.generation + 1), loading: 'newest' };
}

/** The newest page once more, with what is there left on the screen until it comes. */
export function renewed(list: List): List {
  return { ...list, generation: list.generation + 1, loading: 'newest', unseen: 0 };
}

/** What was asked for did not come. */
export function notLoaded(list: List): List {
  // Then it is as before: what came in is to be asked for again.
  const unseen = list.loading === 'newest' ? Math.max(1, list.unseen) : list.unseen;
  return { ...list, loading: null, unseen };
}

/** What is to be asked for, for the list to be loaded as it says. */
export function pageOf({ query, rows, loading }: List): PageOf {
  const page = { ...query, limit: PAGE_ROWS };
  const [first, last] = [rows[0]?.event.id, rows.at(-1)?.event.id];
  if (loading === 'older' && first !== undefined) return { ...page, before: first };
  if (loading === 'newer' && last !== undefined) return { ...page, after: last };
  return page;
}

/** A page that was asked for came. */
export function loaded(list: List, page: Page): List {
  const done = { ...list, loading: null };
  if (list.loading === 'newest') {
    const rows = page.rows.slice(-MOST_ROWS);
    const newest = { ...done, rows, atNewest: true, atOldest: !page.isMore };
    if (list.follow || list.rows.length === 0) return newest;
    // Somebody has begun to read meanwhile: what he is at stays under his eyes.
    const selected = list.rows[list.cursor]?.event.id;
    const cursor = rows.findIndex(({ event }) => event.id === selected);
    if (cursor === -1) return notLoaded(list);
    return { ...newest, cursor, top: list.top + cursor - list.cursor };
  }
  const there = new Set(list.rows.map(({ event }) => event.id));
  const fresh = page.rows.filter(({ event }) => !there.has(event.id));
  if (list.loading === 'older') {
    // Asked for by an empty list, it may tell of what came in meanwhile: the feed brings that.
    const first = list.rows[0]?.event.at;
    const older = fresh.filter(({ event }) => first === undefined || event.at <= first);
    const rows = [...older, ...list.rows];
    const moved = {
      ...done,
      cursor: list.cursor + older.length,
      top: list.top + older.length,
      atOldest: !page.isMore,
    };
    if (rows.length <= MOST_ROWS) return { ...moved, rows };
    return { ...moved, rows: rows.slice(0, MOST_ROWS), follow: false, atNewest: false };
  }
  const unseen = page.isMore ? Math.max(0, list.unseen - fresh.length) : 0;
  const rows = [...list.rows, ...fresh];
  return dropOldest({ ...done, rows, atNewest: !page.isMore, unseen });
}

function dropOldest(list: List): List {
  const over = list.rows.length - MOST_ROWS;
  if (over <= 0) return list;
  return {
    ...list,
    rows: list.rows.slice(over),
    cursor: Math.max(0, list.cursor - over),
    top: Math.max(0, list.top - over),
    atOldest: false,
  };
}

/** Moves the selection by so many rows; at an end, what lies beyond it is asked for. */
export function moved(list: List, by: number): List {
  const last = Math.max(0, list.rows.length - 1);
  const wanted = list.cursor + by;
  const cursor = Math.min(Math.max(0, wanted), last);
  if (wanted < 0 && !list.atOldest && list.loading === null) {
    return { ...list, cursor, follow: false, loading: 'older' };
  }
  if (wanted > last && !list.atNewest && list.loading === null) {
    return { ...list, cursor, follow: false, loading: 'newer' };
  }
  // Down from the newest: on with it again.
  const follow = list.atNewest && (wanted > last || (list.follow && cursor === last));
  return follow ? following({ ...list, cursor }) : { ...list, cursor, follow };
}

/** To the newest, and on with it. */
export function toNewest(list: List): List {
  const isWhole = list.atNewest && (isLocal(list.query) || list.unseen === 0);
  return isWhole ? following(list) : renewed({ ...list, follow: true });
}

/** On with the newest: older ones that are under way are not wanted any more, since there may be no place for them. */
function following(list: List): List {
  if (list.loading !== 'older') return { ...list, follow: true };
  return { ...list, follow: true, loading: null, generation: list.generation + 1 };
}

/** To the first of those in memory; what is older is asked for. */
export function toOldest(list: List): List {
  return moved({ ...list, cursor: 0 }, -1);
}
