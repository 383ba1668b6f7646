/** The search index: filled behind what is received, in slices, up to a watermark that is kept with it. */

import { searchText } from '../eazewa/summary.ts';
import type { Row } from './driver.ts';
import { inTransaction, type Statements } from './statements.ts';
import { wordsOf } from './words.ts';

/** A slice ends after so many events, or bytes of bodies: it must not hold up the receiver. */
const SLICE_EVENTS = 100;
const SLICE_BYTES = 2 * 1024 * 1024;

/** How far upkeep has come: `indexed` is the watermark, `bytes` the sum of the bodies up to it. */
export interface Upkeep {
  readonly indexed: number;
  readonly bytes: number;
}

/** Reads the watermark. */
export function readUpkeep(sql: Statements): Upkeep {
  const row = sql('SELECT indexed, bytes FROM upkeep').get();
  return { indexed: Number(row?.indexed ?? 0), bytes: Number(row?.bytes ?? 0) };
}

/** Indexes the next slice; true when more is left. */
export function indexSlice(sql: Statements): boolean {
  const { indexed } = readUpkeep(sql);
  if (sql(NEXT).get(indexed) === undefined) return false;
  return inTransaction(sql, () => {
    // Asked again: another process may have indexed meanwhile.
    let { indexed: seq, bytes } = readUpkeep(sql);
    let count = 0;
    let slice = 0;
    while (count < SLICE_EVENTS && slice < SLICE_BYTES) {
      const row = sql(NEXT).get(seq);
      if (row === undefined) break;
      seq = Number(row.seq);
      slice += row.body instanceof Uint8Array ? row.body.length : 0;
      count++;
      const words = wordsOfRow(row);
      if (words.length > 0) {
        sql('INSERT INTO search (rowid, words) VALUES (?, ?)').run(seq, words.join(' '));
      }
    }
    bytes += slice;
    sql('UPDATE upkeep SET indexed = ?, bytes = ?').run(seq, bytes);
    return sql('SELECT 1 FROM events WHERE seq > ? LIMIT 1').get(seq) !== undefined;
  });
}

const NEXT = 'SELECT seq, event, body FROM events WHERE seq > ? ORDER BY seq LIMIT 1';

/** The words of a row with `event` and `body`. */
export function wordsOfRow(row: Row): readonly string[] {
  if (!(row.body instanceof Uint8Array)) return [];
  return wordsOf(searchText(String(row.event), row.body));
}
