import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { objectIn } from '../../../src/eazewa/json.ts';
import { summarize } from '../../../src/eazewa/summary.ts';
import type { EventEntry, TunnelEntry } from '../../../src/feed/feed.ts';
import { loadFixture } from '../../../src/fixtures/load.ts';
import { learned } from '../../../src/views/tui/chat-names.ts';
import type { Line } from '../../../src/views/tui/line.ts';
import { span, textOf } from '../../../src/views/tui/line.ts';
import { rowLine } from '../../../src/views/tui/row-line.ts';
import { type Shown, shownOf } from '../../../src/views/tui/shown.ts';
import { attempt, event, READY, TARGET, ui } from './state.ts';

type Ui = ReturnType<typeof ui>;

const ANA = '12025550142@c.us';
const GROUP = '120363000000000042@g.us';
const SENT = `true_${ANA}_3EB0`;

/** The line of an item of the list of this width. */
function drawnLine(one: Ui, shown: Shown, columns: number): Line {
  const { names } = one.state;
  return rowLine(shown, { columns, isSelected: false, dated: false, words: [], names });
}

/** The lines of the list of this width, without the time's minutes and seconds. */
function lines(one: Ui, columns = 100): string[] {
  const time = columns < 70 ? 5 : 8;
  return shownOf(one.state.list).map((shown) => {
    const text = textOf(drawnLine(one, shown, columns));
    return shown.kind === 'outage' ? text : text.slice(2 + time).trimEnd();
  });
}

/** The event of a fixture. */
function fixture(number: number, name: string, parts: Partial<EventEntry> = {}): EventEntry {
  const { event: of, data } = loadFixture(name);
  return event(number, { event: of, ...summarize(of, objectIn(data)), ...parts });
}

/** A sent message and receipts of it. */
function conversation(one: Ui, acks: readonly number[] = [1, 2, 3]): void {
  one.take(fixture(1, 'message.chat'), attempt(1));
  one.take(fixture(2, 'message_create.sent', { messageId: SENT }), attempt(2));
  for (const [i, ack] of acks.entries()) {
    const receipt = { event: 'message_ack', text: 'read', name: null, direction: null } as const;
    one.take(event(3 + i, { ...receipt, ack, messageId: SENT }), attempt(3 + i));
  }
}

describe('the columns of a row', () => {
  const one = ui();
  one.take(fixture(1, 'message.chat'), attempt(1));
  one.take(fixture(2, 'message.image'), attempt(2, { status: 500, durationMs: 31 }));
  one.take(fixture(3, 'message_create.sent'), attempt(3, { durationMs: 3120 }));
  one.take(fixture(4, 'qr.fresh', { chat: null }));

  test.each([
    [
      140,
      [
        '  ✓  ←  message   Mia Example 12025550142       Good morning! Do you still have the blue bicycle?                   200   12 ms',
        '  ✗  ←  message   Mia Example 12025550142       image/jpeg 935 B "This is where I would like to ride it"            500   31 ms',
        '  ✓  →  create    Mia Example 12025550142       Good morning Mia, yes we do. Shall we keep it for you until noon?   200   3.1 s',
        '  …     qr                                      a new QR code to pair with                                          wait',
      ],
    ],
    [
      100,
      [
        '  ✓  ←  message   Mia Example           Good morning! Do you still have t…  200   12 ms',
        '  ✗  ←  message   Mia Example           image/jpeg 935 B "This is where I…  500   31 ms',
        '  ✓  →  create    Mia Example           Good morning Mia, yes we do. Shal…  200   3.1 s',
        '  …     qr                              a new QR code to pair with          wait',
      ],
    ],
    [
      80,
      [
        ' ✓ ← message  Mia Example    Good morning! Do you still… 200   12 ms',
        ' ✗ ← message  Mia Example    image/jpeg 935 B "This is … 500   31 ms',
        ' ✓ → create   Mia Example    Good morning Mia, yes we d… 200   3.1 s',
        ' …   qr                      a new QR code to pair with  wait',
      ],
    ],
    [
      60,
      [
        ' ✓ ← message Mia Example   Good morning! Do y… 200',
        ' ✗ ← message Mia Example   image/jpeg 935 B "… 500',
        ' ✓ → create  Mia Example   Good morning Mia, … 200',
        ' …   qr                    a new QR code to p… wait',
      ],
    ],
    [
      40,
      [
        ' ✓ message Mia Exa… Good mo… 200',
        ' ✗ message Mia Exa… image/j… 500',
        ' ✓ create  Mia Exa… Good mo… 200',
        ' … qr               a new Q… wait',
      ],
    ],
  ])('line up in %d columns', (columns, rows) => {
    expect(lines(one, columns)).toEqual(rows);
  });

  test('are as wide as the list, whatever their texts', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('👨‍👩‍👧‍👦 family', '漢字'.repeat(20), 'é̂'.repeat(30), 'שלום', 'plain words'),
    );
    const chat = fc.constantFrom(ANA, GROUP, 'status@broadcast', '1@newsletter', null);
    const facts = fc.record({ event: text, name: text, text, chat });
    fc.assert(
      fc.property(facts, fc.integer({ min: 50, max: 200 }), (hostile, columns) => {
        const safe = { ...hostile, name: span(hostile.name).text, text: span(hostile.text).text };
        const some = ui({ columns });
        some.take(event(1, { ...safe, duplicateOf: 'evt_0' }), attempt(1));
        const [shown] = shownOf(some.state.list);
        if (shown === undefined) throw new Error('no row');
        const row = textOf(drawnLine(some, shown, columns));
        expect(stringWidth(row)).toBe(columns);
        // The columns behind the text are where they always are.
        expect(row.trimEnd()).toMatch(columns < 70 ? / 200 {2}=$/ : / 200 {3}12 ms =$/);
      }),
    );
  });
});

describe('who', () => {
  test('is the name that an earlier event of the chat had', () => {
    const one = ui();
    one.take(event(1, { event: 'call', name: null, text: 'call' }));
    expect(lines(one, 140)[0]).toContain('call      12025550142  ');
    one.take(fixture(2, 'message.chat'));
    expect(lines(one, 140)[0]).toContain('call      Mia Example 12025550142  ');
  });

  test('is learned from pages of history too', () => {
    const one = ui();
    one.press('up');
    const row = { event: event(1, { name: 'Mia Example' }), attempts: [] };
    one.send({ type: 'page', generation: 0, page: { rows: [row], isMore: false } });
    one.take(event(2, { event: 'message_reaction', name: null }));
    expect(lines(one)[1]).toContain('react     Mia Example');
  });

  test('in a group is the member, with the name of the group once it is known', () => {
    const one = ui();
    one.take(fixture(1, 'message.group', { chat: GROUP }));
    expect(lines(one, 140)[0]).toContain('Leo Example (group)  ');
    one.take(fixture(2, 'group_update.subject', { chat: GROUP }));
    expect(lines(one, 140)[0]).toContain('Leo Example (Saturday ride …  Who comes');
    expect(lines(one, 140)[1]).toContain('group     Saturday ride along the riv…');
    one.take(event(3, { chat: GROUP, name: '100000000000163@lid', direction: 'in' }));
    expect(lines(one, 140)[2]).toContain('100000000000163 (Saturday r…');
    one.take(event(4, { chat: GROUP, name: 'Shop', direction: 'out' }));
    expect(lines(one, 140)[3]).toMatch(/→ {2}message {3}Saturday ride along the riv…/);
  });

  test('names are bounded: the oldest is forgotten', () => {
    const named = (number: number) => ({
      ...{ chat: `${number}@c.us`, name: `n${number}`, direction: 'in' as const, event: 'message' },
    });
    const names = learned(
      new Map(),
      Array.from({ length: 5000 }, (_, i) => named(i)),
    );
    expect(names.size).toBe(500);
    expect(names.get('4999@c.us')).toBe('n4999');
    expect(learned(names, [named(4999)])).toBe(names);
    // The own name is nobody's, and a member's is not the group's.
    expect(learned(names, [{ ...named(1), direction: 'out' }])).toBe(names);
    expect(learned(names, [{ ...named(1), chat: GROUP }])).toBe(names);
  });
});

describe('the looks of a row', () => {
  const looksOf = (one: Ui) => {
    const [shown] = shownOf(one.state.list);
    if (shown === undefined) throw new Error('no row');
    return drawnLine(one, shown, 100).spans.filter(({ text }) => text.trim() !== '');
  };
  const red = (one: Ui) => looksOf(one).filter(({ look }) => look === 'bad');

  test('are red at the sign and the status of a failed row only', () => {
    const one = ui();
    one.take(fixture(1, 'message.chat'), attempt(1, { status: 500 }));
    expect(red(one).map(({ text }) => text.trim())).toEqual(['✗', '500']);
    one.take(attempt(1, { status: null, error: 'timed out', number: 2 }));
    expect(red(one).map(({ text }) => text.trim())).toEqual(['✗', 'none']);
  });

  test('are dim for a 404, which the app chose', () => {
    const one = ui();
    one.take(fixture(1, 'message.chat'), attempt(1, { status: 404 }));
    expect(red(one)).toEqual([]);
    expect(looksOf(one).find(({ text }) => text === '✗')?.look).toBe('dim');
  });

  test.each([
    ['message.chat', 'messages', 'message'],
    ['message_edit.text', 'messages', 'edit'],
    ['message_revoke_me.text', 'messages', 'revoke'],
    ['message_reaction.thumbs-up', 'receipts', 'react'],
    ['vote_update.two', 'receipts', 'poll'],
    ['group_join.add', 'groups', 'join'],
    ['call.incoming', 'groups', 'call'],
    ['qr.fresh', 'connection', 'qr'],
    ['disconnected.logout', 'connection', 'gone'],
    ['loading_screen.half', 'connection', 'load'],
  ] as const)('%s is of the family %s: %s', (name, family, short) => {
    const one = ui();
    one.take(fixture(1, name));
    expect(
      looksOf(one)
        .find(({ look }) => look === family)
        ?.text.trim(),
    ).toBe(short);
  });

  test('an event of an unknown name keeps its name, as far as it fits', () => {
    const one = ui();
    one.take(event(1, { event: 'constructor' }));
    expect(looksOf(one).find(({ look }) => look === 'messages')?.text).toBe('constru…');
  });

  test.each([
    [{ duplicateOf: 'evt_0' }, '='],
    [{ ackWentBack: true }, '↓'],
    [{ issues: ['no data'] }, '!'],
    [{ origin: 'replay' }, '↻'],
    [{ origin: 'recovered' }, '+'],
    [{ repeats: 'evt_0' }, '≈'],
    [{ signature: 'signed' }, '12 ms'],
    [{ signature: 'unsigned' }, '12 ms'],
    [{}, '12 ms'],
  ] as const)('%j is one dim sign at the end: %s', (parts, sign) => {
    const one = ui();
    one.take(event(1, parts as Partial<EventEntry>), attempt(1));
    const last = looksOf(one).at(-1);
    expect(last?.text.trim()).toBe(sign);
    expect(last?.look).toBe('dim');
  });

  test('a wrong signature is a sign that is not dim', () => {
    const one = ui();
    one.take(event(1, { signature: 'wrongly-signed', duplicateOf: 'evt_0' }), attempt(1));
    expect(looksOf(one).at(-1)).toEqual({ text: '≠', look: 'warning' });
  });
});

describe('receipts', () => {
  test('fold into one sign of their message, the highest', () => {
    const one = ui();
    conversation(one);
    expect(lines(one)).toEqual([
      expect.stringMatching(/^ {2}✓ {2}← {2}message .* have t… {2}200/),
      expect.stringMatching(/^ {2}✓ {2}→ {2}create .*… ✓✓ read {2}200/),
    ]);
    expect(one.state.list.rows.length).toBe(5);
    expect(lines(one, 60)[1]).toMatch(/… ✓✓ 200$/);
  });

  test('keep the highest sign, however many lower ones the members of a group send later', () => {
    const one = ui();
    const messageId = 'm1';
    one.take(event(1, { event: 'message_create', messageId, direction: 'out' }));
    const acks = [3, ...Array.from({ length: 150 }, () => 2)];
    one.take(...acks.map((ack, i) => event(2 + i, { event: 'message_ack', messageId, ack })));
    expect(lines(one)[0]).toMatch(/ ✓✓ read /);
  });

  test('unfold under their message, also where others came between, and fold again', () => {
    const one = ui();
    conversation(one, [1, 2]);
    one.take(event(8));
    one.press('up');
    expect(one.selected()).toBe('evt_2');
    one.press('right');
    const receipt = (text: string) =>
      expect.stringMatching(new RegExp(`^ {2}✓ {37}${text} .* 200 `));
    const unfolded = [
      expect.stringMatching(/message/),
      expect.stringMatching(/create/),
      receipt('✓ sent'),
      receipt('✓✓ delivered'),
      expect.stringMatching(/number 8/),
    ];
    expect(lines(one)).toEqual(unfolded);
    one.press('down', 'down');
    expect(one.selected()).toBe('evt_4');
    one.press('left');
    expect(one.selected()).toBe('evt_2');
    expect(lines(one).length).toBe(3);
    one.press('=');
    expect(lines(one)).toEqual(unfolded);
    one.press('-');
    expect(lines(one).length).toBe(3);
  });

  test('that come while the user reads do not move the selection on the screen', () => {
    const one = ui({ lines: 12 });
    for (let i = 10; i < 40; i++) one.take(event(i, { messageId: `m${i}` }));
    one.press('up', 'up', 'up');
    const { cursor, top } = one.state.list;
    const selected = one.selected();
    for (let i = 10; i < 40; i++) {
      one.take(event(100 + i, { event: 'message_ack', messageId: `m${i}`, ack: 2 }));
    }
    expect(one.selected()).toBe(selected);
    expect(one.state.list).toMatchObject({ cursor, top });
  });

  test('that failed at the app keep their own row; a 404 does not', () => {
    const one = ui();
    conversation(one, []);
    const ack = { event: 'message_ack', messageId: SENT, ack: 3, direction: null };
    one.take(event(5, ack), attempt(5, { status: 404 }), event(6, ack));
    expect(lines(one).length).toBe(2);
    one.take(attempt(6, { status: 500 }));
    expect(lines(one)[2]).toMatch(/✗ {5}ack .*✓✓ read .* 500/);
  });

  test('of no message in the list, of a search, and of a filter are rows of their own', () => {
    const one = ui();
    const ack = event(1, { event: 'message_ack', messageId: 'unknown', ack: 1 });
    one.take(ack);
    expect(lines(one)).toEqual([expect.stringMatching(/ack .*✓ sent/)]);
    one.press('f', ' ', 'enter');
    const [asked] = one.effects().filter(({ type }) => type === 'list');
    const generation = asked?.type === 'list' ? asked.generation : -1;
    const rows = [event(2, { messageId: 'm' }), event(3, { ...ack, id: 'evt_3', messageId: 'm' })];
    one.send({
      ...{ type: 'page', generation },
      page: { rows: rows.map((each) => ({ event: each, attempts: [] })), isMore: false },
    });
    expect(lines(one).length).toBe(2);
  });

  test('a thousand receipts of one message are bounded', () => {
    const one = ui();
    conversation(
      one,
      Array.from({ length: 900 }, () => 2),
    );
    one.press('=');
    expect(lines(one).length).toBe(102);
  });
});

describe('an outage', () => {
  const at = (number: number) => event(number).at;
  const tunnel = (from: number, to: number | null): TunnelEntry => ({
    v: 1,
    type: 'tunnel',
    at: READY.at,
    url: 'x',
    since: READY.at,
    state: to === null ? 'down' : 'up',
    outageFrom: at(from),
    outageTo: to === null ? null : at(to),
    reason: to === null ? 'it hangs' : null,
  });

  test('is a line across the list at its place in time, which cannot be selected', () => {
    const one = ui({ columns: 110 });
    one.take(event(1000), tunnel(2000, null));
    expect(lines(one, 110)[1]).toMatch(/^── nothing can come in since \d\d:\d\d:\d\d ─+$/);
    one.take(tunnel(2000, 4000), event(5000));
    expect(lines(one, 110)[1]).toMatch(
      /^── nothing could come in from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d · events of that time may be lost ─+$/,
    );
    expect(stringWidth(lines(one, 60)[1] ?? '')).toBe(60);
    expect(one.selected()).toBe('evt_5000');
    one.press('up');
    expect(one.selected()).toBe('evt_1000');
    one.press('down');
    expect(one.selected()).toBe('evt_5000');
  });

  test('after the newest event, the list goes on following', () => {
    const one = ui();
    one.take(event(1000), tunnel(2000, 3000));
    expect(one.selected()).toBe('evt_1000');
    one.press('up', 'down', 'down');
    one.take(event(4000));
    expect(one.selected()).toBe('evt_4000');
  });
});

test('a row of several targets counts those that have the event', () => {
  const one = ui();
  const targets = [
    { url: TARGET, outcome: 'delivered' as const },
    { url: 'http://other/', outcome: 'failed' as const },
  ];
  one.take(event(1, { targets }), attempt(1), attempt(1, { target: 'http://other/', status: 500 }));
  expect(lines(one)[0]).toMatch(/✗ {2}← .* 1\/2 {3}12 ms$/);
});
