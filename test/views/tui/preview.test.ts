import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { bindingsFor } from '../../../src/views/tui/keys.ts';
import { panesOf } from '../../../src/views/tui/layout.ts';
import { textOf } from '../../../src/views/tui/line.ts';
import { previewLines } from '../../../src/views/tui/preview-lines.ts';
import { attempt, detail, event, NOON, ui } from './state.ts';

const wide = () => ui({ columns: 160, lines: 50 });
type Ui = ReturnType<typeof ui>;

/** The effects that load the preview. */
const loads = (one: Ui) =>
  one.effects().filter(({ type }) => type === 'preview' || type === 'preview-soon');
const lines = (one: Ui, columns = 70) => previewLines(one.state, columns).map(textOf);
/** Loads the preview of the selected event. */
function load(one: Ui, number: number, parts = {}): void {
  one.send({ type: 'preview-due' });
  one.send({ type: 'preview', id: `evt_${number}`, detail: detail(number, parts) });
  one.effects();
}

describe('loading', () => {
  test('waits for the selection to rest, and has one request at a time, of the newest selection', () => {
    const one = wide();
    one.take(event(1));
    expect(loads(one)).toEqual([{ type: 'preview-soon' }]);
    for (let i = 2; i < 500; i++) one.take(event(i), attempt(i));
    expect(loads(one)).toEqual([]);
    // Another event was selected meanwhile.
    one.send({ type: 'preview-due' });
    expect(loads(one)).toEqual([{ type: 'preview-soon' }]);
    one.send({ type: 'preview-due' });
    expect(loads(one)).toEqual([{ type: 'preview', id: 'evt_499' }]);
    one.press('up', 'up', 'up');
    one.send({ type: 'preview-due' });
    expect(loads(one)).toEqual([]);
    one.send({ type: 'preview', id: 'evt_499', detail: detail(499) });
    expect(loads(one)).toEqual([{ type: 'preview-soon' }]);
    // The row is shown until its own detail is there.
    expect(lines(one).join('\n')).toContain('"number 496"');
    expect(lines(one).join('\n')).not.toContain('Hello');
    one.send({ type: 'preview-due' });
    expect(loads(one)).toEqual([{ type: 'preview', id: 'evt_496' }]);
  });

  test('asks for nothing again when the selection comes back in time', () => {
    const one = wide();
    one.take(event(1));
    load(one, 1);
    one.take(event(2));
    one.press('up');
    expect(loads(one)).toEqual([{ type: 'preview-soon' }]);
    one.send({ type: 'preview-due' });
    expect(loads(one)).toEqual([]);
  });

  test('asks for nothing without a preview, with an event open, or while stopping', () => {
    for (const one of [ui(), ui({ columns: 100, lines: 30 })]) {
      one.take(event(1));
      expect(loads(one)).toEqual([]);
    }
    const hidden = wide();
    hidden.press('z');
    hidden.take(event(1));
    expect(loads(hidden)).toEqual([]);
    hidden.press('z');
    expect(loads(hidden)).toEqual([{ type: 'preview-soon' }]);
    const open = wide();
    open.take(event(1));
    load(open, 1);
    open.press('enter');
    open.take(event(2));
    expect(loads(open)).toEqual([]);
    const stopping = wide();
    stopping.press('q');
    stopping.take(event(1));
    expect(loads(stopping)).toEqual([]);
  });

  test('an event that changes is read again, once a second', () => {
    const one = wide();
    one.take(event(1));
    load(one, 1);
    for (let i = 0; i < 50; i++) one.take(attempt(1));
    expect(loads(one)).toEqual([]);
    one.send({ type: 'tick', now: NOON + 1000 });
    expect(loads(one)).toEqual([{ type: 'preview-soon' }]);
  });

  test('an event that is gone is told in the pane, and is not asked for again', () => {
    const one = wide();
    one.take(event(1));
    one.send({ type: 'preview-due' });
    one.send({ type: 'preview-failed', id: 'evt_1', text: 'There is no event evt_1' });
    one.effects();
    expect(lines(one)).toContain(' There is no event evt_1');
    one.send({ type: 'tick', now: NOON + 1000 });
    expect(loads(one)).toEqual([]);
    expect(one.state.notices).toEqual([]);
  });
});

describe('what it shows', () => {
  test('is the message first: who, the text with its lines, then timeline, answer and request', () => {
    const one = wide();
    one.take(event(1, { name: 'Mia Example', direction: 'in' }));
    const at = new Date(NOON).toISOString();
    const said = event(1).summary;
    load(one, 1, {
      text: 'Good morning!\nIs it there?',
      timeline: [
        { id: 'evt_1', at, event: 'message', summary: 'said', ack: null, odd: null },
        { id: 'evt_2', at, event: 'message_ack', summary: 'read', ack: 3, odd: null },
        { id: 'evt_3', at, event: 'message_edit', summary: 'edited to "x"', ack: null, odd: null },
        { id: 'evt_4', at, event: 'message_create', summary: said, ack: null, odd: null },
      ],
      attempts: [
        { entry: attempt(1, { status: 500 }), headers: [], body: 'an old answer' },
        { entry: attempt(1, { status: 404 }), headers: [], body: 'not here' },
      ],
      body: JSON.stringify({ event: 'message', data: { message: { a: 1, b: { c: 2 } } } }, null, 2),
    });
    const all = lines(one);
    expect(all[0]).toMatch(/^ Mia Example {2}12025550142 .*\d\d:\d\d:\d\d$/);
    expect(all.slice(2, 4)).toEqual(['   Good morning!', '   Is it there?']);
    const text = all.join('\n');
    const order = [
      /Timeline .*✓ read/,
      /edited to "x"/,
      /Your app .*✗ 404/,
      /→ the handler does not/,
      /not here/,
    ];
    const places = [...order, /Request/, /"message": \{ … 4 lines \}/].map((one) =>
      text.search(one),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(text).not.toContain('an old answer');
    // The copy of the message adds nothing.
    expect(text).not.toContain(said);
  });

  test('the timeline tells a message and its copy once', () => {
    const one = wide();
    one.take(event(3, { event: 'message_edit', summary: 'edited' }));
    const at = new Date(NOON).toISOString();
    const moment = { at, ack: null, odd: null };
    load(one, 3, {
      event: event(3, { event: 'message_edit', summary: 'edited' }),
      timeline: [
        { ...moment, id: 'evt_1', event: 'message_create', summary: 'said' },
        { ...moment, id: 'evt_2', event: 'message', summary: 'said' },
        { ...moment, id: 'evt_3', event: 'message_edit', summary: 'edited' },
        { ...moment, id: 'evt_4', event: 'message', summary: 'said', odd: 'late' },
      ],
    });
    const moments = lines(one).filter((each) => / said/.test(each));
    expect(moments.map((each) => each.slice(11).trim())).toEqual(['said', 'said  ! late']);
  });

  test('an own message says to whom, by the name of the list', () => {
    const one = wide();
    const own = { direction: 'out', name: 'Shop' } as const;
    one.take(event(1, own));
    expect(lines(one)[0]).toMatch(/^ to 12025550142 +\d\d:/);
    load(one, 1, { event: event(1, own) });
    expect(lines(one)[0]).toMatch(/^ to 12025550142 +\d\d:/);
    // The title follows the name that a later event tells.
    one.press('up');
    one.take(event(2, { direction: 'in', name: 'Mia Example' }));
    one.press('up');
    expect(lines(one)[0]).toMatch(/^ to Mia Example {2}12025550142 +\d\d:/);
    one.take(event(3, { ...own, chat: '1203@g.us' }));
    one.press('G');
    expect(lines(one)[0]).toMatch(/^ to group {2}1203 +\d\d:/);
  });

  test('in a group it is the member with the number, and the group', () => {
    const one = wide();
    const group = { chat: '1203@g.us', name: 'Leo Example', direction: 'in' } as const;
    one.take(event(1, group));
    expect(lines(one)[0]).toMatch(/^ Leo Example {2}\(group\) /);
    load(one, 1, { event: event(1, group), facts: [['author', '12025550117@c.us']] });
    expect(lines(one)[0]).toMatch(/^ Leo Example {2}12025550117 {2}\(group\) /);
  });

  test('the hits of the search are marked, before the event is loaded and after', () => {
    const one = wide();
    one.press('/');
    one.type('good 2025');
    one.press('enter');
    const rows = [{ event: event(1, { summary: 'said "Good"' }), attempts: [] }];
    one.send({ type: 'page', generation: 1, page: { rows, isMore: false } });
    const hits = () =>
      previewLines(one.state, 70).flatMap(({ spans }) =>
        spans.flatMap(({ text, look }) => (look === 'hit' ? [text] : [])),
      );
    expect(hits()).toEqual(['2025', 'Good']);
    load(one, 1, { text: 'Good morning!', body: '{"a":"good"}' });
    expect(hits()).toEqual(['2025', 'Good', 'good']);
    one.press('escape');
    one.send({ type: 'page', generation: 2, page: { rows, isMore: false } });
    expect(hits()).toEqual([]);
  });

  test('Tab leads to it and back to the list, and the footer says where to', () => {
    const one = wide();
    one.take(event(1));
    const labels = () =>
      bindingsFor(one.state).flatMap(({ keys, short }) => (keys.includes('tab') ? [short] : []));
    expect(labels()).toEqual(['preview']);
    one.press('tab');
    expect(one.state.preview.isFocused).toBe(true);
    expect(labels()).toEqual(['list']);
    one.press('tab');
    expect(one.state.preview.isFocused).toBe(false);
  });

  test('any text fits its pane, and scrolling stays within it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 2000 });
    fc.assert(
      fc.property(
        ...([text, text, text, fc.integer({ min: 110, max: 240 })] as const),
        (said, answer, body, columns) => {
          const one = ui({ columns, lines: 40 });
          one.take(event(1));
          const entry = attempt(1);
          load(one, 1, { text: said, body, attempts: [{ entry, headers: [], body: answer }] });
          const { preview } = panesOf(one.state);
          const most = preview?.columns ?? 0;
          for (const each of lines(one, most)) expect(stringWidth(each)).toBeLessThanOrEqual(most);
          one.press('tab', 'pagedown', 'G', 'pagedown', 'down');
          const last = Math.max(0, lines(one, most).length - (preview?.lines ?? 0));
          expect(one.state.preview.top).toBe(last);
          one.press('g', 'up');
          expect(one.state.preview.top).toBe(0);
          expect(one.state.list.cursor).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});
