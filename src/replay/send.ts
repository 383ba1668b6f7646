/** `replay()`: sends events again, one after the other, inside a listener or without one. */

import { performance } from 'node:perf_hooks';
import { attemptOn } from '../delivery/attempt.ts';
import type { Deliverer } from '../delivery/deliver.ts';
import type { Turns } from '../delivery/turns.ts';
import { CliError } from '../errors.ts';
import type { Post } from '../feed/feed.ts';
import { type Bodies, newAttemptEntry, newEventEntry } from '../history/entries.ts';
import {
  type History,
  HistoryBusyError,
  type NewEvent,
  type StoredEvent,
} from '../history/history.ts';
import { type ForwardWindow, outcomeOfWaiting } from '../history/outcome.ts';
import type { Writer } from '../history/writer.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { onAbort } from '../platform/on-abort.ts';
import { pause } from '../platform/pause.ts';
import type { RawHeaders } from '../platform/raw-headers.ts';
import { safeText } from '../platform/safe-text.ts';
import type { ReplayItem } from './item.ts';
import { type PrepareContext, type Prepared, prepare } from './prepare.ts';

/** Everything a replay touches. */
export interface ReplayWorld extends PrepareContext {
  readonly history: History;
  readonly writer: Pick<Writer, 'event' | 'attempt'>;
  readonly deliverer: Deliverer;
  /** Shared with the forwarder of the same history. */
  readonly turns: Turns;
  /** Headers to add, names and values in turn. */
  readonly headers: RawHeaders;
  /** How long to wait for an answer, in ms. */
  readonly timeoutMs: number;
  /** Takes an `event` for each item that is stored, and an `attempt` for each POST. */
  readonly post: Post;
  readonly bodies: Bodies;
  /** The events that a running listener sends by itself at this moment; null where none runs. */
  readonly window: () => ForwardWindow | null;
  /** Stores and posts a new event also where no target gets it. */
  readonly evenWithoutTarget?: boolean | undefined;
  /** Aborts the replay: requests under way are cut, and nothing more is sent. Must abort before the writer closes. */
  readonly signal: AbortSignal;
}

/** How many POSTs and items of a replay had which outcome. */
export interface ReplayCounts {
  /** POSTs that were written, answered or not. */
  readonly sent: number;
  readonly answered: number;
  readonly unanswered: number;
  /** The status of each answer. */
  readonly statuses: readonly number[];
  /** Items that were not sent because the signal aborted. */
  readonly left: number;
}

/**
 * Prepares all items, then sends one after the other, each to all of its targets at once. An event
 * of history gains attempts; any other item is stored as an event with `origin: replay` first.
 * Throws what {@link prepare} throws and `no_target` before anything is sent, and
 * `target_unreachable` as soon as no connection comes about: what was sent by then stays stored.
 */
export async function replay(
  items: readonly ReplayItem[],
  world: ReplayWorld,
): Promise<ReplayCounts> {
  const { signal, post, evenWithoutTarget = false } = world;
  const prepared = prepare(items, world);
  const isSent = evenWithoutTarget || prepared.some(({ targets }) => targets.length > 0);
  if (!isSent) throw noTarget(prepared);
  if (prepared.some(({ losesSignature }) => losesSignature)) post(SIGNATURE_REMOVED);
  const counts = { sent: 0, answered: 0, unanswered: 0 };
  const statuses: number[] = [];
  let done = 0;
  const begun = performance.now();
  for (const one of prepared) {
    await pause(begun + one.due - performance.now(), signal);
    const event = signal.aborted ? null : await stored(one, world);
    if (event === null) break;
    if (one.targets.length === 0 && !evenWithoutTarget) post(nowhere(event.id, one.name));
    const sent = await Promise.all(one.targets.map((target) => send(event, target, world)));
    for (const result of sent) {
      if (result instanceof CliError || result === 'aborted') continue;
      counts.sent++;
      counts[result === null ? 'unanswered' : 'answered']++;
      if (result !== null) statuses.push(result);
    }
    const unreachable = sent.find((result) => result instanceof CliError);
    if (unreachable !== undefined) throw unreachable;
    if (sent.includes('aborted')) break;
    done++;
  }
  return { ...counts, statuses, left: prepared.length - done };
}

/** What is needed of an event to send it. */
type Sendable = Pick<StoredEvent, 'seq' | 'id' | 'at' | 'headers' | 'body'>;

/** The event as it is in history; a new one is stored first. Null when the signal aborts before that. */
async function stored({ event, targets }: Prepared, world: ReplayWorld): Promise<Sendable | null> {
  if (typeof event !== 'function') return event;
  const made = event();
  const seq = await store(made.event, world);
  if (seq === null) return null;
  const entry = newEventEntry(made.event, made.webhook, world.bodies, targets);
  const { alsoChanged } = made;
  world.post(alsoChanged.length === 0 ? entry : { ...entry, alsoChanged: [...alsoChanged] });
  return { ...made.event, seq };
}

function store(event: NewEvent, { writer, signal }: ReplayWorld): Promise<number | null> {
  return new Promise((resolve) => {
    const leave = onAbort(signal, () => resolve(null));
    writer.event(
      event,
      () => signal.aborted,
      (seq) => {
        leave();
        resolve(seq);
      },
    );
  });
}

/** The status of one POST, null without an answer; an error where there was no connection. */
type Sent = number | null | 'aborted' | CliError;

/** Makes one POST, stores the attempt and tells the feed. */
function send(event: Sendable, target: string, world: ReplayWorld): Promise<Sent> {
  return world.turns.take(event.seq, target, () => sendNow(event, target, world));
}

async function sendNow(event: Sendable, target: string, world: ReplayWorld): Promise<Sent> {
  const { signal, writer, post } = world;
  if (signal.aborted) return 'aborted';
  const number = world.history.attemptCount(event.seq, target) + 1;
  const made = await attemptOn(
    event,
    { target, number, replay: true },
    { ...world, giveUp: signal },
  );
  if ('unsent' in made) return signal.aborted ? 'aborted' : unreachable(target, made.unsent);
  const stored = await writer.attempt(made.attempt);
  stopWaiting(event, world);
  post(newAttemptEntry(event.id, stored, made.attempt));
  return made.attempt.status;
}

const SIGNATURE_REMOVED = {
  type: 'warning',
  code: 'signature_removed',
  message:
    'a changed event is sent without its signature, which no longer fits: set EAZEWA_WEBHOOK_SECRET to sign it anew',
} as const;

/** An event that only a person sends has been sent now: it waits for no other target either. */
function stopWaiting(event: Sendable, { history, window }: ReplayWorld): void {
  if (outcomeOfWaiting(event, window()) !== 'held') return;
  try {
    if (history.waitingTargets(event.seq).length > 0) history.stopWaiting([event.seq]);
  } catch (error) {
    // The next listener finds the attempt and does the same.
    if (!(error instanceof HistoryBusyError)) throw error;
  }
}

function nowhere(id: string, name: string) {
  const message = `${id} was not sent: no target gets ${safeText(name, 60)} events`;
  return { type: 'warning', code: 'no_target', message } as const;
}

function noTarget(prepared: readonly Prepared[]): CliError {
  const names = safeText([...new Set(prepared.map(({ name }) => name))].join(', '), 200);
  return new CliError('usage', 'no_target', `No target gets ${names} events`, {
    hint: 'Name a target with --to, such as --to 3000.',
  });
}

function unreachable(target: string, why: string): CliError {
  return new CliError('target', 'target_unreachable', `${maskUrl(target)}: ${why}`, {
    hint: '--to names another target.',
    facts: { target: maskUrl(target) },
  });
}
