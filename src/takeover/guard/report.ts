/** What a guard did, as it leaves it in the instance's folder: for the person, and for who waits for its lock. */

import { join } from 'node:path';
import * as z from 'zod';
import { readIfThere, writeDurably } from '../../platform/durable-file.ts';
import { fileJournal } from '../journal.ts';

const reportShape = z.object({
  v: z.literal(1),
  instanceId: z.string(),
  apiUrl: z.string(),
  /** Whether it is about a subscription beside the instance's own webhook. */
  sideBySide: z.boolean().default(false),
  /** The takeover that it is for, as its journal has it. */
  since: z.string(),
  /** The guard's process. */
  pid: z.number().int(),
  /** When its listener was gone, ISO 8601. */
  goneAt: z.string(),
  /** When this was written, ISO 8601. */
  at: z.string(),
  tries: z.number().int(),
  /** `trying` until it is done; `left`: another listener or command has seen to it; `gave-up` after a day. */
  outcome: z.enum(['trying', 'restored', 'there', 'changed', 'gone', 'left', 'gave-up']),
  /** Why the last try failed. */
  error: z.string().nullable(),
});

export type GuardReport = z.infer<typeof reportShape>;

const LONGEST = 64 * 1024;
/** One that is at work writes its report before each try, which comes more often than this, in ms. */
const WRITES_EVERY_MS = 5 * 60_000;

function reportPath(folder: string): string {
  return join(folder, 'guard.json');
}

/** Writes it. Throws state errors. */
export function writeGuardReport(folder: string, report: GuardReport): Promise<void> {
  return writeDurably(reportPath(folder), `${JSON.stringify(report, null, 2)}\n`);
}

/** The last report of a guard of this instance; null without one, or for one that cannot be understood. */
export async function readGuardReport(folder: string): Promise<GuardReport | null> {
  try {
    const text = await readIfThere(reportPath(folder), LONGEST);
    return text === null ? null : reportShape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * The report of a guard that is putting the webhook back at this moment; null when there is none, and
 * when another listener has taken over meanwhile.
 */
export async function guardAtWork(folder: string): Promise<GuardReport | null> {
  const report = await readGuardReport(folder);
  if (report?.outcome !== 'trying' || !isAlive(report.pid)) return null;
  // After a restart of the machine another process may have its number.
  if (Math.abs(Date.now() - Date.parse(report.at)) > WRITES_EVERY_MS) return null;
  const entry = await fileJournal(folder)
    .read()
    .catch(() => null);
  return entry?.since === report.since ? report : null;
}

/** Whether there is a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
