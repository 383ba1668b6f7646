/** Feed entries applied to the state: rows, the header's numbers, notices. */

import type { AttemptEntry, EventEntry, FeedEntry, TunnelEntry } from '../../feed/feed.ts';
import { localTime } from '../../platform/local-time.ts';
import { safeText } from '../../platform/safe-text.ts';
import { rejectedText } from '../rejected-text.ts';
import { type WebhookEntry, webhookText } from '../webhook-text.ts';
import { learned } from './chat-names.ts';
import { arrived, attempted, withOutage } from './list.ts';
import { detailOf, withDetail } from './moves.ts';
import { noticed } from './notices.ts';
import type { Effect, State, Step, TargetState } from './state.ts';

/** Number of durations stored for each target. */
const DURATIONS = 200;
/** Seconds over which the rate is measured. */
export const RATE_SECONDS = 10;

/** Applies a batch of entries. Requests the QR code of a `qr` event as an effect. */
export function takeEntries(before: State, entries: readonly FeedEntry[]): Step {
  const events = entries.filter((entry) => entry.type === 'event');
  const attempts = entries.filter((entry) => entry.type === 'attempt');
  let state = takeAttempts(takeEvents(before, events), attempts);
  const effects: Effect[] = [];
  for (const entry of entries) {
    switch (entry.type) {
      case 'rejected': {
        const how = entry.status === null ? 'no answer' : entry.status;
        state = noticed(state, 'warning', `refused a request with ${how}: ${rejectedText(entry)}`);
        break;
      }
      case 'warning':
        state = takeWarning(state, entry);
        break;
      case 'tunnel':
        state = takeTunnel(state, entry);
        break;
      case 'webhook':
        state = takeWebhook(state, entry);
    }
  }
  const qr = events.findLast(({ event }) => event === 'qr');
  if (qr !== undefined && state.client === 'qr') effects.push({ type: 'qr', id: qr.id });
  return { state, effects };
}

const GOOD = new Set(['history_ok', 'recovered', 'target_up', 'tee_ok']);

function takeWarning(
  before: State,
  { code, message, target = '' }: Extract<FeedEntry, { type: 'warning' }>,
): State {
  const state = noticed(before, GOOD.has(code) ? 'good' : 'warning', message, target);
  const known = state.targets[target];
  if (known === undefined || (code !== 'target_down' && code !== 'target_up')) return state;
  const isUp = code === 'target_up';
  const reason = isUp ? null : message.replace(`${target}: `, '');
  // An app that is up again has no failure any more; any other stays in the badge until the next attempt.
  const last = isUp && known.last?.status === null ? null : known.last;
  const targets = { ...state.targets, [target]: { ...known, isUp, reason, last } };
  return { ...state, targets };
}

function takeEvents(before: State, events: readonly EventEntry[]): State {
  const newest = events.at(-1);
  if (newest === undefined) return before;
  // Replayed and recovered events did not arrive through the ingress.
  const live = events.filter(({ origin }) => origin === 'live');
  let state: State = {
    ...before,
    list: arrived(before.list, events),
    names: learned(before.names, events),
    received: before.received + live.length,
    arrivals: counted(before.arrivals, live),
    provenAt: live.at(-1)?.at ?? before.provenAt,
  };
  for (const { event } of live) state = withClientStatus(state, event);
  const again = live.filter(({ duplicateOf }) => duplicateOf !== null).at(-1);
  if (again !== undefined) {
    state = noticed(state, 'info', `${safeText(again.event, 60)} came again: ${again.summary}`);
  }
  return touched(state, (id) => events.some(({ duplicateOf }) => duplicateOf === id));
}

/** Events that tell the status of the instance's WhatsApp client (VENDOR §7). */
const CLIENT: Readonly<Record<string, string>> = {
  loading_screen: 'loading',
  qr: 'qr',
  authenticated: 'authenticated',
  auth_failure: 'auth failure',
  ready: 'ready',
  disconnected: 'disconnected',
};

function withClientStatus(state: State, event: string): State {
  const client = Object.hasOwn(CLIENT, event) ? CLIENT[event] : undefined;
  if (client === undefined || client === state.client) return state;
  const mode =
    state.mode.name === 'qr' && client !== 'qr' ? ({ name: 'list' } as const) : state.mode;
  return { ...state, client, mode };
}

function takeAttempts(before: State, attempts: readonly AttemptEntry[]): State {
  if (attempts.length === 0) return before;
  let state: State = { ...before, list: attempted(before.list, attempts) };
  const { list } = state;
  if (list.query.only !== 'all' && list.unseen === 0) {
    state = { ...state, list: { ...list, unseen: 1 } };
  }
  for (const url of new Set(attempts.map(({ target }) => target))) {
    state = targetAnswered(
      state,
      url,
      attempts.filter(({ target }) => target === url),
    );
  }
  const ids = new Set(attempts.map(({ eventId }) => eventId));
  return touched(state, (id) => ids.has(id));
}

/** Updates a target's health. A replay may name a url that is no target of this listener. */
function targetAnswered(state: State, url: string, attempts: readonly AttemptEntry[]): State {
  const before = state.targets[url];
  if (before === undefined) return state;
  const answered = attempts.filter(({ status }) => status !== null);
  const last = attempts.at(-1);
  const after: TargetState = {
    ...before,
    last: last ?? before.last,
    hasDelivered: before.hasDelivered || attempts.some(({ outcome }) => outcome === 'delivered'),
    durations: [...before.durations, ...answered.map(({ durationMs }) => durationMs)].slice(
      -DURATIONS,
    ),
  };
  return { ...state, targets: { ...state.targets, [url]: after } };
}

function touched(before: State, isIt: (id: string) => boolean): State {
  const { preview } = before;
  const isAsked = preview.asked !== null && isIt(preview.asked);
  const state = isAsked ? { ...before, preview: { ...preview, isStale: true } } : before;
  const open = detailOf(state);
  if (open === null || open.isStale || !isIt(open.id)) return state;
  return withDetail(state, { ...open, isStale: true });
}

function takeTunnel(state: State, tunnel: TunnelEntry): State {
  const { outageFrom: from, outageTo: to } = tunnel;
  const list = from === null ? state.list : withOutage(state.list, { from, to });
  const after = { ...state, tunnel, list };
  if (tunnel.state === 'down') {
    const why = safeText(tunnel.reason ?? 'no request arrives', 200);
    return noticed(after, 'bad', `the tunnel is down (${why}); reconnecting`, 'tunnel');
  }
  if (tunnel.state === 'changed') {
    return noticed(after, 'warning', `the tunnel has a new url: ${tunnel.url}`, 'tunnel');
  }
  const proven = { ...after, provenAt: tunnel.since };
  // Without an outage this is the first `up`, which the header shows.
  if (tunnel.outageTo === null || tunnel.outageFrom === null) return proven;
  const time = `${localTime(tunnel.outageFrom)} to ${localTime(tunnel.outageTo)}`;
  return noticed(proven, 'good', `the tunnel is up again; outage from ${time}`, 'tunnel');
}

function takeWebhook(before: State, entry: WebhookEntry): State {
  const state = withWebhook(before, entry);
  const text = webhookText(entry);
  return text === null
    ? state
    : noticed(state, entry.state === 'restored' ? 'good' : 'bad', text, 'webhook');
}

function withWebhook(state: State, { state: now, url, events }: WebhookEntry): State {
  if (now === 'set') return { ...state, elsewhere: null, subscribed: events };
  return now === 'changed-elsewhere' ? { ...state, elsewhere: url ?? 'none' } : state;
}

function counted(before: State['arrivals'], events: readonly EventEntry[]): State['arrivals'] {
  let after = before;
  for (const { at } of events) {
    const second = Math.floor(Date.parse(at) / 1000);
    const last = after.at(-1);
    const [when, count] = last ?? [0, 0];
    after =
      last !== undefined && second <= when
        ? after.with(-1, [when, count + 1])
        : [...after, [second, 1] as const].slice(-RATE_SECONDS - 1);
  }
  return after;
}

/** Events a second over the last {@link RATE_SECONDS} s. */
export function rate({ arrivals, now }: Pick<State, 'arrivals' | 'now'>): number {
  const from = Math.floor(now / 1000) - RATE_SECONDS;
  const recent = arrivals.filter(([second]) => second >= from);
  return recent.reduce((sum, [, count]) => sum + count, 0) / RATE_SECONDS;
}
