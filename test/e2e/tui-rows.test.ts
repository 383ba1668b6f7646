import { beforeEach, describe, expect, test } from 'vitest';
import { BIN } from '../support/program.ts';
import type { Screen } from '../support/screen.ts';
import { ORIGINAL, type TuiPlace, terminal, tuiPlace } from '../support/tui-place.ts';

let here: TuiPlace;
beforeEach(async () => {
  here = await tuiPlace();
  await here.vendor.setWebhook(ORIGINAL.url, ['message', 'message_create', 'message_ack']);
});

const CYAN = 6;
const RED = 1;

/** The cell at the first character of a text, in the first line that matches. */
function cellOf(screen: Screen, row: RegExp, text: string) {
  const y = screen.lines().findIndex((line) => row.test(line));
  return screen.cell((screen.lines()[y] ?? '').indexOf(text), y);
}

/** The rows of the list and the lines of the header as a screen of this size shows them. */
const SIZES = [
  {
    columns: 160,
    rows: 50,
    quiet:
      /^ Nothing has come yet\. Send a WhatsApp message to the number of Simulator, and it shows( up)?$/,
    header: [
      /^ ● Simulator \(33\) {2}local ● up {2}127\.0\.0\.1:\d+ {2}subscribed to 3 {2}✓ localhost:\d+ {2}UP \d+ ms {2,}3 events {2}\d\.\d\/s$/,
    ],
    message:
      /^ {2}\d\d:\d\d:\d\d ✓ ← message {2}Mia Example {4}Good morning! Do you still have the… 200 +\d+ ms$/,
    folded: /^▸ \d\d:\d\d:\d\d ✓ → create .*… ✓✓ read 200 /,
    unfolded: /^ {2}\d\d:\d\d:\d\d ✓ {27}✓✓ read +200 /,
    failed: /^▸ \d\d:\d\d:\d\d ✗ ← message .* 500 /,
    down: /✗ localhost:\d+ {2}DOWN connection refused/,
  },
  {
    columns: 110,
    rows: 30,
    quiet:
      /^ Nothing has come yet\. Send a WhatsApp message to the number of Simulator, and it shows up here\.$/,
    header: [
      /^ ● Simulator \(33\) {2}local ● up {2}127\.0\.0\.1:\d+ {2}subscribed to 3 {2,}3 events {2}\d\.\d\/s$/,
      /^ ✓ localhost:\d+ {2}UP \d+ ms$/,
    ],
    message:
      /^ {2}\d\d:\d\d:\d\d {2}✓ {2}← {2}message {3}Mia Example {11}Good morning! Do you still have the blue bi… {2}200 +\d+ ms$/,
    folded: /^▸ \d\d:\d\d:\d\d {2}✓ {2}→ {2}create .*… ✓✓ read {2}200 /,
    unfolded: /^ {2}\d\d:\d\d:\d\d {2}✓ {37}✓✓ read {2,}200 /,
    failed: /^▸ \d\d:\d\d:\d\d {2}✗ {2}← {2}message .* 500 /,
    down: /✗ localhost:\d+ {2}DOWN connection refused/,
  },
  {
    columns: 80,
    rows: 24,
    quiet: /^ Nothing has come yet\. Send a WhatsApp message to the number of Simulator, and/,
    header: [
      /^ ● Simulator \(33\) {2}local ● up {2}✓ localhost:\d+ {2}UP \d+ ms {2,}3 events( {2}\d\.\d\/s)?$/,
    ],
    message:
      /^ {2}\d\d:\d\d:\d\d ✓ ← message {2}Mia Example {4}Good morning! Do you still… 200 +\d+ ms$/,
    folded: /^▸ \d\d:\d\d:\d\d ✓ → create .*… ✓✓ read 200 /,
    unfolded: /^ {2}\d\d:\d\d:\d\d ✓ {27}✓✓ read +200 /,
    failed: /^▸ \d\d:\d\d:\d\d ✗ ← message .* 500 /,
    down: /✗ :\d+ refused/,
  },
  {
    columns: 60,
    rows: 15,
    quiet: /^ Nothing has come yet\. Send a WhatsApp message to the number$/,
    header: [/^ ● Simulator \(33\) {2}all well {2,}3 events {2}\d\.\d\/s$/],
    message: /^ {2}\d\d:\d\d ✓ ← message Mia Example {3}Good morning! Do y… 200$/,
    folded: /^▸ \d\d:\d\d ✓ → create .*… ✓✓ 200/,
    unfolded: /^ {2}\d\d:\d\d ✓ {25}✓✓ read +200/,
    failed: /^▸ \d\d:\d\d ✗ ← message .* 500/,
    down: /✗ :\d+ refused/,
  },
];

test.each(SIZES)(
  '$columns × $rows: quiet, rows in columns, receipts that fold, what fails',
  async ({ columns, rows, quiet, header, message, folded, unfolded, failed, down }) => {
    const screen = await here.open([], { columns, rows });
    const hasLine = (what: RegExp) => (text: string) =>
      text.split('\n').some((line) => what.test(line.replace(/│.*/, '').trimEnd()));
    await screen.when('a quiet list', hasLine(quiet));
    await screen.shows(/ u\s+changes that/);
    for (const fixture of ['message.chat', 'message_create.sent', 'message_ack.read']) {
      await here.vendor.emit({ fixture, fresh: false });
    }
    await screen.when('the message', hasLine(message));
    await screen.when('its receipt', hasLine(folded));
    await screen.when('the header', () =>
      header.every((line, y) => line.test((screen.lines()[y] ?? '').trimEnd())),
    );
    expect(screen.lines()[header.length]).toBe('─'.repeat(columns));
    // The row that is not selected has the colours of its family, and a dim arrow.
    expect(cellOf(screen, / message .* 200/, 'message').getFgColor()).toBe(CYAN);
    expect(cellOf(screen, / message .* 200/, '←').isDim()).toBeTruthy();
    expect(cellOf(screen, / create .* 200/, 'create').isInverse()).toBeTruthy();

    screen.press('right');
    await screen.when('the receipt below', hasLine(unfolded));
    screen.press('left');
    await screen.when('the receipt folded', (text) => !hasLine(unfolded)(text));

    here.answer((_, response) => void response.writeHead(500).end());
    await here.vendor.emit({ fixture: 'message.chat' });
    screen.press('G');
    await screen.when('the failure', hasLine(failed));
    here.answer((_, response) => void response.writeHead(404).end());
    await here.vendor.emit({ fixture: 'message.chat' });
    await screen.shows(/▸ .* 404/);
    const signs = screen.lines().flatMap((line, y) => {
      const x = line.indexOf('✗');
      return x > 0 && x < 20 && /message/.test(line) ? [screen.cell(x, y)] : [];
    });
    expect(signs.length).toBe(2);
    expect(signs[0]?.getFgColor()).toBe(RED);
    screen.press('up');
    await screen.when('the 404 not selected', () =>
      /^ {2}\d.* message .* 404/m.test(screen.text()),
    );
    const dim = cellOf(screen, /^ {2}\d.* message .* 404/, '404');
    expect(dim.isDim()).toBeTruthy();
    expect(dim.getFgColor()).not.toBe(RED);

    await here.app.close();
    await here.vendor.emit({ fixture: 'message.chat' });
    await screen.when('the reason', () => down.test(screen.lines().slice(0, 2).join('\n')));
    await screen.shows(/\d wait/);
  },
);

describe('colours', () => {
  test('on a light background, messages are blue', async () => {
    const screen = await here.open([], { env: { COLORFGBG: '0;15' } });
    for (const _ of [1, 2]) await here.vendor.emit({ fixture: 'message.chat' });
    await screen.shows(/^ {2}.* message .* 200 .*\n▸ .* message /m);
    expect(cellOf(screen, / message .* 200/, 'message').getFgColor()).toBe(4);
  });
});

test('the simulator says that its scenario is over, with the number of its events', async () => {
  const screen = terminal(
    process.execPath,
    [BIN, 'listen', '--simulate', '--scenario', 'conversation', '--speed', '1000'],
    { cwd: here.place.cwd, env: here.place.env(), columns: 100, rows: 30 },
  );
  await screen.shows(/The scenario "conversation" is over \(\d+ events\)\. t sends more, q ends\./);
});
