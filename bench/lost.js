/** Counts acknowledged bodies that a history file does not have byte for byte. */

import { bodyOf, numberOf } from './bodies.js';

/** The number of acknowledged numbers without an event of exactly their body. */
export async function countLost(historyPath, acknowledged) {
  const missing = new Set(acknowledged);
  const { rows, close } = await open(historyPath);
  try {
    for (const { body } of rows) {
      const bytes = Buffer.from(body);
      const number = numberOf(bytes.toString('latin1'));
      if (number !== null && bytes.equals(Buffer.from(bodyOf(number), 'latin1'))) {
        missing.delete(number);
      }
    }
  } finally {
    close();
  }
  return missing.size;
}

/** Opens the file with Node's own SQLite where available, like the program. */
async function open(path) {
  const { DatabaseSync } = process.getBuiltinModule?.('node:sqlite') ?? {};
  const Database = DatabaseSync ?? (await import('libsql')).default;
  const db = new Database(path);
  return { rows: db.prepare('SELECT body FROM events').iterate(), close: () => db.close() };
}
