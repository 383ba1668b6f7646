/** Holding an instance: what replacing its webhook and subscribing side by side have in common. */

import { hostname } from 'node:os';
import type { WebhookChange } from '../control/protocol.ts';
import type { Client, Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { TAKEOVER_WORDS } from '../feed/takeover-words.ts';
import { faultPoint } from '../platform/fault-point.ts';
import type { Changed } from './change.ts';
import { createEvidence, doubtOf, type Evidence, evidenceOf } from './evidence.ts';
import { createHandOver, unlessAborted } from './hand-over.ts';
import { isOurs, type JournalEntry, withOrigin } from './journal.ts';
import { changeUnderWay, releaseWaits, webhookEntry } from './notices.ts';
import type { ApiAccess } from './options.ts';
import { beginProgress, type Progress } from './progress.ts';
import { NO_ANSWER, type ReleaseOptions, releaseInstance } from './release.ts';
import { followRequests } from './requests.ts';
import { same, withOlder } from './restore.ts';
import type { WantedEvents } from './wanted-events.ts';

export interface TakeoverOptions extends ReleaseOptions {
  readonly api: Pick<ApiAccess, 'apiUrl' | 'apiUrlSource'>;
  readonly instanceId: string;
  /** What is restored in the end. */
  readonly original: Webhook;
  /** What the instance had when the claim was made. */
  readonly found: Webhook;
  /** The webhook to set. */
  readonly ours: Webhook;
  /** The events that the app wants; {@link ours} may have more. */
  readonly wanted: WantedEvents;
  readonly pathToken: string;
  /** The journal of the crashed listener whose takeover this one carries on. */
  readonly resumed?: JournalEntry | null;
  /** Path tokens of crashed listeners that the instance may still point at. */
  readonly formerPathTokens: readonly string[];
  /** The origins of those crashed listeners. */
  readonly formerOrigins?: readonly string[];
  /** A url that was asked for at the ingress, whose origin is ours as well; null for none. */
  readonly askedFor?: string | null;
  /** When the takeover began, in ms since 1970: by this its guard recognises its journal. */
  readonly since: number;
  readonly now: () => number;
  /** Stops the takeover; what was done by then is undone. */
  readonly signal: AbortSignal;
}

/** An instance that sends its events to this listener. */
export interface Takeover {
  /**
   * Changes the instance's own webhook: what is restored in the end, or side by side what the instance
   * has now. Throws what {@link changeWebhook} throws, and `listener_stopping` (busy) after the release.
   */
  change(change: WebhookChange): Promise<Changed>;
  /**
   * Has events sent to another url of this listener, which is journaled first. A webhook that
   * somebody else has set meanwhile stays. Does nothing after the release. Throws what the client
   * throws, state errors and `read_back_differs`.
   */
  move(url: string): Promise<void>;
  /**
   * Subscribes to exactly these events, with --tee also to those of the original. Resolves to what the
   * instance sends then. Throws what the client throws, state errors, `read_back_differs`, `no_events`
   * (usage) for none, `changed_elsewhere` (vendor) when the webhook is somebody else's by now, and
   * `listener_stopping` (busy) after the release.
   */
  subscribe(events: readonly string[]): Promise<readonly string[]>;
  /** What is restored in the end; side by side: the instance's own webhook. */
  original(): Webhook;
  /** What was set for this listener last. */
  ours(): Webhook;
  /** Whether a webhook url is this listener's, or that of a crashed one before it. */
  holds(url: string | null): boolean;
  /**
   * Undoes the takeover, once, when the change under way has ended. False when that failed: the journal
   * stays, and the feed says what to do.
   */
  release(): Promise<boolean>;
}

/** An instance that is held: how far its takeover is, and what is known of its requests and reads. */
export interface Begun {
  readonly progress: Progress;
  readonly evidence: Evidence;
  /** Tells {@link evidence} and the journal what becomes of each request that sets ours, and what reads show. */
  readonly client: Client;
  /** A read has shown an older webhook than ours. */
  lagged(): Promise<void>;
}

/** Sets ours for the first time. */
export type FirstSet = (begun: Begun) => Promise<void>;

/**
 * Steps 1 to 4 of every takeover: journal, guard, request, journal again. When a step fails, those before
 * it are undone and its error is thrown; `not_restored` (notRestored) when they cannot be undone.
 */
export async function beginHold(
  options: TakeoverOptions,
  about: Pick<JournalEntry, 'kind' | 'ours' | 'subscriptions'>,
  set: FirstSet,
): Promise<Begun> {
  const { journal, guard, post, now, signal } = options;
  signal.throwIfAborted();
  // 1. The takeover is in the journal before the vendor is asked.
  const first = firstEntry(options, about);
  const tell = (entry: JournalEntry) => {
    guard.tell(entry);
    return guard.watches();
  };
  const progress = await beginProgress(journal, first, now, tell);
  await faultPoint('journal-written');
  const begun = begunWith(options, progress);
  const { evidence } = begun;
  const { handOver = createHandOver() } = options;
  handOver.hold({
    watches: () => guard.watches(),
    waits: () => post(releaseWaits(about.kind, NO_ANSWER, { ...options, msLeft: null })),
  });
  const take = async () => {
    // 2. The guard watches before there is anything to undo.
    await guard.armed();
    await faultPoint('about-to-set');
    // 3. The request, and 4. a note in the journal that the vendor has done it.
    await set(begun);
    await faultPoint('set');
    signal.throwIfAborted();
  };
  try {
    await unlessAborted(take(), handOver.signal);
  } catch (error) {
    // A subscription that was never made need not be looked for.
    if (!evidence.mayBeOurs && !handOver.signal.aborted)
      await progress.note('about-to-set', { subscriptions: [] });
    if (await releaseInstance(options, progress, evidence)) throw error;
    throw notUndone(options, about.kind, error);
  }
  post(webhookEntry(about.kind, 'set', about.ours));
  return begun;
}

function begunWith(
  { client, now, patience, clock, resumed }: TakeoverOptions,
  progress: Progress,
): Begun {
  // No webhook that this listener sets shows whether the crashed one's request was carried out.
  const asCut = { step: 'set', doubtAt: progress.entry.doubtAt } as const;
  const evidence =
    resumed == null
      ? createEvidence(patience, undefined, clock)
      : evidenceOf({ ...resumed, ...asCut }, now(), patience, clock);
  return {
    progress,
    evidence,
    client: followRequests(client, evidence, progress, now),
    async lagged() {
      evidence.lagged();
      await progress.remember({ staleReads: true });
    },
  };
}

function firstEntry(
  options: TakeoverOptions,
  about: Pick<JournalEntry, 'kind' | 'ours' | 'subscriptions'>,
): JournalEntry {
  const { api, client, instanceId, original, pathToken, formerPathTokens, since, now } = options;
  const { resumed, formerOrigins = [], askedFor = null } = options;
  const hasLanded = resumed?.step === 'about-to-set' && same(options.found, resumed.ours);
  const isOther = (one: Webhook) =>
    !same(one, original) && (resumed == null || !isOurs(one.url, resumed));
  const ofBefore = [...(resumed ? [resumed.original] : []), options.found].filter(isOther);
  const origins = withOrigin(formerOrigins, askedFor);
  return {
    v: 1,
    step: 'about-to-set',
    // A request of the crashed listener may still be carried out.
    staleReads: resumed?.staleReads ?? false,
    doubtAt: resumed == null ? '' : hasLanded ? resumed.doubtAt : doubtOf(resumed),
    at: new Date(now()).toISOString(),
    apiUrl: api.apiUrl,
    apiUrlSource: api.apiUrlSource,
    instanceId,
    account: client.account,
    original,
    older: withOlder(resumed?.older ?? [], ...ofBefore),
    before: null,
    pathToken,
    formerPathTokens,
    origins: withOrigin(origins, about.ours.url),
    since: new Date(since).toISOString(),
    host: hostname(),
    pid: process.pid,
    ...about,
  };
}

/** What differs between replacing the webhook and subscribing side by side. One call runs after the other. */
export interface Strategy {
  change(change: WebhookChange): Promise<Changed>;
  move(url: string): Promise<unknown>;
  /** `events` are distinct and at least one. */
  subscribe(events: readonly string[]): Promise<void>;
  /** The release begins. */
  leave?(): void;
}

/** The order in which a held instance is written to: one change after the other, the release last. */
export interface Hold {
  /** Fires when the release begins; its reason is the error `listener_stopping`. */
  readonly leaving: AbortSignal;
  /** Whether a change is under way. */
  isBusy(): boolean;
  takeover(strategy: Strategy): Takeover;
}

/** Owns the turns and the release of an instance that {@link beginHold} has taken. */
export function createHold(options: TakeoverOptions, { progress, evidence }: Begun): Hold {
  const { instanceId, post } = options;
  const leaving = new AbortController();
  const { signal } = leaving;
  let last: Promise<unknown> = Promise.resolve();
  let underWay = 0;
  let released: Promise<boolean> | null = null;

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const made = last.then(() => {
      signal.throwIfAborted();
      return work();
    });
    underWay++;
    last = made.catch(() => {}).finally(() => underWay--);
    return made;
  };
  const release = (strategy: Strategy): Promise<boolean> => {
    strategy.leave?.();
    leaving.abort(stopping(instanceId));
    if (released === null && underWay > 0) post(changeUnderWay(progress.entry.kind));
    const { handOver = createHandOver() } = options;
    released ??= unlessAborted(last, handOver.signal)
      .catch(() => {})
      .then(() => releaseInstance(options, progress, evidence));
    return released;
  };

  return {
    leaving: signal,
    isBusy: () => underWay > 0,
    takeover: (strategy) => ({
      change: (change) => inTurn(() => strategy.change(change)),
      async move(url) {
        await inTurn(() => strategy.move(url)).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      },
      async subscribe(events) {
        if (events.length === 0) throw noEvents(instanceId);
        return inTurn(async () => {
          await strategy.subscribe([...new Set(events)]);
          return progress.entry.ours.events;
        });
      },
      original: () => progress.entry.original,
      ours: () => progress.entry.ours,
      holds: (url) => isOurs(url, progress.entry),
      release: () => release(strategy),
    }),
  };
}

function stopping(instanceId: string): CliError {
  return new CliError(
    'busy',
    'listener_stopping',
    `The listener of instance ${instanceId} is stopping at this moment`,
    { hint: 'Try again when it has stopped.' },
  );
}

function noEvents(instanceId: string): CliError {
  const message = `Instance ${instanceId} would send no events any more`;
  return new CliError('usage', 'no_events', message, { hint: 'Choose at least one event.' });
}

function notUndone(
  { instanceId, restoreCommand }: TakeoverOptions,
  kind: JournalEntry['kind'],
  cause: unknown,
): CliError {
  const { of, undone, Undo } = TAKEOVER_WORDS[kind];
  return new CliError('notRestored', 'not_restored', `The ${of(instanceId)} was not ${undone}`, {
    hint: `${Undo} it with: ${restoreCommand}`,
    cause,
  });
}
