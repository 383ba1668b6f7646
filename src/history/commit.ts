/** Stores a batch: the only place that writes events and attempts, and the product's hot path. */

import type { Batch, Committed, NewAttempt, NewEvent } from './history.ts';
import { outcomeOfAttempt } from './outcome.ts';
import { attemptValues, eventValues, INSERT_ATTEMPT, INSERT_EVENT } from './rows.ts';
import { GENERATION } from './schema.ts';
import { inTransaction, type Statements } from './statements.ts';

/** Makes the `commit` of a history whose highest seq is `lastSeq` so far. */
export function createCommit(sql: Statements, lastSeq: number): (batch: Batch) => Committed {
  // Groups ids that are written together; another process that writes too does no harm.
  let last = lastSeq;

  const storeEvent = (event: NewEvent): number => {
    const generation = Math.floor(last / GENERATION);
    const seq = sql(INSERT_EVENT).run(...eventValues(generation, event)).lastInsertRowid;
    for (const target of event.waitFor) {
      sql('INSERT OR IGNORE INTO waiting (target, event_seq, chat, at) VALUES (?, ?, ?, ?)').run(
        target,
        seq,
        event.chat,
        event.at,
      );
    }
    if (event.signature !== undefined) {
      sql('INSERT INTO signatures VALUES (?, ?)').run(seq, event.signature);
    }
    last = seq;
    return seq;
  };

  const storeAttempt = (attempt: NewAttempt): number => {
    const { eventSeq, target } = attempt;
    const before = sql(BEFORE_ATTEMPT).get(target, eventSeq);
    // Retention removed the event meanwhile.
    if (before === undefined) return 1;
    const number = Number(before.attempts) + 1;
    sql(INSERT_ATTEMPT).run(...attemptValues(attempt, number));
    sql('DELETE FROM waiting WHERE target = ? AND event_seq = ?').run(target, eventSeq);
    const at = Number(before.at);
    if (outcomeOfAttempt(attempt) === 'failed') {
      sql('INSERT OR IGNORE INTO failing VALUES (?, ?, ?)').run(at, eventSeq, target);
    } else if (number > 1) {
      sql('DELETE FROM failing WHERE event_at = ? AND event_seq = ? AND target = ?').run(
        at,
        eventSeq,
        target,
      );
    }
    return number;
  };

  return (batch) =>
    inTransaction(sql, () => ({
      seqs: batch.events.map(storeEvent),
      numbers: batch.attempts.map(storeAttempt),
    }));
}

const BEFORE_ATTEMPT = `
  SELECT at, (
    SELECT coalesce(max(number), 0) FROM attempts WHERE event_seq = events.seq AND target = ?
  ) AS attempts
  FROM events WHERE seq = ?`;
