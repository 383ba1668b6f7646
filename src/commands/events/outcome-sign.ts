/** The outcome of an event as a sign and the app's status, for a list and a page. */

import type { ChalkInstance } from 'chalk';
import type { AttemptHead } from '../../history/history.ts';
import { outcomeOfAttempt, outcomeOfEvent, type TargetOutcome } from '../../history/outcome.ts';

/**
 * `✓ 200`, `✗ 500`, `… waiting`, `… held`, or `-` for an event that no target gets. `attempts` are those
 * of the event, oldest first; the last on each target is enough.
 */
export function outcomeSign(
  targets: readonly TargetOutcome[],
  attempts: readonly Pick<AttemptHead, 'status'>[],
  style: ChalkInstance,
): string {
  const outcome = outcomeOfEvent(targets.map((one) => one.outcome));
  if (outcome === 'skipped') return style.dim('-');
  if (outcome === 'waiting' || outcome === 'held') return style.yellow(`… ${outcome}`);
  const last = attempts.findLast((attempt) => outcomeOfAttempt(attempt) === outcome);
  const said = last?.status ?? 'no answer';
  return outcome === 'delivered' ? style.green(`✓ ${said}`) : style.red(`✗ ${said}`);
}
