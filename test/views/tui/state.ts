/** The terminal UI without a screen, and entries for it. */

import type { AttemptEntry, EventEntry, ReadyEntry } from '../../../src/feed/feed.ts';
import type { Detail } from '../../../src/feed/pages.ts';
import type { Key, KeyName } from '../../../src/views/tui/key.ts';
import { idOf, shownOf } from '../../../src/views/tui/shown.ts';
import {
  type Effect,
  initialState,
  type Message,
  type State,
} from '../../../src/views/tui/state.ts';
import { step } from '../../../src/views/tui/step.ts';
import { attempt as attemptEntry, event as eventEntry, ready } from '../harness.ts';

export const NOON = Date.UTC(2026, 10, 24, 12);
export const TARGET = 'http://localhost:3000/hook';

export const READY: ReadyEntry = ready({
  at: new Date(NOON).toISOString(),
  localUrl: 'http://127.0.0.1:41234',
  publicUrl: 'https://abc.ngrok.app',
  webhookUrl: 'https://abc.ngrok.app/webhooks/whatsapp/***',
  events: ['message', 'message_ack', 'qr'],
  previous: { url: null, events: [] },
  targets: [{ url: TARGET, events: null }],
});

/** An event with this number in its id and its time. */
export function event(number: number, parts: Partial<EventEntry> = {}): EventEntry {
  return eventEntry({
    at: new Date(NOON + number).toISOString(),
    id: `evt_${number}`,
    chat: '12025550142@c.us',
    summary: `12025550142: "number ${number}"`,
    text: `number ${number}`,
    targets: [{ url: TARGET, outcome: 'waiting' }],
    ...parts,
  });
}

/** An attempt on the event with this number. */
export function attempt(number: number, parts: Partial<AttemptEntry> = {}): AttemptEntry {
  return attemptEntry({
    at: new Date(NOON + number).toISOString(),
    eventId: `evt_${number}`,
    target: TARGET,
    durationMs: 12.4,
    ...parts,
  });
}

/** The detail of the event with this number. */
export function detail(number: number, parts: Partial<Detail> = {}): Detail {
  return {
    event: event(number),
    headers: [{ name: 'User-Agent', value: 'WaAPI Webhook User Agent' }],
    body: JSON.stringify(
      { event: 'message', data: { message: { body: 'Hello', to: 'me' } } },
      null,
      2,
    ),
    isCut: false,
    text: 'Hello',
    facts: [['chat', '12025550142@c.us']],
    timeline: [],
    attempts: [],
    qr: null,
    ...parts,
  };
}

/** A terminal UI without a screen: takes messages and records the effects. */
export function ui(parts: Partial<Pick<State, 'columns' | 'lines' | 'ready'>> = {}) {
  const { ready = READY, columns = 80, lines = 20 } = parts;
  let state = initialState(ready, { now: NOON, columns, lines });
  const effects: Effect[] = [];
  const send = (message: Message) => {
    const done = step(state, message);
    state = done.state;
    effects.push(...done.effects);
  };
  return {
    get state() {
      return state;
    },
    /** The effects since the last call. */
    effects: () => effects.splice(0),
    send,
    take: (...entries: Extract<Message, { type: 'entries' }>['entries']) =>
      send({ type: 'entries', entries }),
    press(...keys: (KeyName | string)[]) {
      for (const name of keys) send({ type: 'key', key: keyOf(name) });
    },
    type(text: string) {
      for (const one of text) send({ type: 'key', key: { kind: 'character', text: one } });
    },
    selected: () => idOf(shownOf(state.list)[state.list.cursor]),
  };
}

/** A terminal UI with one event and its detail open. */
export function withDetail(parts: Partial<Detail> = {}) {
  const one = ui();
  one.take(event(1));
  one.press('enter');
  one.effects();
  one.send({ type: 'detail', id: 'evt_1', detail: detail(1, parts) });
  return one;
}

const isName = (name: string): name is KeyName => name.length > 1;

export function keyOf(name: string): Key {
  return isName(name) ? { kind: 'name', name } : { kind: 'character', text: name };
}
