import { describe, expect, test } from 'vitest';
import { textOf } from '../../../src/views/tui/line.ts';
import { quietLines, tailLine } from '../../../src/views/tui/quiet-lines.ts';
import { initialState } from '../../../src/views/tui/state.ts';
import { step } from '../../../src/views/tui/step.ts';
import { event, NOON, READY, ui } from './state.ts';

const SIZE = { now: NOON, columns: 110, lines: 30 };
const said = (state: ReturnType<typeof initialState>) => quietLines(state).map(textOf);

describe('a list without rows says what to do next', () => {
  test('of a real instance: send a message', () => {
    expect(said(ui({ columns: 110 }).state)).toEqual([
      ' Nothing has come yet. Send a WhatsApp message to the number of Shop bot, and it shows up here.',
      ' subscribed to message, message_ack, qr · u changes that',
      '',
      ' ↑ loads earlier events · ? shows all keys',
    ]);
  });

  test('of the simulator: send yourself one', () => {
    expect(said(initialState(READY, SIZE, true))).toEqual([
      ' Nothing has come yet. Press t to send yourself a message.',
      ' subscribed to message, message_ack, qr · u changes that',
      '',
      ' ↑ loads earlier events · ? shows all keys',
    ]);
  });

  test.each([
    [{ search: 'zeppelin' }, ' No event matches “zeppelin”. Esc shows all events.'],
    [{ only: 'failed' as const }, ' No event matches failed. Esc shows all events.'],
    [
      { events: ['message', 'qr'], search: 'x' },
      ' No event matches message, qr, “x”. Esc shows all events.',
    ],
  ])('of the query %j: how to see all', (query, text) => {
    const { state } = ui();
    const list = { ...state.list, query: { ...state.list.query, ...query } };
    expect(said({ ...state, list })).toEqual([text]);
  });

  test('and while it loads, only that', () => {
    const one = ui();
    one.press('up');
    expect(said(one.state)).toEqual([' Loading …']);
  });
});

describe('a list without rows says why nothing can come in', () => {
  const at = READY.at;

  test('while the tunnel is down', () => {
    const one = ui({ columns: 110 });
    one.take({
      ...{ v: 1, type: 'tunnel', at, state: 'down', url: 'x', since: at, outageFrom: at },
      ...{ outageTo: null, reason: 'ngrok does not answer' },
    });
    expect(said(one.state)[0]).toBe(
      ' ✗ The tunnel is down (ngrok does not answer): no event arrives until it is up.',
    );
  });

  test('while somebody else has the webhook', () => {
    const one = ui({ columns: 110 });
    const webhook = { v: 1, type: 'webhook', at, state: 'changed-elsewhere' } as const;
    one.take({ ...webhook, url: 'https://theirs.example', events: [] });
    expect(said(one.state)[0]).toContain('Somebody else set the webhook to https://theirs.example');
  });

  test('while the instance is not paired', () => {
    const { state } = ui();
    expect(said({ ...state, client: 'qr' })[0]).toContain('scan its QR code');
    expect(said({ ...state, client: 'disconnected' })[0]).toContain('The phone is disconnected');
  });
});

describe('the line below the rows', () => {
  const text = (state: ReturnType<typeof initialState>) => {
    const tail = tailLine(state);
    return tail === null ? null : textOf(tail);
  };

  test('says that the scenario is over, and gives way to newer events', () => {
    let state = initialState(READY, SIZE, true);
    const send = (message: Parameters<typeof step>[1]) => {
      state = step(state, message).state;
    };
    send({ type: 'entries', entries: [event(1)] });
    expect(text(state)).toBeNull();
    send({ type: 'scenario-over', scenario: { name: 'morning', events: 21 } });
    expect(text(state)).toBe(' The scenario "morning" is over (21 events). t sends more, q ends.');
    expect(text({ ...state, list: { ...state.list, unseen: 3 } })).toBe('↓ 3 newer: G shows them');
  });

  test('takes its room from the rows', () => {
    const one = ui({ lines: 10 });
    one.take(...Array.from({ length: 50 }, (_, i) => event(i)));
    const before = one.state.list.top;
    one.send({ type: 'scenario-over', scenario: { name: 'morning', events: 1 } });
    expect(one.state.list.top).toBe(before + 1);
    expect(text(one.state)).toContain('(1 event)');
  });
});
