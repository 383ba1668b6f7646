import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventEntry } from '../../../src/feed/feed.ts';
import type { Page, PageOf } from '../../../src/feed/pages.ts';
import { MOST_ROWS } from '../../../src/views/tui/state.ts';
import { event, ui } from './state.ts';

/** The page that a history of these events would answer. */
function pageOf(stored: readonly EventEntry[], { before, after, limit, events }: PageOf): Page {
  const meant = stored.filter((one) => events.length === 0 || events.includes(one.event));
  const at = (id: string) => meant.findIndex((one) => one.id === id);
  const row = (one: EventEntry) => ({ event: one, attempts: [] });
  if (after !== undefined) {
    const rest = meant.slice(at(after) + 1);
    return { rows: rest.slice(0, limit).map(row), isMore: rest.length > limit };
  }
  const rest = before === undefined ? meant : meant.slice(0, at(before));
  return { rows: rest.slice(-limit).map(row), isMore: rest.length > limit };
}

type Ui = ReturnType<typeof ui>;

/** Answers the page requests of the list. */
function answer(one: Ui, stored: readonly EventEntry[]): void {
  for (const effect of one.effects()) {
    if (effect.type !== 'list') continue;
    const { generation } = effect;
    one.send({ type: 'page', generation, page: pageOf(stored, effect.page) });
  }
}

const numbers = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => event(from + i));

test('for any order of events, keys and pages, the rows are consecutive events, each once', () => {
  const action = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.nat(400), fc.boolean())
        .map(([count, late]) => ({ kind: 'arrive' as const, count, late })),
    },
    {
      weight: 6,
      arbitrary: fc
        .constantFrom('up', 'down', 'pageup', 'pagedown', 'g', 'G')
        .chain((key) => fc.nat(30).map((times) => ({ kind: 'press' as const, key, times }))),
    },
    { weight: 5, arbitrary: fc.constant({ kind: 'answer' as const }) },
    { weight: 1, arbitrary: fc.nat(40).map((lines) => ({ kind: 'resize' as const, lines })) },
  );
  fc.assert(
    fc.property(fc.nat(1500), fc.array(action, { maxLength: 60 }), (earlier, actions) => {
      const one = ui();
      const stored = numbers(0, earlier);
      const check = () => {
        const { rows, cursor, top, follow, atNewest } = one.state.list;
        const ids = rows.map((row) => Number(row.event.id.slice(4)));
        expect(ids.length).toBeLessThanOrEqual(MOST_ROWS);
        expect(ids).toEqual(ids.map((_, i) => (ids[0] ?? 0) + i));
        expect(cursor).toBeGreaterThanOrEqual(0);
        expect(cursor).toBeLessThan(Math.max(1, rows.length));
        expect(top).toBeLessThanOrEqual(cursor);
        if (follow && atNewest && rows.length > 0) expect(cursor).toBe(rows.length - 1);
      };
      for (const act of actions) {
        switch (act.kind) {
          case 'arrive': {
            const fresh = numbers(stored.length, act.count);
            stored.push(...fresh);
            // A page from history may contain them before the feed does.
            if (act.late) answer(one, stored);
            one.take(...fresh);
            break;
          }
          case 'press':
            for (let i = 0; i < act.times; i++) one.press(act.key);
            break;
          case 'answer':
            answer(one, stored);
            break;
          case 'resize':
            one.send({ type: 'resize', columns: 80, lines: act.lines + 1 });
        }
        check();
      }
      // The newest event can be reached from every state.
      answer(one, stored);
      one.press('G');
      answer(one, stored);
      check();
      if (stored.length > earlier || one.state.list.rows.length > 0) {
        expect(one.selected()).toBe(stored.at(-1)?.id);
      }
    }),
    { numRuns: 150 },
  );
});

describe('the list', () => {
  test('follows the newest event, stops when the user moves, and follows again from the end', () => {
    const one = ui();
    one.take(event(1), event(2));
    expect(one.selected()).toBe('evt_2');
    one.press('up');
    one.take(event(3));
    expect(one.selected()).toBe('evt_1');
    one.press('down', 'down', 'down');
    one.take(event(4));
    expect(one.selected()).toBe('evt_4');
  });

  test('keeps the selected row while thousands of events arrive, and counts the unseen ones', () => {
    const one = ui();
    one.take(...numbers(0, 500));
    one.press('up');
    for (let i = 0; i < 10; i++) one.take(...numbers(500 + i * 500, 500));
    expect(one.selected()).toBe('evt_498');
    const { rows, unseen, atNewest } = one.state.list;
    expect(rows).toHaveLength(MOST_ROWS);
    expect(rows.length + unseen).toBe(5500);
    expect(atNewest).toBe(false);
  });

  test('a page of an earlier query is ignored', () => {
    const one = ui();
    one.take(event(1));
    one.press('up');
    const [asked] = one.effects();
    one.press('/');
    one.type('words');
    one.press('enter');
    const generation = asked?.type === 'list' ? asked.generation : -1;
    const rows = [{ event: event(0), attempts: [] }];
    one.send({ type: 'page', generation, page: { rows, isMore: false } });
    expect(one.state.list.rows).toEqual([]);
  });

  test('a page that fails to load shows a notice, and can be requested again', () => {
    const one = ui();
    one.take(event(1));
    one.press('up');
    const { generation } = one.state.list;
    one.send({ type: 'page-failed', generation, text: 'the disk is gone' });
    expect(one.state.notices.at(-1)?.text).toBe('the disk is gone');
    one.effects();
    one.press('up');
    expect(one.effects()).toHaveLength(1);
  });

  test('a search is reloaded once a second while events arrive', () => {
    const one = ui();
    one.press('/');
    one.type('words');
    one.press('enter');
    const [asked] = one.effects();
    expect(asked).toMatchObject({ type: 'list', page: { search: 'words' } });
    answer(one, []);
    const { generation } = one.state.list;
    one.send({ type: 'page', generation, page: { rows: [], isMore: false } });
    one.take(event(1));
    expect(one.effects()).toEqual([]);
    one.send({ type: 'tick', now: one.state.now + 1000 });
    expect(one.effects().filter(({ type }) => type === 'list')).toHaveLength(1);
  });
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
