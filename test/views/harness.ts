/** Shared by the tests of the views: an `Io` that records output, and feed entries. */

import { EventEmitter } from 'node:events';
import type { AttemptEntry, EventEntry, FeedEntry, ReadyEntry } from '../../src/feed/feed.ts';
import { outcomeOfAttempt } from '../../src/history/outcome.ts';
import type { Io, Output } from '../../src/platform/io.ts';

export const AT = '2026-11-23T09:05:09.123Z';
const common = { v: 1, at: AT } as const;

/** A stream that records its text. While `full`, it makes its writer wait for `drain`. */
export class Sink extends EventEmitter implements Output {
  text = '';
  full = false;
  readonly isTTY: boolean;
  readonly columns?: number;
  readonly rows?: number;

  constructor(isTTY = false, size: { columns?: number; rows?: number } = {}) {
    super();
    this.isTTY = isTTY;
    Object.assign(this, size);
  }

  write(text: string | Uint8Array): boolean {
    this.text += Buffer.from(text).toString();
    return !this.full;
  }

  drain(): void {
    this.full = false;
    this.emit('drain');
  }
}

/** An `Io` with recording streams and this environment; `size` is that of the terminal. */
export function world(
  options: { isTTY?: boolean; env?: Io['env']; size?: { columns: number; rows: number } } = {},
) {
  const { isTTY = false, env = {}, size } = options;
  const stdout = new Sink(isTTY, size);
  const stderr = new Sink(isTTY);
  const io: Io = {
    stdin: process.stdin,
    stdout,
    stderr,
    env,
    cwd: '/',
    inForeground: () => true,
    now: Date.now,
    random: (size) => Buffer.alloc(size),
  };
  return { io, stdout, stderr };
}

export const ready = (parts: Partial<ReadyEntry> = {}): ReadyEntry => ({
  ...common,
  type: 'ready',
  instanceId: '33',
  instanceName: 'Shop bot',
  localUrl: 'http://127.0.0.1:4000',
  publicUrl: 'http://127.0.0.1:4000',
  webhookUrl: 'http://127.0.0.1:4000/webhooks/whatsapp/***',
  events: ['message', 'message_ack'],
  previous: { url: 'https://bot.example.com/hook', events: ['message'] },
  targets: [{ url: 'http://localhost:3000/hook', events: null }],
  only: null,
  held: 0,
  ...parts,
});

export const event = (parts: Partial<EventEntry> = {}): EventEntry => ({
  ...common,
  type: 'event',
  id: 'evt_0123456789abcdef',
  instanceId: '33',
  event: 'message',
  origin: 'live',
  chat: '491511234567@c.us',
  messageId: null,
  ack: null,
  size: 2048,
  duplicateOf: null,
  repeats: null,
  ackWentBack: false,
  issues: [],
  summary: '491511234567: "Hello"',
  direction: 'in',
  name: null,
  text: 'Hello',
  targets: [{ url: 'http://localhost:3000/hook', outcome: 'waiting' }],
  ...parts,
});

export const attempt = (parts: Partial<AttemptEntry> = {}): AttemptEntry => ({
  ...common,
  type: 'attempt',
  eventId: 'evt_0123456789abcdef',
  replay: false,
  target: 'http://localhost:3000/hook',
  number: 1,
  status: 200,
  error: null,
  outcome: outcomeOfAttempt({ status: 200, ...parts }),
  durationMs: 44.6,
  ...parts,
});

type Rejected = Extract<FeedEntry, { type: 'rejected' }>;

export const rejected = (reason: string, more: Partial<Rejected> = {}): FeedEntry => ({
  ...common,
  type: 'rejected',
  status: 401,
  reason,
  size: 12,
  count: 1,
  ...more,
});

export const warning = (message: string): FeedEntry => ({
  ...common,
  type: 'warning',
  code: 'some_code',
  message,
});

export const tunnel = (state: 'up' | 'down' | 'changed'): FeedEntry => ({
  ...common,
  type: 'tunnel',
  state,
  url: 'https://x.ngrok.app',
  since: AT,
  outageFrom: state === 'up' ? null : AT,
  outageTo: null,
  reason: state === 'down' ? 'ngrok does not answer' : null,
});

type WebhookState = 'set' | 'changed-elsewhere' | 'restored' | 'not-restored';
export const webhook = (
  state: WebhookState,
  url: string | null = 'https://bot.example.com/hook',
  events: string[] = ['message', 'qr'],
): FeedEntry => ({ ...common, type: 'webhook', state, url, events });

export const stopped = (failed = 0, waiting = 0): FeedEntry => ({
  ...common,
  type: 'stopped',
  received: 3,
  forwarded: 2,
  failed,
  waiting,
  restored: true,
});

/** Entries of every type. */
export const EACH: readonly FeedEntry[] = [
  tunnel('up'),
  webhook('set'),
  ready(),
  event({ body: { event: 'message', instanceId: 33, data: { a: [1, null, 'x'] } } }),
  attempt(),
  attempt({ status: null, error: 'connection reset' }),
  rejected('no such path'),
  warning('something'),
  webhook('restored', null, []),
  stopped(),
];

/** Text that would control a terminal or deceive its reader. */
export const HOSTILE =
  'a\u001b[2J\u001b]0;title\u0007\r\n\u009b31m\u202egnirts\u2066\u200b\u2028\u0000\u007f\ud800z';

/** Whether the text would make a terminal do more than print and break lines. */
export function obeys(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for control characters
  return /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(
    text,
  );
}

/** The text without the escape sequences of colours. */
export function withoutColors(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it removes colours
  return text.replace(/\u001b\[[\d;]*m/g, '');
}
