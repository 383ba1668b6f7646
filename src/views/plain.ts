/** The plain view: one line for each event, attempt and notice, in the style of `stripe listen`. */

import type { ChalkInstance } from 'chalk';
import type {
  AttemptEntry,
  EventEntry,
  FeedEntry,
  ReadyEntry,
  StoppedEntry,
  TunnelEntry,
} from '../feed/feed.ts';
import { wordsFor } from '../feed/takeover-words.ts';
import { count } from '../feed/warning.ts';
import type { Io } from '../platform/io.ts';
import { localTime } from '../platform/local-time.ts';
import { safeText } from '../platform/safe-text.ts';
import { writeDrained } from '../platform/terminal.ts';
import { rejectedText } from './rejected-text.ts';
import { storedText } from './stored-text.ts';
import { styleFor } from './style.ts';
import type { View } from './view.ts';
import { eventNames, type WebhookEntry, webhookText } from './webhook-text.ts';

/** The plain view, which also says the last line of a terminal UI. */
export interface PlainView extends View {
  /** One line for the end of a listener, and for the release of its instance; null where none was told. */
  last(stopped: StoppedEntry, released: WebhookEntry | null): Promise<void>;
}

/** Writes events and attempts to stdout, notices about the listener itself to stderr. */
export function createPlainView(io: Io, wanted: { quiet: boolean; color: boolean }): PlainView {
  const out = styleFor(io, io.stdout, wanted.color);
  const err = styleFor(io, io.stderr, wanted.color);
  return {
    async take(entries) {
      let activity = '';
      let notices = '';
      for (const entry of entries) {
        const line = activityLine(entry, out);
        if (line !== null) activity += `${line}\n`;
        else if (!wanted.quiet || isProblem(entry)) notices += notice(entry, err);
      }
      await Promise.all([writeDrained(io.stderr, notices), writeDrained(io.stdout, activity)]);
    },
    last(entry, released) {
      const text = released === null ? null : webhookText(released);
      const ending = text === null ? '' : `; ${text}`;
      return writeDrained(io.stderr, `${stopped(entry, err)}${ending}\n`);
    },
  };
}

/** Whether `--quiet` shows the entry all the same: it reports a problem. */
function isProblem(entry: FeedEntry): boolean {
  if (entry.type === 'webhook') return ['changed-elsewhere', 'not-restored'].includes(entry.state);
  return entry.type === 'warning' || (entry.type === 'tunnel' && entry.state === 'down');
}

/** The line of an event, an attempt or a refusal; null for any other entry. */
function activityLine(entry: FeedEntry, style: ChalkInstance): string | null {
  const at = style.dim(localTime(entry.at));
  switch (entry.type) {
    case 'event':
      return `${at}  ${eventLine(entry, style)}`;
    case 'attempt':
      return `${at}  ${attemptLine(entry, style)}`;
    case 'rejected':
      return `${at}  ${style.yellow(`--x [${entry.status ?? 'no answer'}]`)} ${rejectedText(entry)}`;
    default:
      return null;
  }
}

function eventLine(entry: EventEntry, style: ChalkInstance): string {
  const { event, id, summary } = entry;
  const marks = [
    entry.origin !== 'live' && entry.origin,
    entry.duplicateOf && `duplicate of ${entry.duplicateOf}`,
    entry.repeats && `repeats ${entry.repeats}`,
    entry.ackWentBack && 'lower ack than before',
    entry.signature !== 'wrongly-signed' && entry.signature,
    entry.alsoChanged && `also changed ${safeText(entry.alsoChanged.join(', '), 300)}`,
    ...entry.issues,
  ].filter(Boolean);
  const noted = marks.length > 0 ? style.dim(` (${marks.join('; ')})`) : '';
  const wrong = entry.signature === 'wrongly-signed' ? style.yellow(' (wrongly signed)') : '';
  const name = style.cyan(safeText(event, 60));
  return `--> ${name} ${style.dim(`[${id}]`)} ${summary}${wrong}${noted}`.trimEnd();
}

function attemptLine(entry: AttemptEntry, style: ChalkInstance): string {
  const { status, error, outcome, target, durationMs, eventId } = entry;
  const ok = outcome === 'delivered';
  const result = ok ? style.green(`[${status}]`) : style.red(`[${status ?? 'failed'}]`);
  const why = error === null ? '' : ` ${style.red(safeText(error, 200))}`;
  return `<-- ${result} POST ${target}${why} (${Math.round(durationMs)}ms) ${style.dim(`[${eventId}]`)}`;
}

/** An entry about the listener itself as text with its line end; empty for nothing to show. */
function notice(entry: FeedEntry, style: ChalkInstance): string {
  switch (entry.type) {
    case 'ready':
      return ready(entry, style);
    case 'stopped':
      return `${stopped(entry, style)}\n`;
    case 'warning':
      return `${style.yellow('!')} ${safeText(entry.message, 1000)}\n`;
    case 'webhook':
      return webhook(entry, style);
    case 'tunnel':
      return tunnel(entry, style);
    default:
      return '';
  }
}

function tunnel(
  { state, url, since, outageFrom, outageTo, reason }: TunnelEntry,
  style: ChalkInstance,
): string {
  const time = (iso: string | null) => (iso === null ? '' : localTime(iso));
  if (state === 'down') {
    const why = safeText(reason ?? 'no request arrives', 300);
    return `${style.yellow('!')} ${time(since)}  the tunnel is down (${why}); outage since ${time(outageFrom)}; reconnecting\n`;
  }
  if (state === 'changed') {
    return `${style.yellow('!')} ${time(since)}  the tunnel has a new url; updating the instance: ${url}\n`;
  }
  // Without an outage this is the first `up`, which `ready` reports.
  if (outageTo === null) return '';
  return `${style.green('✓')} ${time(since)}  the tunnel is up again: ${url}\n`;
}

/** Sign and colour of each state of the webhook. */
const WEBHOOK_SIGNS = {
  set: ['', 'reset'],
  'changed-elsewhere': ['!', 'yellow'],
  restored: ['✓', 'green'],
  'not-restored': ['✗', 'red'],
} as const;

function webhook(entry: WebhookEntry, style: ChalkInstance): string {
  const text = webhookText(entry);
  if (text === null) return '';
  const [sign, color] = WEBHOOK_SIGNS[entry.state];
  return `${style[color](sign)} ${text}\n`;
}

function ready(entry: ReadyEntry, style: ChalkInstance): string {
  const { instanceId, events, publicUrl, localUrl, targets, previous, tee } = entry;
  const own = previous.url ?? 'none';
  const { thing, undo } = wordsFor(entry);
  const onExit = `Ctrl-C ${undo}s the ${thing}`;
  const lines = [
    `${style.green('✓')} ${style.bold(`Listening on instance ${instanceId}`)} for ${listed(events)}`,
    `  ${publicUrl === localUrl ? localUrl : `${publicUrl} → ${localUrl}`}`,
    ...targets.map(({ url, events: some }) => `  → ${url}${some ? ` (${eventNames(some)})` : ''}`),
    ...(targets.length === 0 ? ['  no target: events are stored and shown'] : []),
    ...(entry.only === null
      ? []
      : [`  only ${entry.only}: events of other chats are stored and shown`]),
    ...(tee === undefined ? [] : [`  tee → ${tee}`]),
    ...(entry.newHistory === undefined ? [] : [`  ${storedText(entry.newHistory)}`]),
    style.dim(
      entry.sideBySide
        ? `  the instance's own webhook (${own}) is untouched; ${onExit}`
        : `  ${onExit}: ${previous.url ?? 'the instance had none'}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** What was received, then what was sent: events and deliveries are counted apart. */
function stopped(entry: StoppedEntry, style: ChalkInstance): string {
  const { received, forwarded, failed, waiting } = entry;
  const sent = forwarded + failed;
  const events = [
    `${count(received, 'event')} received`,
    ...(waiting > 0 ? [style.yellow(`${waiting} waiting`)] : []),
  ];
  const deliveries = [
    sent === 1 ? '1 delivery' : `${sent} deliveries`,
    ...(failed > 0 ? [style.red(`${failed} failed`)] : []),
  ];
  const parts = [events, ...(sent > 0 ? [deliveries] : [])];
  return `Stopped: ${parts.map((part) => part.join(', ')).join('; ')}`;
}

function listed(events: readonly string[]): string {
  return events.length > 6 ? `${events.length} events` : eventNames(events);
}
