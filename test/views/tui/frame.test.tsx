import chalk from 'chalk';
import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Colors, paletteFor } from '../../../src/views/tui/drawn.tsx';
import { Frame } from '../../../src/views/tui/frame.tsx';
import { drawn } from '../../support/ink.tsx';
import { withoutColors } from '../harness.ts';
import { attempt, detail, event, READY, ui } from './state.ts';

/** A terminal of 16 colours, as far as Ink knows: without it no test would see any. */
const { level } = chalk;
beforeAll(() => {
  chalk.level = 1;
});
afterAll(() => {
  chalk.level = level;
});

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
  expect(lines(one)[0]).toContain('side by side');
  one.press('q');
  expect(lines(one)[0]).toContain('removing the subscription');
});

test.each([
  [40, 15, [/^ ● Shop bot \(33\) {2}all well {2,}1 event$/]],
  [60, 15, [/^ ● Shop bot \(33\) {2}all well {2,}1 event {2}0\.1\/s$/]],
  [
    80,
    24,
    [/^ ● Shop bot \(33\) {2}tunnel ● up {2}✓ localhost:3000 {2}UP 12 ms {2,}1 event {2}0\.1\/s$/],
  ],
  [
    110,
    30,
    [
      /^ ● Shop bot \(33\) {2}tunnel ● up {2}abc\.ngrok\.app {2}subscribed to 3 {2,}1 event {2}0\.1\/s$/,
      /^ ✓ localhost:3000 {2}UP 12 ms$/,
    ],
  ],
  [
    160,
    50,
    [
      /^ ● Shop bot \(33\) {2}tunnel ● up {2}abc\.ngrok\.app {2}subscribed to 3 {2}✓ localhost:3000 {2}UP 12 ms {2,}1 event {2}0\.1\/s$/,
    ],
  ],
])('the header shows the essentials in %d columns and %d lines', (columns, rows, says) => {
  const one = ui({ columns, lines: rows });
  one.take(event(1), attempt(1));
  const header = lines(one).slice(0, says.length + 1);
  for (const [i, part] of says.entries()) expect(header[i]?.trimEnd()).toMatch(part);
  expect(header.at(-1)).toBe('─'.repeat(columns));
});

describe('what is wrong stays in the header, with its reason', () => {
  const OTHER = 'http://localhost:4000/hook';
  const targets = [...READY.targets, { url: OTHER, events: null }];
  const header = (one: Ui) => lines(one).slice(0, 2).join('\n');

  test.each([40, 60, 80, 110, 160])('a target that is down, in %d columns', (columns) => {
    const one = ui({ columns, lines: 24, ready: { ...READY, targets } });
    const message = `${OTHER}: connection refused: check that the app runs. Events wait`;
    one.take(event(1), attempt(1), {
      ...{ v: 1, type: 'warning', at: READY.at, code: 'target_down', target: OTHER },
      message,
    });
    one.press('escape');
    one.send({ type: 'tick', now: one.state.now + 600_000 });
    expect(header(one)).toContain(
      columns < 110 ? '✗ :4000 refused' : '✗ localhost:4000  DOWN connection refused',
    );
    one.take({
      ...{ v: 1, type: 'warning', at: READY.at, code: 'target_up', target: OTHER },
      message: `${OTHER} is up again`,
    });
    expect(header(one)).not.toContain('✗');
  });

  test.each([60, 80, 110, 160])('a tunnel that is down, in %d columns', (columns) => {
    const one = ui({ columns, lines: 24 });
    const at = READY.at;
    one.take({
      ...{ v: 1, type: 'tunnel', at, state: 'down', url: READY.publicUrl, since: at },
      ...{ outageFrom: at, outageTo: null, reason: 'ngrok does not answer' },
    });
    expect(header(one)).toContain('tunnel ✗ DOWN ngrok does not answer');
    expect(header(one)).not.toContain('● up');
  });

  test('a webhook that somebody else set, events that wait, and a pause', () => {
    const one = ui({ columns: 60, lines: 15 });
    one.take({
      ...{ v: 1, type: 'webhook', at: READY.at, state: 'changed-elsewhere' },
      ...{ url: 'https://theirs.example/a-rather-long-path', events: [] },
    });
    one.send({ type: 'forwarding', forwarding: { isPaused: true, waiting: 3 }, byUser: false });
    expect(header(one)).toMatch(/Shop bot \(33\) {2}✗ webhook elsewhere .* 3 wait {2}⏸ paused/);
  });

  test('an app that answers 404 to one event is fine, to every event it is not', () => {
    const one = ui({ columns: 80, lines: 24 });
    one.take(event(1), attempt(1, { status: 404 }));
    expect(header(one)).toContain('! :3000 404: check the path');
    one.take(attempt(2), attempt(3, { status: 404 }));
    expect(header(one)).toContain('✓ localhost:3000  UP 12 ms');
    one.take(attempt(4, { status: 500 }));
    expect(header(one)).toContain('! localhost:3000  UP 500');
  });

  test('the filters: --only, and the query of the list', () => {
    const one = ui({ columns: 60, lines: 15, ready: { ...READY, only: '12025550142@c.us' } });
    expect(header(one)).toContain('--only 12025550142');
    one.take(event(1, { name: 'Mia Example' }));
    expect(header(one)).toContain('--only Mia Example');
    one.press('f', ' ', 'enter');
    expect(header(one)).toContain('only failed');
  });
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
    <Colors value="none">
      <Frame state={one.state} />
    </Colors>,
    80,
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for colours
  expect(frame).not.toMatch(/\x1b\[(?:3|4|9)\d/);
});

test.each([
  ['0;15', 'light'],
  ['0;default;7', 'light'],
  ['15;0', 'dark'],
  ['', 'dark'],
  [undefined, 'dark'],
])(
  'a terminal whose COLORFGBG is %s gets the colours for a %s background',
  (COLORFGBG, palette) => {
    expect(paletteFor({ COLORFGBG })).toBe(palette);
  },
);

test('on a light background messages are blue and receipts cyan, on a dark one the other way round', () => {
  const frame = (palette: 'dark' | 'light') => {
    const one = ui();
    one.take(event(1, { event: 'message_reaction' }), event(2), event(3));
    return drawn(
      <Colors value={palette}>
        <Frame state={one.state} />
      </Colors>,
      80,
    );
  };
  expect(frame('dark')).toContain('\x1b[36mmessage ');
  expect(frame('dark')).toContain('\x1b[34mreact ');
  expect(frame('light')).toContain('\x1b[34mmessage ');
  expect(frame('light')).toContain('\x1b[36mreact ');
});
