import { beforeEach, describe, expect, test } from 'vitest';
import type { Screen } from '../support/screen.ts';
import { type TuiPlace, tuiPlace } from '../support/tui-place.ts';

let here: TuiPlace;
beforeEach(async () => {
  here = await tuiPlace();
});

const ANSWER = '{"stored":"in the garage"}';

/** Two messages come in, and the app answers both; the second one is selected. */
async function opened(columns: number, rows: number): Promise<Screen> {
  here.answer((_, response) => void response.end(ANSWER));
  const screen = await here.open([], { columns, rows });
  await here.vendor.emit({ fixture: 'message.chat', set: { 'data.message.body': 'first words' } });
  const body = 'second words\nof two lines';
  await here.vendor.emit({ fixture: 'message.chat', set: { 'data.message.body': body } });
  await screen.shows(/▸.*second words/);
  await here.app.received(2);
  return screen;
}

/** The lines of the pane beside the list. */
function pane(screen: Screen): string[] {
  return screen.lines().map((line) => line.split(/[│┃]/)[1] ?? '');
}

describe('160×50: beside the list', () => {
  test('the selected event is shown: the message, the answer of the app, the request', async () => {
    const screen = await opened(160, 50);
    // The last of it: the top of a frame may arrive before its bottom.
    await screen.shows(/│ +"event": "message"/);
    const rule =
      screen
        .lines()
        .find((line) => line.includes('│'))
        ?.indexOf('│') ?? 0;
    expect(rule).toBeGreaterThan(80);
    // A person's text is read with its lines, not unfolded from JSON.
    const wanted = [/^ {3}second words$/, /^ {3}of two lines$/, /^ Your app .*✓ 200/];
    const rest = [/^ {3}\{"stored":"in the garage"\}$/, /^ Request /, /"event": "message"/];
    const order = [...wanted, ...rest].map((one) => pane(screen).findIndex((it) => one.test(it)));
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((first, second) => first - second));
    screen.press('up');
    await screen.shows(/│ +first words\n/);
    expect(pane(screen).join('\n')).not.toContain('of two lines');
  });

  test('Tab moves the focus, keys scroll the focused pane, Enter opens the event whole', async () => {
    const screen = await opened(160, 18);
    await screen.shows(/↓ \d+ more lines/);
    screen.press('tab');
    await screen.shows('┃');
    const y = 10;
    const x = screen.lines()[y]?.indexOf('┃') ?? 0;
    // Cyan of the 16 colours, and heavy for those who see none.
    expect(screen.cell(x, y).getFgColor()).toBe(6);
    screen.press('down', 'down', 'down');
    await screen.showsNot('┃   second words');
    await screen.shows(/▸.*second words/);
    screen.press('G');
    await screen.showsNot('more lines');
    screen.press('escape');
    await screen.showsNot('┃');
    screen.press('up');
    await screen.shows(/▸.*first words/);
    screen.press('enter');
    await screen.shows('1 message');
    await screen.showsNot('│');
    screen.press('escape');
    await screen.shows('│');
  });

  test('z hides the preview and shows it again', async () => {
    const screen = await opened(160, 50);
    await screen.shows('│');
    screen.press('z');
    await screen.showsNot('│');
    expect(screen.text()).not.toContain('Your app');
    screen.press('z');
    await screen.shows('Your app');
  });

  test('an attempt that ends while its event is selected is shown', async () => {
    const screen = await here.open(['--max-events', '9'], { columns: 160, rows: 50 });
    here.answer((_, response) => void response.writeHead(500).end('no garage'));
    await here.vendor.emit({ fixture: 'message.chat' });
    await screen.shows(/│ .*✗ 500/);
    here.answer((_, response) => void response.end('now in the garage'));
    screen.press('r');
    await screen.shows(/│ .*now in the garage/);
  });
});

test('160×50: on the page of an event, request and answer are side by side', async () => {
  const screen = await opened(160, 50);
  screen.press('enter', '2');
  await screen.shows('"event": "message"');
  await screen.shows(/▸ .*│ +attempt 1/);
  const both = screen.lines().find((line) => line.includes('attempt 1')) ?? '';
  expect(both.indexOf('│')).toBe(79);
  await screen.when('the answer', () => pane(screen).join('\n').includes(ANSWER));
  screen.press('G');
  await screen.shows(/^▸ *\}/m);
  screen.press('tab');
  await screen.shows(/│▸ attempt 1/);
  // The request stays where it was left.
  await screen.shows(/^ {2}\} *│/m);
  screen.press('shift-tab');
  await screen.shows(/^▸ *\}/m);
  screen.resize(110, 30);
  await screen.showsNot('attempt 1');
  await screen.shows(/^▸ *\}/m);
});

test('110×30: below the list, a third of the height', async () => {
  const screen = await opened(110, 30);
  await screen.shows(/^ {3}of two lines$/m);
  const rule = screen.lines().findLastIndex((line) => /^─{110}$/.test(line));
  expect(rule).toBeGreaterThan(15);
  expect(screen.lines().indexOf('   of two lines')).toBeGreaterThan(rule);
  expect(screen.lines().findIndex((line) => line.startsWith('▸'))).toBeLessThan(rule);
  screen.press('tab');
  await screen.shows('━'.repeat(110));
  screen.press('G');
  await screen.showsNot(/^ {3}second words$/m);
  screen.resize(100, 30);
  await screen.showsNot('━');
  expect(screen.text()).not.toContain('Request');
});

test.each([
  [80, 24],
  [60, 15],
])('%d×%d: none, and z says what it needs', async (columns, rows) => {
  const screen = await opened(columns, rows);
  expect(screen.text()).not.toMatch(/[│┃]|Your app/);
  screen.press('tab', 'z');
  await screen.shows('the preview needs 110 columns and 28 lines');
  screen.press('enter');
  await screen.shows('1 message');
});
