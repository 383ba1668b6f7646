/** Compares the acknowledged events with history, byte for byte. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/history/driver.ts';
import { type Bodies, count } from './tunnel.ts';

/** Rows that are read at a time. */
const PAGE = 2000;

/** How many of these bodies are missing in the histories below a folder of state. */
export async function lostOf(home: string, acknowledged: Bodies): Promise<number> {
  const stored: Bodies = new Map();
  for (const path of filesBelow(home, 'history.db')) {
    const db = await openDatabase(path);
    const rows = db.prepare('SELECT seq, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?');
    for (let page = rows.all(0, PAGE); page.length > 0; ) {
      for (const { body } of page) if (body instanceof Uint8Array) count(stored, body);
      page = rows.all(page.at(-1)?.seq ?? 0, PAGE);
    }
    db.close();
  }
  let lost = 0;
  for (const [digest, wanted] of acknowledged) {
    lost += Math.max(0, wanted - (stored.get(digest) ?? 0));
  }
  return lost;
}

/** The files of this name below a folder of state. */
export function filesBelow(home: string, name: string): string[] {
  try {
    return readdirSync(home, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith(name))
      .map((path) => join(home, path));
  } catch {
    return [];
  }
}
