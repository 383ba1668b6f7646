/** The search index: filled after events are stored, in slices, up to a watermark that is stored with it. */

import { searchText } from '../eazewa/summary.ts';
import type { Row } from './driver.ts';
import { toBody, toSummary } from './rows.ts';
import { inTransaction, type Statements } from './statements.ts';
import { wordsOf } from './words.ts';

/** A slice ends after this many events or bytes of bodies, so that the receiver does not wait for it. */
const SLICE_EVENTS = 100;
const SLICE_BYTES = 2 * 1024 * 1024;

/** How far upkeep is: `indexed` is the watermark, `bytes` the sum of the bodies up to it. */
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
    // Read again in the transaction: another process may have indexed meanwhile.
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

const NEXT =
  'SELECT seq, instance_id, summary, body FROM events WHERE seq > ? ORDER BY seq LIMIT 1';

/** The words of a row with `instance_id`, `summary` and `body`. */
export function wordsOfRow(row: Row): readonly string[] {
  return wordsOf(searchText(toSummary(row).summary, toBody(row.body)));
}
