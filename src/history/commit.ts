/** Keeping a batch: the one place that writes events and attempts, and the hot path of the product. */

import type { Batch, Committed, NewAttempt, NewEvent } from './history.ts';
import { attemptValues, eventValues, INSERT_ATTEMPT, INSERT_EVENT } from './rows.ts';
import { GENERATION } from './schema.ts';
import { inTransaction, type Statements } from './statements.ts';

/** Makes the `commit` of a history whose highest seq is `lastSeq` so far. */
export function createCommit(sql: Statements, lastSeq: number): (batch: Batch) => Committed {
  // Only keeps ids together that were written together: that another process writes too does no harm.
  let last = lastSeq;

  const keepEvent = (event: NewEvent): number => {
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
    last = seq;
    return seq;
  };

  const keepAttempt = (attempt: NewAttempt): number => {
    const { eventSeq, target } = attempt;
    const before = sql(BEFORE_ATTEMPT).get(target, eventSeq);
    // The event went meanwhile (retention): its attempt has nothing to belong to any more.
    if (before === undefined) return 1;
    const number = Number(before.attempts) + 1;
    sql(INSERT_ATTEMPT).run(...attemptValues(attempt, number));
    sql('DELETE FROM waiting WHERE target = ? AND event_seq = ?').run(target, eventSeq);
    const at = Number(before.at);
    if (failed(attempt)) {
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
      seqs: batch.events.map(keepEvent),
      numbers: batch.attempts.map(keepAttempt),
    }));
}

const BEFORE_ATTEMPT = `
  SELECT at, (
    SELECT coalesce(max(number), 0) FROM attempts WHERE event_seq = events.seq AND target = ?
  ) AS attempts
  FROM events WHERE seq = ?`;

/** Whether an attempt failed: no response, or not a 2xx. */
export function failed(attempt: Pick<NewAttempt, 'status'>): boolean {
  return attempt.status === null || attempt.status < 200 || attempt.status > 299;
}
