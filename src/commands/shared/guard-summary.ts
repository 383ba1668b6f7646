/** What guards did of late, in words: nobody was there to see it. */

import { localTime } from '../../platform/local-time.ts';
import { safeText } from '../../platform/safe-text.ts';
import type { Settings } from '../../settings/settings.ts';
import { type GuardReport, readGuardReport } from '../../takeover/guard/report.ts';
import { knownInstances } from '../../takeover/known-instances.ts';

const LATELY_MS = 24 * 60 * 60_000;

/**
 * A line for each guard of this machine that was at work in the last day, for all instances or one.
 * `now` is in ms since 1970.
 */
export async function guardsDeeds(
  { folders }: Pick<Settings, 'folders'>,
  now: number,
  instanceId: string | null = null,
): Promise<string[]> {
  const known = await knownInstances(folders.data);
  const reports = await Promise.all(known.map(({ folder }) => readGuardReport(folder)));
  return reports
    .filter((report) => report !== null)
    .filter(({ at }) => now - Date.parse(at) < LATELY_MS)
    .filter((report) => instanceId === null || report.instanceId === instanceId)
    .map(guardsDeed);
}

/** What became of the webhook under a guard. */
export function guardsDeed(report: GuardReport): string {
  const { instanceId, sideBySide, goneAt, at, outcome, tries, error } = report;
  const why = error === null ? '' : ` (${safeText(error, 300)})`;
  const what = {
    trying: `has tried ${tries} times${why}`,
    restored: `${sideBySide ? 'removed its subscription' : 'put its webhook back'} at ${localTime(at)}`,
    there: sideBySide ? 'found its subscription removed' : 'found its webhook put back',
    changed: 'left its webhook as somebody else had set it',
    gone: 'found that the instance does not exist any more',
    left: 'left it to another listener or command',
    'gave-up': `could not ${sideBySide ? 'remove its subscription' : 'put its webhook back'}${why}`,
  }[outcome];
  return `The listener of instance ${safeText(instanceId, 64)} died at ${localTime(goneAt)}; its guard ${what}.`;
}
