/** The search index: filled after events are stored, in slices, up to a watermark that is stored with it. */

import { readable } from '../eazewa/content-encoding.ts';
import { searchText } from '../eazewa/summary.ts';
import { wordsOf } from '../platform/folded-text.ts';
import type { Row } from './driver.ts';
import { toBody, toHeaders, toSummary } from './rows.ts';
import { inTransaction, type Statements } from './statements.ts';
import { gramsOf } from './words.ts';

/** A slice ends after this many events, bytes of bodies or characters of words: the receiver waits for it. */
const SLICE_EVENTS = 10;
const SLICE_BYTES = 2 * 1024 * 1024;
const SLICE_GRAMS = 48 * 1024;

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
    let length = 0;
    while (count < SLICE_EVENTS && slice < SLICE_BYTES && length < SLICE_GRAMS) {
      const row = sql(NEXT).get(seq);
      if (row === undefined) break;
      seq = Number(row.seq);
      bytes += toBody(row.body).length;
      count++;
      const body = readableBody(row);
      slice += body.length;
      const words = wordsOf(searchText(toSummary(row).summary, body));
      if (words.length > 0) {
        const grams = gramsOf(words);
        length += grams.length;
        sql('INSERT INTO search (rowid, grams) VALUES (?, ?)').run(seq, grams);
      }
    }
    sql('UPDATE upkeep SET indexed = ?, bytes = ?').run(seq, bytes);
    return sql('SELECT 1 FROM events WHERE seq > ? LIMIT 1').get(seq) !== undefined;
  });
}

/** The columns of `events` that {@link wordsOfRow} needs; the headers only where they may name an encoding. */
export const WORD_COLUMNS = `seq, instance_id, summary,
  CASE WHEN headers LIKE '%content-encoding%' THEN headers END AS coded, body`;

const NEXT = `SELECT ${WORD_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT 1`;

/** The words of a row with {@link WORD_COLUMNS}. */
export function wordsOfRow(row: Row): readonly string[] {
  return wordsOf(searchText(toSummary(row).summary, readableBody(row)));
}

function readableBody({ coded, body }: Row): Uint8Array {
  const bytes = toBody(body);
  return typeof coded === 'string' ? readable(toHeaders(coded), bytes) : bytes;
}
