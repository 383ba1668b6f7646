import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { Colors } from '../../../src/views/tui/drawn.tsx';
import { Frame } from '../../../src/views/tui/frame.tsx';
import { drawn } from '../../support/ink.tsx';
import { withoutColors } from '../harness.ts';
import { attempt, detail, event, READY, ui } from './state.ts';

type Ui = ReturnType<typeof ui>;

/** The lines on the screen without colours. */
function lines(one: Ui): string[] {
  return withoutColors(drawn(<Frame state={one.state} />, one.state.columns)).split('\n');
}

const SIZES = [
  [20, 5],
  [40, 10],
  [60, 16],
  [80, 24],
  [120, 40],
  [220, 60],
  [10, 2],
  [1, 1],
] as const;

const PLACES: Readonly<Record<string, (one: Ui) => void>> = {
  list: () => {},
  'an empty list': () => {},
  detail: (one) => {
    one.press('enter');
    one.send({ type: 'detail', id: 'evt_29', detail: detail(29) });
  },
  'a detail that is loading': (one) => one.press('enter'),
  request: (one) => {
    one.press('enter', '2');
    const body = JSON.stringify({ text: 'word '.repeat(500) });
    one.send({ type: 'detail', id: 'evt_29', detail: detail(29, { body }) });
  },
  search: (one) => one.press('/', 'x'),
  filter: (one) => one.press('f'),
  subscriptions: (one) => one.press('u', 'G'),
  copy: (one) => one.press('c'),
  save: (one) => one.press('s'),
  palette: (one) => one.press(':', 'x'),
  trigger: (one) => {
    one.press('t');
    const fixtures = [{ name: 'message.chat', description: '漢字 '.repeat(40) }];
    one.send({ type: 'fixtures', fixtures });
  },
  quit: (one) => {
    one.send({ type: 'forwarding', forwarding: { isPaused: false, waiting: 3 }, byUser: false });
    one.press('q');
  },
  help: (one) => one.press('?', 'G'),
  qr: (one) => {
    one.take(event(99, { event: 'qr' }));
    one.send({ type: 'qr', id: 'evt_99', code: '2@code'.repeat(40) });
  },
  notices: (one) => {
    for (const tone of ['good', 'bad', 'warning'] as const) {
      one.send({
        type: 'notice',
        tone,
        text: `a long notice about something ${tone} `.repeat(4),
      });
    }
  },
};

describe.each(Object.entries(PLACES))('%s', (name, go) => {
  test.each(SIZES)(
    'fits %d columns and %d lines, and leaves the last line free',
    (columns, rows) => {
      const one = ui({ columns, lines: rows });
      if (name !== 'an empty list') {
        for (let i = 0; i < 30; i++) one.take(event(i), attempt(i, { status: i % 7 ? 200 : 500 }));
      }
      go(one);
      const shown = lines(one);
      expect(shown.length).toBe(Math.max(1, rows - 1));
      for (const each of shown) expect(stringWidth(each)).toBeLessThanOrEqual(columns);
    },
  );
});

test('the footer names how to leave first', () => {
  for (const columns of [20, 40, 80, 200]) {
    const one = ui({ columns, lines: 20 });
    one.take(event(1));
    expect(lines(one).at(-1)).toContain('q quit');
    one.press('enter');
    expect(lines(one).at(-1)).toContain('Esc back');
  }
});

test('while stopping, every width says so, and how to leave at once', () => {
  for (const columns of [40, 80, 200]) {
    const one = ui({ columns, lines: 20 });
    one.press('q');
    expect(lines(one)[0]).toContain('restoring the webhook');
    expect(lines(one).at(-1)).toContain('Ctrl-C leave at once');
  }
});

test('side by side, the header says so, and stopping removes the subscription', () => {
  const one = ui({ columns: 80, lines: 20, ready: { ...READY, sideBySide: true } });
  expect(lines(one)[0]).toContain('side by side for 3');
  one.press('q');
  expect(lines(one)[0]).toContain('removing the subscription');
});

test('the header shows the essentials at each width', () => {
  for (const [columns, says] of [
    [40, [/instance 33/, /^1 · 0\.1\/s · 0 waiting/]],
    [
      80,
      [
        /instance 33/,
        /abc\.ngrok\.app/,
        /localhost:3000\/hook/,
        /1 received · 0\.1\/s · 0 waiting/,
      ],
    ],
    [140, [/instance 33/, /abc\.ngrok\.app → 127\.0\.0\.1:41234/, /p50 12 ms {2}p95 12 ms/]],
  ] as const) {
    const one = ui({ columns, lines: 20 });
    one.take(event(1), attempt(1));
    const text = lines(one).slice(0, 4).join('\n');
    for (const part of says) expect(text).toMatch(new RegExp(part.source, 'm'));
  }
});

test('the selection is visible without colours and bold', () => {
  const one = ui();
  one.take(event(1), event(2));
  expect(lines(one).find((each) => each.includes('number 2'))).toMatch(/^▸/);
  expect(lines(one).find((each) => each.includes('number 1'))).toMatch(/^ /);
});

test('without colours, the frame has none', () => {
  const one = ui();
  one.take(event(1), attempt(1, { status: 500 }));
  const frame = drawn(
    <Colors value={false}>
      <Frame state={one.state} />
    </Colors>,
    80,
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for colours
  expect(frame).not.toMatch(/\x1b\[(?:3|4|9)\d/);
});
