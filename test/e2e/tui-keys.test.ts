import { beforeEach, describe, expect, test } from 'vitest';
import type { Screen } from '../support/screen.ts';
import { ORIGINAL, type TuiPlace, tuiPlace } from '../support/tui-place.ts';

let here: TuiPlace;
beforeEach(async () => {
  here = await tuiPlace();
});

const SIZES = [
  [160, 50],
  [110, 30],
  [80, 24],
  [60, 15],
] as const;

/** A message with this text comes in, and is selected. */
async function say(screen: Screen, text: string): Promise<void> {
  await here.vendor.emit({ fixture: 'message.chat', set: { 'data.message.body': text } });
  await screen.shows(new RegExp(`▸.*${text}`));
}

/** Where the line with a text has its frame: the first and the last column, and the line. */
function frameOf(screen: Screen, text: string): { left: number; right: number; y: number } {
  const y = screen.lines().findIndex((line) => line.includes(text));
  const line = screen.lines()[y] ?? '';
  return { left: line.search(/[│╭]/), right: line.search(/[│╮][^│╮]*$/), y };
}

describe.each(SIZES)('%d×%d', (columns, rows) => {
  test(': shows every action in a frame, finds one by its words, and does it', async () => {
    const screen = await here.open([], { columns, rows });
    await say(screen, 'some words');
    screen.press(':');
    await screen.shows('╭─ Actions');
    const { left, right } = frameOf(screen, '╭─ Actions');
    expect(right - left + 1).toBe(Math.min(80, columns));
    expect(left).toBe(Math.floor((columns - Math.min(80, columns)) / 2));
    screen.press('next hit');
    await screen.shows('nothing is searched');
    screen.press('ctrl-u', 'subscr');
    await screen.shows('› subscr▏');
    await screen.shows(/u +Subscriptions/);
    // The selection has the whole width of the frame.
    const { y } = frameOf(screen, 'Subscriptions');
    for (const x of [left + 2, right - 2]) expect(screen.cell(x, y).isInverse()).toBeTruthy();
    expect(screen.cell(right, y).isInverse()).toBeFalsy();
    screen.press('enter');
    await screen.shows('╭─ Subscriptions');
    screen.press('q');
    await screen.showsNot('╭─ Subscriptions');
  });

  test('t triggers a fixture, marked as a replay, and the app gets it', async () => {
    const screen = await here.open([], { columns, rows });
    screen.press('t');
    await screen.shows('╭─ Trigger a fixture');
    screen.press('message.chat');
    await screen.shows(/message\.chat .*a text/);
    screen.press('enter');
    await here.app.received(1);
    const [request] = here.app.requests;
    const body = JSON.parse(String(request?.body));
    expect(body).toMatchObject({ event: 'message', instanceId: '33' });
    expect(request?.headers['x-eazewa-hooks-replay']).toBeDefined();
    await screen.shows(/▸.* ✓ .*message/);
    await screen.shows('triggered: answered with 200');
  });
});

test('t without a target stores the event and shows it', async () => {
  const screen = await here.open([], { target: false });
  screen.press('t');
  await screen.shows('Trigger a fixture');
  screen.press('message_ack.read', 'enter');
  await screen.shows('triggered message_ack.read: stored, and sent to no target');
  await screen.shows(/▸.*·.*ack/);
  screen.press('enter');
  await screen.shows('1 message');
  screen.press('q');
  await screen.showsNot('1 message');
});

test('q on a page goes back; with events that wait it asks before it stops', async () => {
  const screen = await here.open();
  await say(screen, 'some words');
  screen.press('enter');
  await screen.shows('1 message');
  screen.press('q');
  await screen.showsNot('1 message');
  screen.press('p');
  await screen.shows('paused');
  await here.vendor.emit({ fixture: 'message.chat' });
  await screen.shows(/1 wait/);
  screen.press('q');
  await screen.shows('╭─ Stop listening?');
  await screen.shows('1 event waits for a target');
  screen.press('escape');
  await screen.showsNot('Stop listening');
  screen.press('q', 'q');
  expect((await screen.exit).code).toBe(0);
  expect(await here.vendor.webhook()).toEqual(ORIGINAL);
});

test('the wheel scrolls by arrow keys of the terminal, so no mouse is reported', async () => {
  const screen = await here.open();
  await say(screen, 'first words');
  await say(screen, 'second words');
  const raw = screen.raw();
  expect(raw).toContain('\x1b[?1007h');
  for (const reports of [9, 1000, 1002, 1003, 1006]) expect(raw).not.toContain(`\x1b[?${reports}h`);
  // What a terminal sends for the wheel, also in its application mode.
  screen.press('\x1bOA');
  await screen.shows(/▸.*first words/);
  screen.press('\x1b[B');
  await screen.shows(/▸.*second words/);
  screen.press('q');
  await screen.exit;
  expect(screen.raw().lastIndexOf('\x1b[?1007r')).toBeGreaterThan(raw.length - 1);
});

test('a hit of the search stays visible in the selected row', async () => {
  const screen = await here.open();
  await say(screen, 'a zeppelin lands');
  screen.press('/', 'zeppelin', 'enter');
  const hit = (back: number) => {
    const y = screen.lines().findIndex((line) => line.startsWith('▸'));
    const x = (screen.lines()[y] ?? '').indexOf('zeppelin');
    return x < 1 ? undefined : screen.cell(x - back, y);
  };
  // All of the row is inverse but the hit, which is underlined.
  await screen.when('the hit', () => hit(0)?.isInverse() === 0 && hit(0)?.isUnderline() !== 0);
  expect(hit(1)?.isInverse()).toBeTruthy();
});

test('search on a page finds text in folded blocks, and opens them', async () => {
  const screen = await here.open([], { columns: 60, rows: 15 });
  await say(screen, 'hidden words');
  screen.press('enter', '2');
  await screen.shows(/content-type/i);
  screen.press('G');
  await screen.shows(/▸ *\}/);
  screen.press('left', 'left', 'left');
  await screen.shows(/… \d+ lines/);
  screen.press('/', 'hidden', 'enter');
  await screen.shows(/▸.*hidden words/);
});
