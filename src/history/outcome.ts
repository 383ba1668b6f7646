/** What became of an event at its targets. Every view, list, filter and count asks this module. */

/**
 * `delivered`: the last attempt was answered 2xx. `failed`: it was answered otherwise, or not at all.
 * `waiting`: the running listener will send the event by itself. `held`: only a person sends it,
 * since it is older than the listener or than {@link FRESH_MS}. `skipped`: a filter excludes the target.
 */
export type Outcome = 'delivered' | 'failed' | 'waiting' | 'held' | 'skipped';

/** What became of an event at one target; `reason` says which filter skipped it. */
export interface TargetOutcome {
  readonly url: string;
  readonly outcome: Outcome;
  readonly reason?: string | undefined;
}

/** How long an event may wait and still be sent without a person, in ms. */
export const FRESH_MS = 10 * 60_000;

/** The waiting events that the running listener sends by itself. */
export interface ForwardWindow {
  /** Only events after this `seq`: earlier ones came in before the listener started. */
  readonly after: number;
  /** Only events received at or after this time, in ms since 1970. */
  readonly since: number;
}

/** The window of a listener that started after the event `after`. `now` is in ms since 1970. */
export function forwardWindow(after: number, now: number): ForwardWindow {
  return { after, since: now - FRESH_MS };
}

/** Whether a status is a success: any 2xx, as for the vendor (VENDOR §2). Null stands for no answer. */
export function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** The outcome of one attempt. */
export function outcomeOfAttempt({
  status,
}: {
  readonly status: number | null;
}): 'delivered' | 'failed' {
  return isSuccess(status) ? 'delivered' : 'failed';
}

/** The outcome at a target that has had no attempt yet. `window` is null where no listener runs. */
export function outcomeOfWaiting(
  event: { readonly seq: number; readonly at: number },
  window: ForwardWindow | null,
): 'waiting' | 'held' {
  const isFresh = window !== null && event.seq > window.after && event.at >= window.since;
  return isFresh ? 'waiting' : 'held';
}

/** The outcome of a whole event: the first of failed, waiting, held and delivered at any target, else skipped. */
export function outcomeOfEvent(outcomes: readonly Outcome[]): Outcome {
  return RANKED.find((outcome) => outcomes.includes(outcome)) ?? 'skipped';
}

const RANKED: readonly Outcome[] = ['failed', 'waiting', 'held', 'delivered'];

/** What history knows of an event. */
export interface KnownOfEvent {
  readonly seq: number;
  /** When it was received, in ms since 1970. */
  readonly at: number;
  /** Targets that a filter excluded, and which filter. */
  readonly skipped: readonly { readonly url: string; readonly reason: string }[];
  /** Targets that have had no attempt yet. */
  readonly waiting: readonly string[];
  /** Attempts, oldest first; only the last on each target counts. */
  readonly attempts: readonly { readonly target: string; readonly status: number | null }[];
}

/** The outcome at each target, in the order skipped, waiting, attempted; each target once. */
export function targetsOf(known: KnownOfEvent, window: ForwardWindow | null): TargetOutcome[] {
  const { skipped, waiting, attempts } = known;
  const outcome = outcomeOfWaiting(known, window);
  return attempts.reduce<TargetOutcome[]>(withAttempt, [
    ...skipped.map(({ url, reason }) => ({ url, outcome: 'skipped' as const, reason })),
    ...waiting.map((url) => ({ url, outcome })),
  ]);
}

/** The targets of an event after one more attempt: its target has the attempt's outcome. */
export function withAttempt(
  targets: readonly TargetOutcome[],
  attempt: { readonly target: string; readonly status: number | null },
): TargetOutcome[] {
  const { target: url } = attempt;
  const after: TargetOutcome = { url, outcome: outcomeOfAttempt(attempt) };
  if (!targets.some((one) => one.url === url)) return [...targets, after];
  return targets.map((one) => (one.url === url ? after : one));
}
