import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BINDINGS } from '../../../src/views/tui/keys.ts';
import { textOf } from '../../../src/views/tui/line.ts';
import { linesOf } from '../../../src/views/tui/moves.ts';
import type { Effect, Message } from '../../../src/views/tui/state.ts';
import { attempt, detail, event, keyOf, NOON, READY, TARGET, ui, withDetail } from './state.ts';

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
    expect(one.state.targets[TARGET]).toMatchObject({
      isUp: true,
      last: { outcome: 'delivered' },
      durations: [20],
    });
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
    expect(texts(one)).toEqual([
      'the subscription is removed; the instance has webhook https://own.example (no events)',
    ]);
    one.take({ ...entry, state: 'not-restored', events: [], sideBySide: true });
    expect(texts(one)).toEqual(['the subscription was not removed']);
  });

  test('tell of the tunnel, the webhook and rejected requests', () => {
    const one = ui();
    const at = READY.at;
    const tunnel = { v: 1, type: 'tunnel', at, url: 'https://abc.ngrok.app', since: at } as const;
    one.take({ ...tunnel, state: 'down', outageFrom: at, outageTo: null, reason: 'it hangs' });
    expect(texts(one)).toEqual([expect.stringContaining('the tunnel is down (it hangs)')]);
    one.take({ ...tunnel, state: 'up', outageFrom: at, outageTo: at, reason: null });
    expect(texts(one)).toEqual([expect.stringContaining('the tunnel is up again')]);
    one.take(
      {
        v: 1,
        type: 'webhook',
        at,
        state: 'changed-elsewhere',
        url: 'https://theirs.example',
        events: [],
      },
      {
        v: 1,
        type: 'rejected',
        at,
        status: 401,
        reason: 'the path token is wrong',
        size: 10,
        count: 1,
      },
    );
    expect(texts(one)).toEqual([
      expect.stringContaining('somebody else set the webhook to https://theirs.example'),
      expect.stringContaining('refused a request with 401'),
    ]);
    expect(one.state.elsewhere).toBe('https://theirs.example');
    one.take({ v: 1, type: 'webhook', at, state: 'set', url: 'x', events: ['qr'] });
    expect(one.state).toMatchObject({ elsewhere: null, subscribed: ['qr'] });
  });

  test('replace each other, but a fault stays until it is over or too old', () => {
    const one = ui();
    const notice = (tone: 'info' | 'good' | 'bad', text: string) =>
      one.send({ type: 'notice', tone, text });
    notice('info', 'replaying …');
    notice('good', 'replayed');
    expect(texts(one)).toEqual(['replayed']);
    const warn = (code: string, message: string) =>
      one.take({ v: 1, type: 'warning', at: READY.at, code, message, target: TARGET });
    warn('target_down', 'it is down');
    notice('info', 'something else');
    expect(texts(one)).toEqual(['it is down', 'something else']);
    warn('target_up', 'it is up');
    expect(texts(one)).toEqual(['it is up']);
    for (let i = 0; i < 9; i++) notice('bad', `fault ${i}`);
    expect(texts(one)).toEqual(['fault 5', 'fault 6', 'fault 7', 'fault 8']);
  });

  test('are made safe', () => {
    const one = ui();
    one.send({ type: 'notice', tone: 'bad', text: 'evil \x1b[2J\u202e' });
    expect(texts(one)).toEqual(['evil ␛[2J']);
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

  test('a search finds text inside of folded blocks, and opens those', () => {
    const data = { message: { from: { name: 'hidden words' } }, other: { deep: { no: 1 } } };
    const one = withDetail({ body: JSON.stringify({ event: 'message', data }, null, 2) });
    one.press('2');
    const lines = () => {
      const { mode } = one.state;
      return mode.name === 'detail' ? linesOf(one.state, mode).map(textOf) : [];
    };
    const isOn = (text: string) => {
      const { mode } = one.state;
      return mode.name === 'detail' && lines()[mode.cursor]?.includes(text) === true;
    };
    const go = (text: string) => {
      one.press('g');
      while (!isOn(text)) one.press('down');
    };
    for (const block of ['"deep"', '"from"', '"message":', '"data"']) {
      go(block);
      one.press('left');
    }
    expect(lines().join()).not.toContain('hidden');
    one.press('/');
    one.type('hidden');
    one.press('enter');
    expect(isOn('hidden words')).toBe(true);
    // Blocks without a hit stay folded.
    expect(lines().join()).not.toContain('"no"');
    go('"data"');
    one.press('left');
    expect(lines().join()).not.toContain('hidden');
    one.press('n');
    expect(isOn('hidden words')).toBe(true);
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
