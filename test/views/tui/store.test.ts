import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CliError } from '../../../src/errors.ts';
import type { Actions } from '../../../src/views/tui/actions.ts';
import { perform } from '../../../src/views/tui/perform.ts';
import { type Effect, initialState } from '../../../src/views/tui/state.ts';
import { createStore } from '../../../src/views/tui/store.ts';
import { event, keyOf, NOON, READY } from './state.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function begin() {
  const frames: number[] = [];
  let isFree = true;
  let again: (() => void) | null = null;
  const effects: Effect[] = [];
  const initial = initialState(READY, { now: NOON, columns: 80, lines: 24 });
  const store = createStore(initial, (effect) => effects.push(effect), {
    now: () => Date.now(),
    isFree: () => isFree,
    onFree: (call) => {
      again = call;
    },
  });
  store.subscribe(() => frames.push(store.get().received));
  return {
    store,
    frames,
    effects,
    block: () => {
      isFree = false;
    },
    free: () => {
      isFree = true;
      again?.();
    },
    isWaiting: () => again !== null,
  };
}

test('draws at most ten frames a second, the last with everything', () => {
  const { store, frames } = begin();
  for (let i = 0; i < 1000; i++) {
    store.send({ type: 'entries', entries: [event(i)] });
    vi.advanceTimersByTime(1);
  }
  expect(frames.length).toBeLessThanOrEqual(11);
  vi.advanceTimersByTime(100);
  expect(frames.at(-1)).toBe(1000);
});

test('draws a key after a pause at once', () => {
  const { store, frames } = begin();
  store.send({ type: 'key', key: keyOf('?') });
  expect(frames).toHaveLength(1);
});

test('draws nothing for a message that changes nothing', () => {
  const { store, frames } = begin();
  store.send({ type: 'key', key: keyOf('x') });
  vi.advanceTimersByTime(1000);
  expect(frames).toEqual([]);
});

test('draws no frame while the terminal does not read, then one with everything', () => {
  const { store, frames, block, free, isWaiting } = begin();
  block();
  for (let i = 0; i < 100; i++) {
    store.send({ type: 'entries', entries: [event(i)] });
    vi.advanceTimersByTime(50);
  }
  expect(frames).toEqual([]);
  expect(isWaiting()).toBe(true);
  free();
  expect(frames).toEqual([100]);
});

test('draws nothing after close', () => {
  const { store, frames } = begin();
  store.send({ type: 'entries', entries: [event(1)] });
  store.send({ type: 'entries', entries: [event(2)] });
  store.close();
  vi.advanceTimersByTime(1000);
  expect(frames).toEqual([1]);
});

test('the result of an action becomes a message, and so does its error', async () => {
  const refuse = () =>
    Promise.reject(new CliError('notFound', 'gone', 'It is gone', { hint: 'Look.' }));
  const actions = {
    copy: async () => 'the clipboard',
    replay: async () => ({ answered: 1, unanswered: 1, statuses: [200] }),
    trigger: async () => ({ answered: 2, unanswered: 0, statuses: [200, 404] }),
    list: refuse,
    detail: refuse,
    save: refuse,
  } as unknown as Actions;
  const page = { events: [], only: 'all', search: '', limit: 1 } as const;
  const done = await Promise.all([
    perform({ type: 'copy', id: 'evt_1', what: 'id' }, actions),
    perform({ type: 'replay', id: 'evt_1' }, actions),
    perform({ type: 'trigger', name: 'call.video', instanceId: '33' }, actions),
    perform({ type: 'list', page, generation: 7 }, actions),
    perform({ type: 'detail', id: 'evt_1' }, actions),
    perform({ type: 'save', id: 'evt_1', name: 'x' }, actions),
  ]);
  expect(done).toEqual([
    { type: 'notice', tone: 'good', text: 'id copied: the clipboard' },
    { type: 'notice', tone: 'bad', text: 'replayed: 1 of 2 targets did not answer' },
    {
      type: 'notice',
      tone: 'warning',
      text: 'triggered: answered with 200, 404: the handler does not handle this event',
    },
    { type: 'page-failed', generation: 7, text: 'It is gone. Look.' },
    { type: 'detail-failed', id: 'evt_1', text: 'It is gone. Look.' },
    { type: 'save-failed', id: 'evt_1', text: 'It is gone. Look.' },
  ]);
});
