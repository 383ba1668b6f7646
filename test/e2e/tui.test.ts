import jsQR from 'jsqr';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Screen } from '../support/screen.ts';
import { ORIGINAL, type TuiPlace, tuiPlace } from '../support/tui-place.ts';

let here: TuiPlace;
beforeEach(async () => {
  here = await tuiPlace();
});

/** Messages with these texts come in, one after the other, and are on the screen. */
async function say(screen: Screen, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await here.vendor.emit({ fixture: 'message.chat', set: { 'data.message.body': text } });
    await screen.shows(` ${text} `);
  }
}

describe('the list', () => {
  test('shows what comes in with the answer of the app, and says what the header knows', async () => {
    const screen = await here.open();
    await screen.shows('Nothing has come yet');
    await say(screen, 'First words');
    await screen.shows(
      /▸ \d\d:\d\d:\d\d {2}✓ {2}← {2}message {3}Mia Example .* First words .* 200 +\d+ ms/,
    );
    await screen.shows('1 event ');
    const [first = '', second = ''] = screen.lines();
    expect(first).toMatch(
      /^ ● Simulator \(33\) {2}local ● up {2}127\.0\.0\.1:\d+ {2}subscribed to message /,
    );
    expect(second).toMatch(/^ ✓ localhost:\d+ {2}UP \d+ ms$/);
    // The top of a frame may arrive before its bottom.
    await screen.when('the footer', () => /Enter detail.*q quit/.test(screen.lines().at(-2) ?? ''));
  });

  test('goes with the newest until the user moves, and again after G', async () => {
    const screen = await here.open([], { rows: 14 });
    await say(screen, 'one', 'two', 'three');
    expect(screen.text()).toMatch(/▸.* three /);
    screen.press('k');
    await screen.shows(/▸.* two /);
    await say(screen, 'four');
    expect(screen.text()).toMatch(/▸.* two /);
    await screen.shows('G newest');
    screen.press('G');
    await screen.shows(/▸.* four /);
    await say(screen, 'five');
    await screen.shows(/▸.* five /);
    screen.press('g');
    await screen.shows(/▸.* one /);
    screen.press('down', 'pagedown');
    await screen.shows(/▸.* five /);
  });

  test('brings older events back from history', async () => {
    const before = await here.open();
    await say(before, 'of yesterday');
    before.press('q');
    await before.exit;
    const screen = await here.open();
    await screen.shows('Nothing has come yet');
    screen.press('up');
    await screen.shows(' of yesterday ');
  });

  test('searches all text of all events, marks the hits, and Esc shows all again', async () => {
    const screen = await here.open();
    await say(screen, 'wieczorem w Łódź', 'rano w Lodz');
    await say(screen, 'the zeppelin lands', 'a red car', 'my zeppelin is gone');
    screen.press('/');
    await screen.shows('Enter search');
    screen.press('zeppel', 'enter');
    await screen.showsNot(' a red car ');
    await screen.shows('only “zeppel”');
    await screen.shows('the zeppelin lands');
    const y = screen.lines().findIndex((line) => line.includes('the zeppelin lands'));
    const x = (screen.lines()[y] ?? '').indexOf('zeppel');
    expect(screen.cell(x, y).isInverse()).toBeTruthy();
    expect(screen.cell(x - 2, y).isInverse()).toBeFalsy();
    // In the bodies as well, not only in what a line shows.
    screen.press('/');
    screen.press('WaAPI nonsense', 'ctrl-u', '3EB0', 'enter');
    await screen.shows(' a red car ');
    screen.press('n');
    await screen.shows(/▸.* a red car /);
    screen.press('N');
    await screen.shows(/▸.* my zeppelin is gone /);
    // As it is typed without Polish keys; the hit has its mark all the same.
    screen.press('/', 'ctrl-u', 'lodz', 'enter');
    await screen.shows('only “lodz”');
    await screen.shows('wieczorem w Łódź');
    await screen.shows(/▸.*rano w Lodz/);
    const row = screen.lines().findIndex((line) => line.includes('wieczorem'));
    const column = (screen.lines()[row] ?? '').indexOf('Łódź');
    expect(screen.cell(column, row).isInverse()).toBeTruthy();
    expect(screen.cell(column + 3, row).isInverse()).toBeTruthy();
    expect(screen.cell(column - 2, row).isInverse()).toBeFalsy();
    screen.press('escape');
    await screen.showsNot('only “');
    await screen.shows(' the zeppelin lands ');
  });

  test('a search without a hit says so', async () => {
    const screen = await here.open();
    await say(screen, 'something');
    screen.press('/', 'nowhere', 'enter');
    await screen.shows('No event matches');
  });

  test('filters by the names of events, and by what failed', async () => {
    await here.vendor.setWebhook(ORIGINAL.url, ['message', 'message_ack']);
    const screen = await here.open();
    await say(screen, 'hello');
    here.answer((_, response) => void response.writeHead(500).end());
    await here.vendor.emit({ fixture: 'message_ack.read' });
    await screen.shows(/✗ {2} {3}ack .* 500 /);
    screen.press('f');
    await screen.shows('─ Filter');
    screen.press('down', 'down', 'down', ' ');
    await screen.shows(/\[x\] message /);
    screen.press('enter');
    await screen.showsNot(/ack .* 500/);
    await screen.shows(' hello ');
    screen.press('escape', 'f');
    await screen.shows('─ Filter');
    screen.press(' ', 'enter');
    await screen.showsNot(' hello ');
    await screen.shows(/✗ .* ack /);
    await screen.shows('only failed');
  });
});

describe('the detail', () => {
  test('tells the message with its timeline, the request, and the attempts with a hint', async () => {
    await here.vendor.setWebhook(ORIGINAL.url, ['message', 'message_ack']);
    here.answer(
      (_, response) => void response.writeHead(404, { 'x-app': 'mine' }).end('no such page'),
    );
    const screen = await here.open([], { rows: 45 });
    await say(screen, 'look at me');
    await screen.shows(/✗ .* message/);
    screen.press('enter');
    await screen.shows('message id');
    await screen.shows('12025550142@c.us');
    await screen.shows('Timeline');
    screen.press('tab');
    await screen.shows('User-Agent: WaAPI Webhook User Agent');
    await screen.shows('"event": "message"');
    screen.press('3');
    await screen.shows('✗ 404');
    await screen.shows('x-app: mine');
    await screen.shows('no such page');
    await screen.shows('the handler does not handle this event');
    screen.press('shift-tab');
    await screen.shows('"event": "message"');
    screen.press('escape');
    await screen.shows(/▸.* look at me /);
    expect(screen.isAlternate()).toBe(true);
  });

  test('folds blocks of the body, finds words in it, and scrolls', async () => {
    const screen = await here.open([], { rows: 16 });
    await say(screen, 'needle in a stack');
    screen.press('enter', '2');
    await screen.shows('"event": "message"');
    screen.press('/', 'needle', 'enter');
    await screen.shows(/▸ .*"body": "needle in a stack"/);
    screen.press('left');
    await screen.shows(/▸ .*\{ … \d+ lines \}/);
    screen.press('right');
    await screen.showsNot(/… \d+ lines/);
    screen.press('G');
    await screen.shows('▸ }');
    screen.press('g');
    await screen.shows('▸ host:');
    screen.press('n');
    await screen.shows(/▸ .*needle/);
    screen.press('/', 'nowhere', 'enter');
    await screen.shows('not on this page: nowhere');
  });

  test('follows what happens to the event while it is open', async () => {
    const screen = await here.open();
    await say(screen, 'watch');
    screen.press('enter', '3');
    await screen.shows('attempt 1');
    screen.press('r');
    await screen.shows('replay 2');
  });
});

describe('the sizes and colours of terminals', () => {
  test('40 columns and 10 lines are enough, and help can be read there', async () => {
    const screen = await here.open([], { columns: 40, rows: 10 });
    await say(screen, 'ti');
    await screen.shows(/▸ \d\d:\d\d ✓ message/);
    for (const line of screen.lines()) expect(line.length).toBeLessThanOrEqual(40);
    screen.press('?');
    await screen.shows('Keys');
    screen.press('G');
    await screen.shows('copy of a message');
    screen.press('escape', 'enter');
    await screen.shows('1 message');
  });

  test('after each resize, under load too, the screen is right: header on top, footer at the end, nothing twice', async () => {
    const screen = await here.open();
    const load = here.vendor.emit({ fixture: 'message.chat', count: 1500, rate: 500 });
    const sizes = [
      [60, 20],
      [120, 40],
      [40, 10],
      [200, 50],
      [80, 24],
    ] as const;
    for (const [columns, rows] of sizes) {
      screen.resize(columns, rows);
      await screen.when(`a frame of ${columns} × ${rows}`, () => {
        const lines = screen.lines();
        const filled = lines.slice(0, -1).filter((line) => line !== '').length;
        const isRight = lines[0]?.startsWith(' ● Simulator') && lines.at(-2)?.endsWith('q quit');
        const once = [/● Simulator/g, /q quit/g].every(
          (part) => screen.text().match(part)?.length === 1,
        );
        return Boolean(isRight) && once && lines.at(-1) === '' && filled >= Math.min(rows, 12) - 2;
      });
    }
    await load;
    await screen.shows('1,500 events');
    // What was there before the program is there still, and nothing of ours is.
    expect(screen.emulator.buffer.normal.length).toBeLessThanOrEqual(screen.emulator.rows);
  });

  test('NO_COLOR leaves bold and inverse, and no colour', async () => {
    const screen = await here.open([], { env: { NO_COLOR: '1' } });
    await say(screen, 'grey');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it is about
    expect(screen.raw()).not.toMatch(/\x1b\[(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])/);
    const y = screen.lines().findIndex((line) => line.includes(' grey '));
    expect(screen.cell(3, y).isInverse()).toBeTruthy();
  });

  test('16 colours are used, by their names alone', async () => {
    const screen = await here.open([], { env: { COLORTERM: '', FORCE_COLOR: '1' } });
    await say(screen, 'plain colours');
    await say(screen, 'and another');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it is about
    expect(screen.raw()).toMatch(/\x1b\[36m/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it is about
    expect(screen.raw()).not.toMatch(/\x1b\[(?:38|48);/);
  });

  test('a machine that builds is a terminal like any other', async () => {
    const screen = await here.open([], { env: { CI: 'true' } });
    await say(screen, 'live');
  });
});

describe('a QR code', () => {
  const CODE = `2@${'aB3/x+9Z'.repeat(29)},${'k='.repeat(3)}`;

  test('can be scanned from the screen, is replaced by the next, and goes when the phone is paired', async () => {
    await here.vendor.setWebhook(ORIGINAL.url, ['qr', 'authenticated']);
    const screen = await here.open([], { columns: 100, rows: 50 });
    for (const code of [CODE, CODE.replace('2@', '3@')]) {
      await here.vendor.emit({ fixture: 'qr.fresh', set: { 'data.qr': code } });
      await screen.when('the code', () => scanned(screen) === code);
    }
    await here.vendor.emit({ fixture: 'authenticated.plain' });
    await screen.shows('q quit');
    await screen.shows(/▸.* auth /);
    expect(scanned(screen)).toBeNull();
  });

  test('says what size it needs where the terminal is too small', async () => {
    await here.vendor.setWebhook(ORIGINAL.url, ['qr']);
    const screen = await here.open([], { columns: 70, rows: 20 });
    await here.vendor.emit({ fixture: 'qr.fresh', set: { 'data.qr': CODE } });
    await screen.shows(/It needs \d+ columns and \d+ lines; this terminal has 70 and 20/);
    screen.resize(100, 50);
    await screen.when('the code', () => scanned(screen) === CODE);
    screen.press('escape');
    await screen.shows(/▸.* qr /);
  });
});

/** What a phone would read from the screen's cells: two modules a cell, black on white. */
function scanned(screen: Screen): string | null {
  const { cols, rows } = screen.emulator;
  const scale = 4;
  const [width, height] = [cols * scale, rows * 2 * scale];
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < rows * 2; y++) {
    for (let x = 0; x < cols; x++) {
      const cell = screen.cell(x, Math.floor(y / 2));
      const char = cell.getChars() || ' ';
      const isInk = char === '█' || char === (y % 2 === 0 ? '▀' : '▄');
      const isBlock = cell.isBgRGB() && cell.getBgColor() === 0xffffff;
      const isDark = isBlock ? isInk && cell.getFgColor() === 0 : true;
      const value = isDark ? 0 : 255;
      for (let i = 0; i < scale * scale; i++) {
        const at = ((y * scale + Math.floor(i / scale)) * width + x * scale + (i % scale)) * 4;
        pixels.fill(value, at, at + 3);
      }
    }
  }
  return jsQR(pixels, width, height)?.data ?? null;
}
