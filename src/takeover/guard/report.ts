/** The report that a guard writes into the instance's folder, for the user and for a command that waits for its lock. */

import { join } from 'node:path';
import * as z from 'zod';
import { shownText } from '../../feed/shown-text.ts';
import { readIfThere, writeDurably } from '../../platform/durable-file.ts';
import { isAlive } from '../../platform/is-alive.ts';
import { fileJournal } from '../journal.ts';

const reportShape = z.object({
  v: z.literal(1),
  instanceId: shownText,
  apiUrl: shownText,
  /** Whether its listener was side by side. */
  sideBySide: z.boolean().default(false),
  /** `since` of the journal that the guard is for. */
  since: shownText,
  /** Process id of the guard. */
  pid: z.number().int(),
  /** Its listener was stopped since `stoppedAt` (ISO 8601), and the guard ended it; null for any other crash. */
  ended: z.object({ stoppedAt: shownText, killed: z.boolean() }).nullable().default(null),
  /** When its listener ended, ISO 8601. */
  goneAt: shownText,
  /** When this report was written, ISO 8601. */
  at: shownText,
  tries: z.number().int(),
  /**
   * `released`: the listener did it itself when it was ended; `left`: another listener or command has settled
   * it; `gave-up`: after a day, without a known own webhook, or when the simulator has ended.
   */
  outcome: z.enum([
    'trying',
    'released',
    'restored',
    'there',
    'changed',
    'gone',
    'left',
    'gave-up',
  ]),
  /** Why the last attempt failed. */
  error: shownText.nullable(),
});

export type GuardReport = z.infer<typeof reportShape>;

/** Largest report, in bytes. */
const LONGEST = 64 * 1024;
/** A guard at work writes its report at least this often, in ms. */
const WRITES_EVERY_MS = 5 * 60_000;

function reportPath(folder: string): string {
  return join(folder, 'guard.json');
}

/** Writes the report durably. Throws state errors. */
export function writeGuardReport(folder: string, report: GuardReport): Promise<void> {
  return writeDurably(reportPath(folder), `${JSON.stringify(report, null, 2)}\n`);
}

/** The last report of a guard of this instance; null where there is none that can be read. */
export async function readGuardReport(folder: string): Promise<GuardReport | null> {
  try {
    const text = await readIfThere(reportPath(folder), LONGEST);
    return text === null ? null : reportShape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * The report of a guard that is restoring the webhook at this moment; null when no guard is at work, or
 * another listener has taken over meanwhile.
 */
export async function guardAtWork(folder: string): Promise<GuardReport | null> {
  const report = await readGuardReport(folder);
  if (report?.outcome !== 'trying' || !isAlive(report.pid)) return null;
  // After a restart of the machine another process may have the same id.
  if (Math.abs(Date.now() - Date.parse(report.at)) > WRITES_EVERY_MS) return null;
  const entry = await fileJournal(folder)
    .read()
    .catch(() => null);
  return entry?.since === report.since ? report : null;
}
