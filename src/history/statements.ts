/** Prepared statements, each prepared once. */

import type { Database, Statement } from './driver.ts';

/** Returns the prepared statement for a text. Texts are few and never contain values. */
export type Statements = (sql: string) => Statement;

/** The statements of one connection. */
export function statementsOf(db: Database): Statements {
  const prepared = new Map<string, Statement>();
  return (sql) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
}

/** Runs `work` in one transaction: all of it or nothing. Throws what `work` or the commit throws. */
export function inTransaction<T>(sql: Statements, work: () => T): T {
  sql('BEGIN IMMEDIATE').run();
  try {
    const result = work();
    sql('COMMIT').run();
    return result;
  } catch (error) {
    rollBack(sql);
    throw error;
  }
}

function rollBack(sql: Statements): void {
  try {
    sql('ROLLBACK').run();
  } catch {
    // SQLite has rolled back by itself, for example when the disk is full.
  }
}
