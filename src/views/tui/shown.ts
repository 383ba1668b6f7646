/** What the list shows of its rows: receipts folded under their message, outages at their place in time. */

import { isUnhandled, outcomeOf } from './row-outcome.ts';
import { isLocal, type List, type Outage, type Row } from './state.ts';

/** An event with a line of its own. */
export interface ShownRow {
  readonly kind: 'event';
  readonly row: Row;
  /** Receipts of this message, folded under it or shown below it. */
  readonly receipts: readonly Row[];
  /** The highest acknowledgement of the message, -1 for an error; null without a receipt. */
  readonly ack: number | null;
  readonly isUnfolded: boolean;
}

/** A line of the list. */
export type Shown =
  | ShownRow
  | { readonly kind: 'receipt'; readonly row: Row; readonly of: string }
  | { readonly kind: 'outage'; readonly outage: Outage };

interface Known {
  readonly list: Pick<List, 'query' | 'outages' | 'unfolded' | 'isUnfolded'>;
  readonly shown: readonly Shown[];
}

/** The lines of a list's rows: keys and frames ask for the same ones repeatedly. */
const known = new WeakMap<List['rows'], Known>();

/** The lines of a list, top to bottom. */
export function shownOf(list: List): readonly Shown[] {
  const { rows, query, outages, unfolded, isUnfolded } = list;
  const last = known.get(rows);
  if (
    last?.list.query === query &&
    last.list.outages === outages &&
    last.list.unfolded === unfolded &&
    last.list.isUnfolded === isUnfolded
  ) {
    return last.shown;
  }
  const shown = withOutages(folded(list), list);
  known.set(rows, { list: { query, outages, unfolded, isUnfolded }, shown });
  return shown;
}

/** The id of a line's event; null for an outage. */
export function idOf(shown: Shown | undefined): string | null {
  return shown === undefined || shown.kind === 'outage' ? null : shown.row.event.id;
}

/** The line that shows an event, or the message it is folded under; -1 for none. */
export function placeOf(shown: readonly Shown[], id: string | null): number {
  const own = shown.findIndex((one) => idOf(one) === id);
  if (own !== -1 || id === null) return own;
  return shown.findIndex(
    (one) => one.kind === 'event' && one.receipts.some(({ event }) => event.id === id),
  );
}

/** The line nearest to `at` that is an event, first in this direction; `at` where there is none. */
export function nearestEvent(shown: readonly Shown[], at: number, direction: 1 | -1 = -1): number {
  for (const by of [direction, -direction]) {
    for (let i = at; i >= 0 && i < shown.length; i += by) {
      if (shown[i]?.kind !== 'outage') return i;
    }
  }
  return at;
}

/** The events that receipts fold under. */
const MESSAGES = new Set(['message_create', 'message', 'media_uploaded']);

function folded(list: List): Shown[] {
  const { rows } = list;
  // What a search or `failed` found is shown as it is.
  if (!isLocal(list.query)) return rows.map(alone);
  const acked = new Set<string>();
  for (const { event } of rows) {
    if (event.event === 'message_ack' && event.messageId !== null) acked.add(event.messageId);
  }
  if (acked.size === 0) return rows.map(alone);
  const hosts = new Map<string, Row>();
  for (const row of rows) {
    const { event, messageId } = row.event;
    if (messageId === null || !acked.has(messageId) || !MESSAGES.has(event)) continue;
    if (!hosts.has(messageId)) hosts.set(messageId, row);
  }
  if (hosts.size === 0) return rows.map(alone);
  const receipts = new Map<Row, Row[]>();
  const own: Row[] = [];
  for (const row of rows) {
    const host = isReceipt(row) ? hosts.get(row.event.messageId ?? '') : undefined;
    if (host === undefined) own.push(row);
    else {
      const some = receipts.get(host);
      if (some === undefined) receipts.set(host, [row]);
      else some.push(row);
    }
  }
  const shown: Shown[] = [];
  for (const row of own) {
    const all = receipts.get(row);
    if (all === undefined) {
      shown.push(alone(row));
      continue;
    }
    const { id } = row.event;
    const isUnfolded = list.isUnfolded || list.unfolded.has(id);
    const some = all.slice(-MOST_RECEIPTS);
    shown.push({ ...alone(row), receipts: some, ack: highest(all), isUnfolded });
    if (!isUnfolded) continue;
    for (const receipt of some) shown.push({ kind: 'receipt', row: receipt, of: id });
  }
  return shown;
}

/** Most receipts shown under one message; a group's members may send thousands. */
const MOST_RECEIPTS = 100;

function alone(row: Row): ShownRow {
  return { kind: 'event', row, receipts: [], ack: null, isUnfolded: false };
}

/** A receipt that went well. One that failed at the app keeps its own row. */
function isReceipt(row: Row): boolean {
  if (row.event.event !== 'message_ack') return false;
  return outcomeOf(row) !== 'failed' || isUnhandled(row);
}

function highest(receipts: readonly Row[]): number {
  const acks = receipts.map(({ event }) => event.ack ?? 0);
  return acks.includes(-1) ? -1 : Math.max(...acks);
}

/** Puts each outage in front of the first event after it began. */
function withOutages(rows: readonly Shown[], { query, outages }: List): readonly Shown[] {
  if (outages.length === 0 || !isLocal(query) || query.events.length > 0) return rows;
  const shown: Shown[] = [];
  let next = 0;
  const until = (at: string | null) => {
    for (; next < outages.length; next++) {
      const outage = outages[next];
      if (outage === undefined || (at !== null && outage.from > at)) return;
      shown.push({ kind: 'outage', outage });
    }
  };
  for (const one of rows) {
    // A receipt below its message is out of order in time.
    if (one.kind === 'event') until(one.row.event.at);
    shown.push(one);
  }
  until(null);
  return shown;
}
