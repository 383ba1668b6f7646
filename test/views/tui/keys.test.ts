import { describe, expect, test } from 'vitest';
import { foundIn } from '../../../src/views/tui/finder.ts';
import { BINDINGS, bindingsFor, paletteOf } from '../../../src/views/tui/keys.ts';
import { event, READY, ui, withDetail } from './state.ts';

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

  test('q on a page goes back; in the list it asks before it stops while events wait', () => {
    const one = withDetail();
    one.press('?', 'q');
    expect(one.state.mode.name).toBe('detail');
    one.press('q');
    expect(one.state.mode.name).toBe('list');
    one.press('f', 'q', 'u', 'q', 'c', 'q');
    expect(one.state.mode.name).toBe('list');
    one.send({ type: 'forwarding', forwarding: { isPaused: false, waiting: 3 }, byUser: false });
    one.press('q');
    expect(one.state).toMatchObject({ mode: { name: 'quit' }, isStopping: false });
    one.press('escape');
    expect(one.state.mode.name).toBe('list');
    expect(one.effects()).toEqual([]);
    one.press('q', 'q');
    expect(one.effects()).toEqual([{ type: 'stop' }]);
    const other = ui();
    other.send({ type: 'forwarding', forwarding: { isPaused: true, waiting: 1 }, byUser: false });
    other.press('q', 'enter');
    expect(other.effects()).toEqual([{ type: 'stop' }]);
  });

  test(': finds an action by its words, does it, and says why another has no effect', () => {
    const one = ui();
    one.take(event(1));
    one.press(':');
    one.type('copy');
    one.press('enter');
    expect(one.state.mode).toMatchObject({ name: 'copy', id: 'evt_1' });
    one.press('escape', ':');
    one.type('next hit');
    const palette = (mode: typeof one.state.mode) =>
      mode.name === 'palette' ? foundIn(paletteOf(one.state, mode), mode.text) : [];
    expect(palette(one.state.mode)[0]).toMatchObject({
      key: 'n N',
      why: 'nothing is searched: / searches',
    });
    one.press('enter');
    expect(one.state.notices).toMatchObject([{ text: 'nothing is searched: / searches' }]);
    one.effects();
    one.press(':');
    one.type('r');
    one.press('down', 'up', 'up', 'ctrl-u');
    one.type('replay the');
    one.press('enter');
    expect(one.effects()).toEqual([{ type: 'replay', id: 'evt_1' }]);
  });

  test('the palette has every key that the help names, but those that move', () => {
    const palette = new Set(
      paletteOf(ui().state, { back: { name: 'list' } }).map(({ key }) => key),
    );
    const moving = [
      '↑ k',
      '↓ j',
      'PgUp',
      'PgDn',
      'g',
      'Tab',
      '← →',
      'Enter',
      'Space',
      'a',
      'Ctrl-C',
      ':',
    ];
    const missing = BINDINGS.filter(({ help, shown }) => help !== undefined && !palette.has(shown));
    expect(missing.map(({ shown }) => shown).filter((key) => !moving.includes(key))).toEqual([]);
  });

  test('without a target, r, e and p say so, and the footer leaves them out', () => {
    const one = ui({ ready: { ...READY, targets: [] } });
    one.take(event(1));
    for (const key of ['r', 'e', 'p']) {
      one.press(key);
      expect(one.state.notices.at(-1)?.text).toContain('there is no target: name one');
    }
    expect(one.effects()).toEqual([]);
    const keys = bindingsFor(one.state).map(({ shown }) => shown);
    expect(keys).not.toContain('r');
    expect(keys).toContain('s');
  });

  test('t loads the fixtures, finds one by its words, and triggers it', () => {
    const one = ui();
    one.press('t');
    expect(one.effects()).toEqual([{ type: 'fixtures' }]);
    one.press('enter');
    const fixtures = [
      { name: 'call.incoming', description: 'a call' },
      { name: 'message.image', description: 'a picture with a caption' },
    ];
    one.send({ type: 'fixtures', fixtures });
    one.type('picture');
    one.press('enter');
    expect(one.effects()).toEqual([
      { type: 'trigger', name: 'message.image', instanceId: READY.instanceId },
    ]);
    expect(one.state.mode.name).toBe('list');
    one.press('t', 'escape');
    one.effects();
    // Late answers open no dialog.
    one.send({ type: 'fixtures', fixtures });
    expect(one.state.mode.name).toBe('list');
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
    // Below the states: the kinds of the events that came, then their names.
    one.press('f', ' ', 'down', 'down', 'down', 'down', 'down', ' ', 'enter');
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

test('the help scrolls no further than its end: one key up from there is one line up', () => {
  const one = ui({ lines: 12 });
  one.press('?', 'G', 'G');
  const top = one.state.mode.name === 'help' ? one.state.mode.top : 0;
  expect(top).toBeGreaterThan(5);
  one.press('up');
  expect(one.state.mode).toMatchObject({ top: top - 1 });
});
