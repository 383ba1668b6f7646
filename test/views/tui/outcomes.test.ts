import { describe, expect, test } from 'vitest';
import type { EventEntry } from '../../../src/feed/feed.ts';
import { detailLines } from '../../../src/views/tui/detail-lines.ts';
import { textOf } from '../../../src/views/tui/line.ts';
import { rowLine } from '../../../src/views/tui/row-line.ts';
import { outcomeOf } from '../../../src/views/tui/row-outcome.ts';
import { shownOf } from '../../../src/views/tui/shown.ts';
import { attempt, detail, event, READY, TARGET, ui } from './state.ts';

const OTHER = 'http://localhost:4000/other';
const waiting = (url: string) => ({ url, outcome: 'waiting' as const });
const skipped = (reason: string) => ({ url: TARGET, outcome: 'skipped' as const, reason });

/** A terminal UI of a listener with these targets, which forwards only the events of `only`. */
function withTargets(targets: (typeof READY)['targets'], only: string | null = null) {
  return ui({ ready: { ...READY, targets, only } });
}

/** The rows of the list as wide terminals show them, without the time. */
function rows(one: ReturnType<typeof ui>): string[] {
  const look = { columns: 100, isSelected: false, dated: false, words: [], names: new Map() };
  return shownOf(one.state.list).map((row) => textOf(rowLine(row, look)).slice(12).trimEnd());
}

describe('the sign of a row', () => {
  const two = [
    { url: TARGET, events: null },
    { url: OTHER, events: null },
  ];

  test('waits until the last of two targets has answered', () => {
    const one = withTargets(two);
    one.take(event(1, { targets: [waiting(TARGET), waiting(OTHER)] }));
    expect(rows(one)).toEqual([expect.stringMatching(/^… {2}← {2}message .* number 1 +wait$/)]);
    one.take(attempt(1));
    expect(rows(one)).toEqual([expect.stringMatching(/^… {2}← {2}message .* 1\/2 +12 ms$/)]);
    one.take(attempt(1, { target: OTHER }));
    expect(rows(one)).toEqual([expect.stringMatching(/^✓ {2}← {2}message .* 2\/2 +12 ms$/)]);
  });

  test('failed at one of two targets, before and after the other answered', () => {
    const one = withTargets(two);
    one.take(event(1, { targets: [waiting(TARGET), waiting(OTHER)] }), attempt(1, { status: 500 }));
    expect(rows(one)).toEqual([expect.stringMatching(/^✗ {2}← {2}message .* 0\/2 +12 ms$/)]);
    one.take(attempt(1, { target: OTHER }));
    expect(rows(one)).toEqual([expect.stringMatching(/^✗ {2}← {2}message .* 1\/2 +12 ms$/)]);
    one.take(attempt(1, { number: 2, replay: true }));
    expect(rows(one)).toEqual([expect.stringMatching(/^✓ {2}← {2}message .* 2\/2 +12 ms$/)]);
  });

  test('waits for a target whose route is a glob', () => {
    const one = withTargets([{ url: TARGET, events: ['message*'] }]);
    one.take(event(1, { event: 'message_ack', targets: [waiting(TARGET)] }));
    expect(rows(one)).toEqual([expect.stringMatching(/^… {2}← {2}ack/)]);
  });

  test.each(['--only', '--route', 'not among the wanted events'])(
    'waits for no target when all are skipped: %s',
    (reason) => {
      const one = withTargets([{ url: TARGET, events: null }], '12025550142@c.us');
      one.take(event(1, { targets: [skipped(reason)] }));
      expect(rows(one)).toEqual([expect.stringMatching(/^· {2}← {2}message/)]);
    },
  );

  test('waits for no target without one', () => {
    const one = withTargets([]);
    one.take(event(1, { targets: [] }));
    expect(rows(one)).toEqual([expect.stringMatching(/^· {2}← {2}message/)]);
  });

  test('shows the outcome of each event from history', () => {
    const one = ui();
    one.press('up');
    const [request] = one.effects();
    const page = (['delivered', 'failed', 'waiting', 'held', 'skipped'] as const).map(
      (outcome, i) => ({
        event: event(i, { targets: [{ url: TARGET, outcome }] }),
        attempts: [],
      }),
    );
    const generation = request?.type === 'list' ? request.generation : -1;
    one.send({ type: 'page', generation, page: { rows: page, isMore: false } });
    expect(rows(one).map((row) => row[0])).toEqual(['✓', '✗', '…', '○', '·']);
  });
});

describe('the detail says of each target that had no attempt', () => {
  const lines = (targets: EventEntry['targets']) =>
    detailLines(
      detail(1, { event: event(1, { targets }) }),
      { tab: 'message', folded: new Set(), find: '' },
      100,
    ).map(textOf);

  test('that the event waits for it', () => {
    expect(lines([waiting(TARGET)])).toContain(`… waits for ${TARGET}`);
  });

  test('that the event is held, and how to send it', () => {
    const shown = lines([{ url: TARGET, outcome: 'held' }]);
    expect(shown).toContain(`○ held for ${TARGET}: r sends it`);
  });

  test('which filter skipped it', () => {
    expect(lines([skipped('--only')])).toContain(`· not sent to ${TARGET} (--only)`);
  });

  test('nothing once it has answered', () => {
    expect(lines([{ url: TARGET, outcome: 'delivered' }]).join('\n')).not.toContain(TARGET);
  });
});

describe('the outcome of a row', () => {
  test('is waiting until an attempt, then that of the last attempt', () => {
    const one = ui();
    one.take(event(1));
    expect(one.state.list.rows.map(outcomeOf)).toEqual(['waiting']);
    one.take(attempt(1, { status: 500 }), attempt(1, { number: 2, replay: true }));
    expect(one.state.list.rows.map(outcomeOf)).toEqual(['delivered']);
    expect(one.state.list.rows[0]).toMatchObject({ attempts: [{ number: 2 }] });
  });

  test('is skipped when a filter excludes every target', () => {
    const one = ui();
    const skipped = { url: TARGET, outcome: 'skipped', reason: '--route' } as const;
    one.take(event(1, { targets: [skipped] }), event(2));
    expect(one.state.list.rows.map(outcomeOf)).toEqual(['skipped', 'waiting']);
  });
});
