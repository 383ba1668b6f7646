/** Tells what guards did lately, since they run without a terminal. */

import { wordsFor } from '../../feed/takeover-words.ts';
import { count } from '../../feed/warning.ts';
import { localTime } from '../../platform/local-time.ts';
import { safeText } from '../../platform/safe-text.ts';
import type { Settings } from '../../settings/settings.ts';
import { type GuardReport, readGuardReport } from '../../takeover/guard/report.ts';
import { knownInstances } from '../../takeover/known-instances.ts';

/** How far back guards are reported, in ms. */
const LATELY_MS = 24 * 60 * 60_000;

/** A line for each guard of this machine that was at work in the last day. `now` is in ms since 1970. */
export async function guardSummaries(
  { folders }: Pick<Settings, 'folders'>,
  now: number,
): Promise<string[]> {
  return (await lateReports(folders.data, now)).map(guardSummary);
}

/**
 * The line for what the guard of the instance with this folder did in the last day; null where none did
 * anything. One that is at work is told before every command.
 */
export async function guardSummaryIn(folder: string, now: number): Promise<string | null> {
  const report = await readGuardReport(folder);
  const isDone = report !== null && report.outcome !== 'trying' && isLate(report, now);
  return isDone ? guardSummary(report) : null;
}

/** A line for each listener that its guard ended in the last day, because it was stopped. */
export async function endedListeners(data: string, now: number): Promise<string[]> {
  const reports = await lateReports(data, now);
  return reports
    .filter(({ ended, outcome }) => ended !== null && outcome !== 'trying')
    .map(guardSummary);
}

async function lateReports(data: string, now: number): Promise<GuardReport[]> {
  const known = await knownInstances(data);
  const reports = await Promise.all(known.map(({ folder }) => readGuardReport(folder)));
  return reports.filter((report) => report !== null).filter((report) => isLate(report, now));
}

function isLate({ at }: GuardReport, now: number): boolean {
  return now - Date.parse(at) < LATELY_MS;
}

/** One sentence on what a guard did, or does at this moment. */
export function guardSummary(report: GuardReport): string {
  const { instanceId, at, outcome, tries, error } = report;
  const { thing, undo, undone } = wordsFor(report);
  const why = error === null ? '' : ` (${safeText(error, 300)})`;
  const what = {
    trying:
      tries === 0
        ? `is about to ${undo} its ${thing}`
        : `has tried ${count(tries, 'time')} to ${undo} its ${thing}${why}`,
    released: `made it ${undo} its ${thing} at ${localTime(at)}`,
    restored: `${undone} its ${thing} at ${localTime(at)}`,
    there: `found its ${thing} ${undone} already`,
    changed: 'left its webhook alone, because it was changed elsewhere',
    gone: 'found that the instance no longer exists',
    left: 'left it to another listener or command',
    'gave-up': `could not ${undo} its ${thing}${why}`,
  }[outcome];
  return `The listener of instance ${safeText(instanceId, 64)} ${endOf(report)}; its guard ${what}.`;
}

/** How the listener ended. */
function endOf({ ended, goneAt }: GuardReport): string {
  if (ended === null) return `crashed at ${localTime(goneAt)}`;
  const stopped = `was stopped (as by Ctrl-Z) at ${localTime(ended.stoppedAt)} and not continued`;
  if (!ended.killed) return stopped;
  return `${stopped}, did not end when it was told to, and was killed at ${localTime(goneAt)}`;
}
