import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BINDINGS } from '../../../src/views/tui/keys.ts';
import { type Effect, type Message, outcomeOf } from '../../../src/views/tui/state.ts';
import { attempt, detail, event, keyOf, NOON, READY, TARGET, ui } from './state.ts';

/** A terminal UI with one event and its detail open. */
function withDetail(parts = {}) {
  const one = ui();
  one.take(event(1));
  one.press('enter');
  one.effects();
  one.send({ type: 'detail', id: 'evt_1', detail: detail(1, parts) });
  return one;
}

const texts = (one: ReturnType<typeof ui>) => one.state.notices.map(({ text }) => text);

describe('the header', () => {
  test('counts live events only', () => {
    const one = ui();
    one.take(event(1), event(2), event(3, { origin: 'replay' }));
    expect(one.state.received).toBe(2);
    expect(one.state.provenAt).toBe(event(2).at);
  });

  test('has the status of the client from its events', () => {
    const one = ui();
    for (const name of ['qr', 'authenticated', 'ready', 'disconnected'])
      one.take(event(1, { event: name }));
    expect(one.state.client).toBe('disconnected');
    one.take(event(2, { event: 'constructor' }));
    expect(one.state.client).toBe('disconnected');
  });

  test('has the health of each target', () => {
    const one = ui();
    one.take(event(1), attempt(1, { durationMs: 20 }));
    expect(one.state.targets[TARGET]).toEqual({ isUp: true, lastDelivered: true, durations: [20] });
    const warn = (code: string) =>
      one.take({ v: 1, type: 'warning', at: READY.at, code, message: 'it is', target: TARGET });
    warn('target_down');
    expect(one.state.targets[TARGET]?.isUp).toBe(false);
    warn('target_up');
    expect(one.state.targets[TARGET]?.isUp).toBe(true);
    one.take(attempt(1, { target: 'http://elsewhere/' }));
    expect(Object.keys(one.state.targets)).toEqual([TARGET]);
  });

  test('stores a bounded number of durations', () => {
    const one = ui();
    one.take(...Array.from({ length: 5000 }, (_, i) => attempt(i)));
    expect(one.state.targets[TARGET]?.durations.length).toBe(200);
  });
});

describe('a row', () => {
  test('waits until its attempt, and has the last one of each target', () => {
    const one = ui();
    one.take(event(1));
    expect(one.state.list.rows.map(outcomeOf)).toEqual(['waiting']);
    one.take(attempt(1, { status: 500 }), attempt(1, { number: 2, replay: true }));
    expect(one.state.list.rows.map(outcomeOf)).toEqual(['delivered']);
    expect(one.state.list.rows[0]).toMatchObject({ attempts: [{ number: 2 }] });
  });

  test('waits for nobody where a filter excludes every target', () => {
    const one = ui();
    const skipped = { url: TARGET, outcome: 'skipped', reason: '--route' } as const;
    one.take(event(1, { targets: [skipped] }), event(2));
    expect(one.state.list.rows.map(outcomeOf)).toEqual(['skipped', 'waiting']);
  });
});

describe('notices', () => {
  test('disappear after a while, and count repetitions', () => {
    const one = ui();
    one.take(event(1, { duplicateOf: 'evt_0' }));
    one.take(event(1, { duplicateOf: 'evt_0' }));
    expect(one.state.notices).toMatchObject([{ times: 2 }]);
    one.send({ type: 'tick', now: NOON + 60_000 });
    expect(one.state.notices).toEqual([]);
  });

  test('tell whether the subscription of --side-by-side was removed', () => {
    const one = ui();
    const entry = { v: 1, type: 'webhook', at: READY.at, url: 'https://own.example' } as const;
    one.take({ ...entry, state: 'restored', events: [], sideBySide: true });
    one.take({ ...entry, state: 'not-restored', events: [], sideBySide: true });
    expect(texts(one)).toEqual([
      'the subscription is removed; the instance has webhook https://own.example (no events)',
      'the subscription was not removed',
    ]);
  });

  test('tell of the tunnel, the webhook and rejected requests', () => {
    const one = ui();
    const at = READY.at;
    const tunnel = { v: 1, type: 'tunnel', at, url: 'https://abc.ngrok.app', since: at } as const;
    one.take(
      { ...tunnel, state: 'down', outageFrom: at, outageTo: null, reason: 'it hangs' },
      { ...tunnel, state: 'up', outageFrom: at, outageTo: at, reason: null },
      {
        v: 1,
        type: 'webhook',
        at,
        state: 'changed-elsewhere',
        url: 'https://theirs.example',
        events: [],
      },
      { v: 1, type: 'rejected', at, status: 401, reason: 'the path token is wrong', size: 10 },
    );
    expect(texts(one)).toEqual([
      expect.stringContaining('the tunnel is down (it hangs)'),
      expect.stringContaining('the tunnel is up again'),
      expect.stringContaining('somebody else set the webhook to https://theirs.example'),
      expect.stringContaining('refused a request with 401'),
    ]);
    expect(one.state.elsewhere).toBe('https://theirs.example');
    one.take({ v: 1, type: 'webhook', at, state: 'set', url: 'x', events: ['qr'] });
    expect(one.state).toMatchObject({ elsewhere: null, subscribed: ['qr'] });
  });

  test('are made safe', () => {
    const one = ui();
    one.send({ type: 'notice', tone: 'bad', text: 'evil \x1b[2J\u202e' });
    expect(texts(one)).toEqual(['evil ␛[2J']);
  });
});

describe('keys', () => {
  test('r, e, s and c act on the selected event, in the list and in its detail', () => {
    for (const one of [ui(), withDetail()]) {
      one.take(event(1));
      one.effects();
      one.press('r', 'e');
      one.press('s');
      one.type('x');
      one.press('enter', 'escape');
      one.press('c', 'b');
      expect(one.effects()).toEqual([
        { type: 'replay', id: 'evt_1' },
        { type: 'edit', id: 'evt_1' },
        { type: 'save', id: 'evt_1', name: 'message.x' },
        { type: 'copy', id: 'evt_1', what: 'body' },
      ]);
    }
  });

  test('do nothing to an event when there is none', () => {
    const one = ui();
    one.press('r', 'e', 's', 'c', 'enter', 'd');
    expect(one.effects()).toEqual([]);
    expect(one.state.mode.name).toBe('list');
  });

  test('Esc goes back step by step and never quits; q stops once, Ctrl-C each time', () => {
    const one = withDetail();
    one.press('?', 'escape');
    expect(one.state.mode.name).toBe('detail');
    one.press('escape', 'escape', 'escape');
    expect(one.state.mode.name).toBe('list');
    expect(one.effects()).toEqual([]);
    one.press('q', 'q', 'ctrl-c', 'ctrl-c');
    expect(one.effects()).toEqual([{ type: 'stop' }, { type: 'stop' }, { type: 'stop' }]);
    expect(one.state.isStopping).toBe(true);
  });

  test('pasted text goes into an input field, and never acts as a key', () => {
    const one = ui();
    one.take(event(1));
    one.send({ type: 'key', key: { kind: 'paste', text: 'qr' } });
    expect(one.effects()).toEqual([]);
    one.press('/');
    one.send({ type: 'key', key: { kind: 'paste', text: 'q'.repeat(9999) } });
    expect(one.state.mode).toMatchObject({ name: 'search', text: 'q'.repeat(200) });
  });

  test('u changes subscriptions as a whole', () => {
    const one = ui();
    one.press('u', 'a');
    expect(one.state.mode).toMatchObject({ name: 'subscriptions' });
    one.press('a', ' ', 'enter');
    expect(one.effects()).toEqual([{ type: 'subscribe', events: ['message'] }]);
    one.send({ type: 'subscribed', events: ['message'] });
    expect(one.state.subscribed).toEqual(['message']);
  });

  test('p pauses and resumes', () => {
    const one = ui();
    one.press('p');
    expect(one.effects()).toEqual([{ type: 'forwarding', pause: true }]);
    one.send({ type: 'forwarding', forwarding: { isPaused: true, waiting: 3 }, byUser: true });
    one.press('p');
    expect(one.effects()).toEqual([{ type: 'forwarding', pause: false }]);
  });

  test('the filter makes a query of names and of failed events', () => {
    const one = ui();
    one.take(event(1, { event: 'call' }));
    one.press('f', ' ', 'down', 'down', ' ', 'enter');
    expect(one.effects()).toMatchObject([
      { type: 'list', page: { only: 'failed', events: ['message'], search: '' } },
    ]);
    one.press('escape');
    expect(one.effects()).toMatchObject([{ type: 'list', page: { only: 'all', events: [] } }]);
  });

  test('each does one thing: bindings of the same key exclude each other', () => {
    for (const binding of BINDINGS) {
      for (const mode of binding.modes) {
        const same = BINDINGS.filter(
          (other) =>
            other.modes.includes(mode) && other.keys.some((key) => binding.keys.includes(key)),
        );
        // Of several bindings of a key, all but the last say when they apply.
        expect(same.slice(0, -1).every(({ applies }) => applies !== undefined)).toBe(true);
      }
    }
  });
});

describe('the detail', () => {
  test('is reloaded when its event changed', () => {
    const one = withDetail();
    one.take(attempt(1, { number: 2 }));
    one.send({ type: 'tick', now: one.state.now + 1000 });
    expect(one.effects()).toContainEqual({ type: 'detail', id: 'evt_1' });
  });

  test('of a deleted event closes with a notice', () => {
    const one = ui();
    one.take(event(1));
    one.press('enter');
    one.send({ type: 'detail-failed', id: 'evt_1', text: 'No event has the id evt_1' });
    expect(one.state.mode.name).toBe('list');
    expect(texts(one)).toEqual(['No event has the id evt_1']);
  });

  test('folds the block at the cursor, or the one around it', () => {
    const one = withDetail();
    one.press('2', 'G', 'left');
    expect([...(one.state.mode.name === 'detail' ? one.state.mode.folded : [])]).toEqual([0]);
    one.press('right', 'down', 'down', 'down', 'left');
    expect([...(one.state.mode.name === 'detail' ? one.state.mode.folded : [])]).toEqual([3]);
    one.press('enter');
    expect([...(one.state.mode.name === 'detail' ? one.state.mode.folded : [])]).toEqual([]);
  });
});

describe('a QR code', () => {
  const one = ui();
  test('is loaded and shown when its event arrives', () => {
    one.take(event(1, { event: 'qr' }));
    expect(one.effects()).toEqual([{ type: 'qr', id: 'evt_1' }]);
    one.send({ type: 'qr', id: 'evt_1', code: '2@code' });
    expect(one.state.mode).toMatchObject({ name: 'qr', code: '2@code' });
  });

  test('is replaced by the next, closed by Esc, and shown again with the next', () => {
    one.send({ type: 'qr', id: 'evt_2', code: '2@next' });
    expect(one.state.mode).toMatchObject({ code: '2@next' });
    one.press('escape');
    expect(one.state.mode.name).toBe('list');
    one.send({ type: 'qr', id: 'evt_3', code: '2@third' });
    expect(one.state.mode).toMatchObject({ code: '2@third' });
  });

  test('closes when the phone is paired; a late one is not shown', () => {
    one.take(event(4, { event: 'authenticated' }));
    expect(one.state.mode.name).toBe('list');
    one.send({ type: 'qr', id: 'evt_3', code: '2@late' });
    expect(one.state.mode.name).toBe('list');
  });
});

test('any order of keys, entries, sizes and answers leaves a valid state', () => {
  const keys = [...new Set(BINDINGS.flatMap((binding) => binding.keys)), 'x'];
  const key = fc.constantFrom(...keys).map((name): Message => ({ type: 'key', key: keyOf(name) }));
  const number = fc.nat(20);
  const message: fc.Arbitrary<Message | null> = fc.oneof(
    { weight: 10, arbitrary: key },
    number.map(
      (n): Message => ({ type: 'entries', entries: [event(n), attempt(n, { status: n * 30 })] }),
    ),
    fc
      .tuple(fc.nat(250), fc.nat(60))
      .map(
        ([columns, lines]): Message => ({ type: 'resize', columns: columns + 1, lines: lines + 1 }),
      ),
    fc.nat(5000).map((ms): Message => ({ type: 'tick', now: NOON + ms })),
    number.map((n): Message => ({ type: 'qr', id: `evt_${n}`, code: '2@x' })),
    fc.constant(null),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 120 }), (messages) => {
      const one = ui();
      let effects: Effect[] = [];
      for (const each of messages) {
        if (each !== null) one.send(each);
        effects.push(...one.effects());
        if (each !== null) continue;
        // Answers all requests.
        for (const effect of effects) {
          if (effect.type === 'detail') {
            one.send({ type: 'detail', id: effect.id, detail: detail(Number(effect.id.slice(4))) });
          } else if (effect.type === 'list') {
            const { generation } = effect;
            one.send({ type: 'page', generation, page: { rows: [], isMore: false } });
          }
        }
        effects = [];
      }
      const { list, mode, lines } = one.state;
      expect(list.cursor).toBeLessThan(Math.max(1, list.rows.length));
      expect(list.cursor - list.top).toBeLessThan(Math.max(1, lines));
      if (mode.name === 'detail') expect(mode.cursor).toBeGreaterThanOrEqual(mode.top);
    }),
    { numRuns: 300 },
  );
});

test('a fixture that is saved late closes its own dialog and no other', () => {
  const one = ui();
  one.take(event(1), event(2));
  one.press('s');
  one.type('x');
  one.press('enter', 'enter', 'escape');
  expect(one.effects()).toEqual([{ type: 'save', id: 'evt_2', name: 'message.x' }]);
  one.press('up', 's');
  one.type('que');
  one.send({ type: 'saved', id: 'evt_2', path: '/there' });
  expect(one.state.mode).toMatchObject({ name: 'save', id: 'evt_1', text: 'message.que' });
  one.press('enter');
  one.send({ type: 'save-failed', id: 'evt_1', text: 'there is one' });
  one.type('r');
  expect(one.state.mode).toMatchObject({ text: 'message.quer' });
});

test('a detail behind a dialog is reloaded when its event changes', () => {
  const one = withDetail();
  one.press('?');
  one.take(attempt(1, { number: 2 }));
  one.send({ type: 'tick', now: one.state.now + 1000 });
  one.send({ type: 'tick', now: one.state.now + 1000 });
  expect(one.effects().filter(({ type }) => type === 'detail')).toEqual([
    { type: 'detail', id: 'evt_1' },
  ]);
  one.send({ type: 'detail', id: 'evt_1', detail: detail(1, { qr: 'x' }) });
  one.press('escape');
  expect(one.state.mode).toMatchObject({ name: 'detail', detail: { qr: 'x' } });
});

test('p pressed twice resumes forwarding', () => {
  const one = ui();
  one.press('p', 'p');
  expect(one.effects()).toEqual([
    { type: 'forwarding', pause: true },
    { type: 'forwarding', pause: false },
  ]);
});

test('after q no key has an effect, and no tick', () => {
  const one = ui();
  one.take(event(1));
  one.press('q');
  one.effects();
  one.press('r', 'e', 's', 'u', 'p');
  one.send({ type: 'tick', now: one.state.now + 5000 });
  expect(one.effects()).toEqual([]);
});

test('the selected row stays selected when its search is reloaded', () => {
  const one = ui();
  one.press('/');
  one.type('x');
  one.press('enter');
  const rows = (from: number) =>
    Array.from({ length: 20 }, (_, i) => ({ event: event(from + i), attempts: [] }));
  const page = (from: number) =>
    one.send({
      type: 'page',
      generation: one.state.list.generation,
      page: { rows: rows(from), isMore: false },
    });
  page(0);
  one.take(event(20));
  one.send({ type: 'tick', now: one.state.now + 1000 });
  one.press('up');
  expect(one.selected()).toBe('evt_18');
  page(1);
  expect(one.selected()).toBe('evt_18');
});

test('the rows stay when the reloaded search no longer has the selected one', () => {
  const one = ui();
  const row = (n: number) => ({ event: event(n), attempts: [] });
  const page = (...numbers: number[]) =>
    one.send({
      type: 'page',
      generation: one.state.list.generation,
      page: { rows: numbers.map(row), isMore: true },
    });
  one.press('/');
  one.type('x');
  one.press('enter');
  page(1, 2, 3);
  one.take(event(20));
  one.send({ type: 'tick', now: one.state.now + 1000 });
  one.press('up');
  page(18, 19, 20);
  expect(one.selected()).toBe('evt_2');
  one.effects();
  one.press('g');
  expect(one.effects()).toMatchObject([{ type: 'list', page: { before: 'evt_1' } }]);
});

test('the help scrolls no further than its end: one key up from there is one line up', () => {
  const one = ui({ lines: 12 });
  one.press('?', 'G', 'G');
  const top = one.state.mode.name === 'help' ? one.state.mode.top : 0;
  expect(top).toBeGreaterThan(5);
  one.press('up');
  expect(one.state.mode).toMatchObject({ top: top - 1 });
});
