import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readWebhook } from '../../src/eazewa/webhook.ts';
import { dismissWaiting } from '../../src/history/dismiss.ts';
import { sqliteKinds } from '../../src/history/driver.ts';
import { storedFacts } from '../../src/history/entries.ts';
import type { History } from '../../src/history/history.ts';
import { createMemoryHistory } from '../../src/history/memory.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { temporaryFolder } from '../support/resources.ts';
import {
  attempted,
  maintainAll,
  NOON,
  newAttempt,
  newEvent,
  OTHER,
  store,
  TARGET,
  textBody,
} from './support.ts';

const FOREVER = Number.MAX_SAFE_INTEGER;

/** A stored text, queries that find it and no other of these, and queries that find none. */
const SCRIPTS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['สวัสดีครับ ผมอยากจองห้องพัก', ['อยากจอง', 'ห้อง', 'พัก', 'สวัสดี จอง'], ['หอง', 'จองพัก']],
  ['ខ្ញុំចង់កក់បន្ទប់មួយ', ['កក់', 'បន្ទប់', 'ចង់'], ['បន្ទាប់']],
  ['ສະບາຍດີຂໍຈອງໂຕະ', ['ຈອງ', 'ໂຕະ'], []],
  ['မင်္ဂလာပါခင်ဗျာ', ['ခင်ဗျာ'], []],
  ['我想预订明天的房间', ['明', '明天', '预订', '的房间'], ['天明', '预天']],
  ['東京タワーの近くで会いましょう', ['東京', 'タワー', '会い', 'くで', 'ﾀﾜｰ'], ['京東']],
  ['ガソリン', ['ガソ', 'ｶﾞｿﾘﾝ', 'ガ'], ['カソ']],
  ['내일 예약하고 싶어요 ㅋㅋㅋ', ['예약', '약하', '싶어', 'ㅋㅋ'], ['약예']],
  ['मुझे कमरा बुक करना है', ['कमरा', 'मुझ'], ['कामरा']],
  ['أُرِيدُ حَجْزَ غُرْفَة', ['اريد', 'حجز', 'غرف', 'حَجْز'], []],
  ['אני רוצה לְהַזְמִין', ['להזמין', 'רוצ'], []],
  [
    'Łódź, Straße, København, Œuvre',
    ['lodz', 'LODZ', 'strasse', 'kobenhavn', 'oeuvre', 'traß'],
    [],
  ],
  ['Đặt phòng ở Đà Nẵng', ['da nang', 'dat phong', 'Nẵng'.normalize('NFD')], []],
  [
    'Re\u0301sume\u0301 ﬁle ＦＵＬＬ－ｗｉｄｔｈ',
    ['résumé', 'resume', 'file', 'full', 'ｗｉｄ'],
    [],
  ],
  ['DİYARBAKIR', ['diyarbakır', 'diyarbakir', 'Diyarbakır', 'YARBAK'], []],
  ['ΚΑΛΗΜΕΡΑ ΦΙΛΟΣ', ['καλημέρα', 'φίλος', 'φίλοσ'], []],
  ['Щоденник їжака', ['щоден', 'їжак', 'іжак'], []],
  ['🇩🇪🇪🇸 won', ['🇩🇪', '🇪🇸', '🇪🇸 🇩🇪'], ['🇪🇪', '🇸🇪']],
  ['thanks 👍🏽 to the 👩‍👩‍👧 and 👩🏿‍💻', ['👍', '👍🏻', '👩‍👩‍👧', '👩‍💻', '👧'], ['👎', '👧‍👩']],
  ['pay 35 € at café ☕️ N°7', ['€', '☕', '☕️', 'afé', '35'], ['36']],
  [
    'call 12025550199 now',
    ['+1 202 555-0199', '(202) 555 0199', '5550199', '0199'],
    ['+1 202 555 0198'],
  ],
  ['𝒞𝓊𝓇𝓈𝒾𝓋𝑒 𠮷野家', ['cursive', '𠮷', '𠮷野', '野家'], ['吉野']],
];

const kinds = await sqliteKinds();
const histories: [string, () => Promise<History>][] = [
  ...kinds.map((kind): [string, () => Promise<History>] => [
    kind,
    () => openHistory(join(temporaryFolder(), 'history.db'), { kind }),
  ]),
  ['memory', async () => createMemoryHistory()],
];

describe.each(histories)('history in %s', (_, make) => {
  const open = async () => {
    const history = await make();
    onTestFinished(() => history.close());
    return history;
  };

  test('returns an event exactly as it was stored', async () => {
    const history = await open();
    const event = newEvent({
      origin: 'recovered',
      chat: null,
      messageId: null,
      ack: 3,
      duplicateOf: 'evt_1',
      repeats: 'evt_2',
      ackWentBack: true,
      issues: ['no instanceId', 'data is "odd"'],
      headers: ['Host', 'ä', 'host', '', 'X-Twice', '1', 'X-Twice', '2'],
      body: Uint8Array.from([0, 255, 0, 10, 13, 128]),
    });
    const [seq = 0] = store(history, event);
    const { waitFor: _waitFor, ...stored } = event;
    expect(history.event(seq)).toMatchObject({
      ...stored,
      seq,
      body: expect.any(Uint8Array),
    });
    expect([...(history.event(seq)?.body ?? [])]).toEqual([0, 255, 0, 10, 13, 128]);
    expect(history.event(seq)).not.toHaveProperty('bodyDropped');
  });

  test('returns the signature of an event, and none of one that has none', async () => {
    const history = await open();
    const events = (['signed', 'wrongly-signed', 'unsigned'] as const).map((signature) =>
      newEvent({ signature }),
    );
    const [one = 0, two = 0, three = 0, none = 0] = store(history, ...events, newEvent());
    expect(history.event(one)?.signature).toBe('signed');
    expect(history.head(two)?.signature).toBe('wrongly-signed');
    expect(history.find(events[2]?.id ?? '', 1)).toMatchObject([
      { seq: three, signature: 'unsigned' },
    ]);
    expect(history.event(none)).not.toHaveProperty('signature');
    expect(history.head(none)).not.toHaveProperty('signature');
  });

  test.each([
    ['a text cut by NUL', '"a\\u0000b"', '1'],
    ['half a surrogate pair', '"a\\ud83db"', '1'],
    ['a number beyond 2^53', '"a"', '9007199254740992'],
    ['a number of a thousand digits', '"a"', '9'.repeat(1000)],
    ['a fraction', '"a"', '1.5'],
  ])('returns what was read of a body with %s', async (_, text, ack) => {
    const history = await open();
    const body = Buffer.from(
      `{"event":${text},"instanceId":${text},"data":{"ack":${ack},` +
        `"message":{"ack":${ack},"id":{"remote":${text},"_serialized":${text}},"body":${text}}}}`,
    );
    const webhook = readWebhook(body);
    if ('reason' in webhook) throw new Error(webhook.reason);
    const facts = storedFacts(webhook);
    const [seq = 0] = store(history, newEvent({ ...facts, body }));
    expect(history.event(seq)).toMatchObject(facts);
    expect(history.head(seq)).toMatchObject(facts);
    expect(history.list({ events: [facts.event] })).toEqual([seq]);
    expect(history.aboutMessage(facts.messageId ?? '', 9)).toEqual([seq]);
  });

  test('stores the bytes of a body that is a view into a larger buffer, and an empty one', async () => {
    const history = await open();
    const large = Buffer.from('before{"a":1}after');
    const [view = 0, empty = 0] = store(
      history,
      newEvent({ body: large.subarray(6, 13) }),
      newEvent({ body: new Uint8Array(0) }),
    );
    expect(Buffer.from(history.event(view)?.body ?? []).toString()).toBe('{"a":1}');
    expect(history.event(empty)?.body).toHaveLength(0);
    expect(history.event(empty)).not.toHaveProperty('bodyDropped');
  });

  test('numbers events in the order of the batch, and starts empty', async () => {
    const history = await open();
    expect(history.lastSeq()).toBe(0);
    expect(history.event(1)).toBeNull();
    const seqs = store(history, newEvent(), newEvent(), newEvent());
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(new Set(seqs).size).toBe(3);
    expect(history.lastSeq()).toBe(seqs[2]);
    expect(history.commit({ events: [], attempts: [] })).toEqual({ seqs: [], numbers: [] });
  });

  test('numbers the attempts of an event on each target from 1', async () => {
    const history = await open();
    const [a = 0, b = 0] = store(history, newEvent(), newEvent());
    const numbers = attempted(
      history,
      newAttempt(a, { status: null, error: 'ECONNREFUSED', responseBody: new Uint8Array(0) }),
      newAttempt(a, { replay: true, status: 500 }),
      newAttempt(a, { target: OTHER }),
      newAttempt(b),
    );
    expect(numbers).toEqual([1, 2, 1, 1]);
    expect(attempted(history, newAttempt(a))).toEqual([3]);
    const stored = history.attempts(a);
    expect(stored.map(({ target, number, status }) => [target, number, status])).toEqual([
      [TARGET, 1, null],
      [TARGET, 2, 500],
      [OTHER, 1, 200],
      [TARGET, 3, 200],
    ]);
    expect(stored[0]).toMatchObject({ error: 'ECONNREFUSED', replay: false, durationMs: 4.5 });
    expect(stored[1]).toMatchObject({
      replay: true,
      responseHeaders: ['content-type', 'text/plain'],
    });
    expect(Buffer.from(stored[2]?.responseBody ?? []).toString()).toBe('ok');
  });

  test('stores no attempt of an event that is gone, and does not fail on it', async () => {
    const history = await open();
    expect(attempted(history, newAttempt(77))).toEqual([1]);
    expect(history.attempts(77)).toEqual([]);
  });

  test('an event waits for each of its targets until an attempt on it is stored', async () => {
    const history = await open();
    const [a = 0, b = 0, c = 0] = store(
      history,
      newEvent({ waitFor: [TARGET, OTHER] }),
      newEvent({ waitFor: [TARGET], chat: null, at: NOON + 5 }),
      newEvent(),
    );
    expect(history.waitingTargets(a)).toEqual([TARGET, OTHER]);
    expect(history.waitingTargets(c)).toEqual([]);
    // Of two targets: the event waits once.
    expect(history.countWaiting()).toBe(2);
    attempted(history, newAttempt(a, { status: 500 }));
    expect(history.waitingTargets(a)).toEqual([OTHER]);
    expect(history.waiting(TARGET, 0, 0, 10)).toEqual([{ seq: b, chat: null, at: NOON + 5 }]);
    expect(history.countWaiting()).toBe(2);
    expect(history.countWaiting({ before: NOON + 5 })).toBe(1);
    expect(history.countWaiting({ after: a })).toBe(1);
    expect(history.countWaiting({ since: NOON + 6 })).toBe(0);
    expect(history.list({ waiting: true })).toEqual([b, a]);
    attempted(history, newAttempt(a, { target: OTHER }), newAttempt(b));
    expect(history.countWaiting()).toBe(0);
  });

  test('dismissed events wait no more, and stay as they are', async () => {
    const history = await open();
    const waitFor = [TARGET, OTHER];
    const seqs = store(history, ...[1, 2, 3].map(() => newEvent({ waitFor })));
    history.stopWaiting(seqs.slice(0, 2));
    expect(history.list({ waiting: true })).toEqual(seqs.slice(2));
    expect(history.list({})).toHaveLength(3);
    // More than one slice, without those that came in after the question.
    const more = store(history, ...Array.from({ length: 1200 }, () => newEvent({ waitFor })));
    expect(await dismissWaiting(history, (more.at(-1) ?? 0) - 1)).toBe(1200);
    expect(history.list({ waiting: true })).toEqual(more.slice(-1));
  });

  test('an event that was replayed to any target waits no more when the next listener starts', async () => {
    const history = await open();
    const [a = 0, b = 0] = store(
      history,
      newEvent({ waitFor: [TARGET] }),
      newEvent({ waitFor: [TARGET, OTHER] }),
    );
    attempted(history, newAttempt(a, { target: `${TARGET}/2`, replay: true, status: 500 }));
    attempted(history, newAttempt(b));
    history.startForwarding();
    expect(history.waitingTargets(a)).toEqual([]);
    expect(history.waitingTargets(b)).toEqual([OTHER]);
  });

  test('the last attempt on each target comes without its answer, and attempts are counted', async () => {
    const history = await open();
    const [seq = 0, other = 0] = store(history, newEvent(), newEvent());
    attempted(
      history,
      newAttempt(seq, { status: 500 }),
      newAttempt(seq, { target: OTHER }),
      newAttempt(seq, { status: null, error: 'connection reset' }),
    );
    expect(history.lastAttempts(seq)).toMatchObject([
      { target: OTHER, number: 1, status: 200 },
      { target: TARGET, number: 2, status: null, error: 'connection reset' },
    ]);
    expect(history.lastAttempts(other)).toEqual([]);
    expect([TARGET, OTHER].map((target) => history.attemptCount(seq, target))).toEqual([2, 1]);
    expect(history.attemptCount(other, TARGET)).toBe(0);
  });

  test('an event is read without its body, with its summary and what was skipped', async () => {
    const history = await open();
    const skipped = [{ url: OTHER, reason: '--route' }];
    const [seq = 0] = store(history, newEvent({ skipped, issues: ['no data'] }));
    expect(history.head(seq)).toMatchObject({
      ...{ seq, skipped, issues: ['no data'], instanceId: '33', size: textBody('Hello').length },
      summary: '491511234567: "Hello"',
      columns: { direction: 'in', name: null, text: 'Hello' },
    });
    expect(history.head(seq + 1)).toBe(null);
  });

  test('waiting events come oldest first, behind a seq, from a time on, and no more than asked for', async () => {
    const history = await open();
    const seqs = store(
      history,
      ...[0, 1, 2, 3, 4].map((i) => newEvent({ at: NOON + i, chat: `${i}`, waitFor: [TARGET] })),
    );
    const found = (after: number, since: number, limit: number) =>
      history.waiting(TARGET, after, since, limit).map(({ seq }) => seqs.indexOf(seq));
    expect(found(0, 0, 10)).toEqual([0, 1, 2, 3, 4]);
    expect(found(seqs[1] ?? 0, 0, 2)).toEqual([2, 3]);
    expect(found(0, NOON + 3, 10)).toEqual([3, 4]);
    expect(history.waiting(OTHER, 0, 0, 10)).toEqual([]);
  });

  test('lists the newest first, and from a seq on the oldest first', async () => {
    const history = await open();
    const seqs = store(history, ...[0, 1, 2, 3].map((i) => newEvent({ at: NOON + i })));
    const listed = (query: Parameters<History['list']>[0]) =>
      history.list(query).map((seq) => seqs.indexOf(seq));
    expect(listed({})).toEqual([3, 2, 1, 0]);
    expect(listed({ limit: 2 })).toEqual([3, 2]);
    expect(listed({ limit: 0 })).toEqual([]);
    expect(listed({ after: 0 })).toEqual([0, 1, 2, 3]);
    expect(listed({ after: seqs[0] ?? 0, limit: 2 })).toEqual([1, 2]);
    expect(listed({ after: seqs[3] ?? 0 })).toEqual([]);
  });

  test('lists by name and time, both together, in either order', async () => {
    const history = await open();
    const seqs = store(
      history,
      ...['message', 'message_ack', 'qr', 'message', 'call', 'message_ack'].map((event, i) =>
        newEvent({ event, at: NOON + i }),
      ),
    );
    const listed = (query: Parameters<History['list']>[0]) =>
      history.list(query).map((seq) => seqs.indexOf(seq));
    expect(listed({ events: ['message', 'message_ack'] })).toEqual([5, 3, 1, 0]);
    expect(listed({ events: ['message', 'message'], limit: 9 })).toEqual([3, 0]);
    expect(listed({ events: [] })).toEqual([]);
    expect(listed({ events: ["it's"] })).toEqual([]);
    expect(listed({ since: NOON + 2 })).toEqual([5, 4, 3, 2]);
    expect(listed({ until: NOON + 2 })).toEqual([1, 0]);
    expect(listed({ since: NOON + 1, until: NOON + 4, limit: 2 })).toEqual([3, 2]);
    expect(listed({ since: NOON + 1, events: ['message_ack', 'call'] })).toEqual([5, 4, 1]);
    expect(
      listed({ after: 0, since: NOON + 1, until: NOON + 5, events: ['message', 'message_ack'] }),
    ).toEqual([1, 3]);
  });

  test('failed: a target got no 2xx after its last failure', async () => {
    const history = await open();
    const [never = 0, mended = 0, half = 0, silent = 0, redirect = 0, fine = 0] = store(
      history,
      ...[0, 1, 2, 3, 4, 5].map((i) =>
        newEvent({ at: NOON + i, event: i === 3 ? 'qr' : 'message' }),
      ),
    );
    attempted(history, newAttempt(never, { status: 500 }), newAttempt(never, { status: 404 }));
    attempted(history, newAttempt(mended, { status: 500 }), newAttempt(mended, { status: 204 }));
    attempted(history, newAttempt(half, { status: 500 }), newAttempt(half, { target: OTHER }));
    attempted(history, newAttempt(silent), newAttempt(silent, { status: null, error: 'timeout' }));
    attempted(history, newAttempt(redirect, { status: 302 }));
    attempted(history, newAttempt(fine));
    const listed = (query: Parameters<History['list']>[0]) =>
      history.list({ failed: true, ...query });
    expect(listed({})).toEqual([redirect, silent, half, never]);
    expect(listed({ limit: 2 })).toEqual([redirect, silent]);
    expect(listed({ events: ['qr'] })).toEqual([silent]);
    expect(listed({ until: NOON + 3 })).toEqual([half, never]);
    expect(listed({ after: never })).toEqual([half, silent, redirect]);
    expect(listed({ waiting: true })).toEqual([]);
  });

  test('failed and waiting together, with each target counted once', async () => {
    const history = await open();
    const [a = 0, b = 0] = store(
      history,
      newEvent({ waitFor: [TARGET, OTHER, 'http://localhost:5000/'] }),
      newEvent({ waitFor: [TARGET] }),
    );
    attempted(history, newAttempt(a, { status: 500 }), newAttempt(b, { status: 500 }));
    expect(history.list({ failed: true, waiting: true })).toEqual([a]);
    expect(history.list({ waiting: true })).toEqual([a]);
    const some = { waiting: true, events: ['message'], since: NOON, until: NOON + 1, limit: 5 };
    expect(history.list(some)).toEqual([a]);
    expect(history.list({ ...some, events: ['qr'] })).toEqual([]);
    expect(history.list({ waiting: true, after: 0 })).toEqual([a]);
  });

  test('finds events by the beginning of their id, and takes any text for one', async () => {
    const history = await open();
    store(
      history,
      newEvent({ id: 'evt_abcd000000000000' }),
      newEvent({ id: 'evt_abce000000000000' }),
      newEvent({ id: 'evt_ABCD000000000000' }),
    );
    const found = (prefix: string, limit = 10) =>
      history
        .find(prefix, limit)
        .map(({ id }) => id)
        .sort();
    expect(found('evt_abcd000000000000')).toEqual(['evt_abcd000000000000']);
    expect(found('evt_abc')).toEqual(['evt_abcd000000000000', 'evt_abce000000000000']);
    expect(found('evt_', 2)).toHaveLength(2);
    for (const odd of ['evt_%', 'evt_ab_', "evt_'", 'evt_abcd0000000000000', 'z', '\u{10ffff}']) {
      expect(found(odd)).toEqual([]);
    }
  });

  test('finds an id among thousands, stored in many commits', async () => {
    const history = await open();
    const ids: string[] = [];
    for (let batch = 0; batch < 6; batch++) {
      const events = Array.from({ length: 400 }, () => newEvent({ body: Buffer.from('{}') }));
      store(history, ...events);
      ids.push(...events.map(({ id }) => id));
    }
    for (const id of [ids[0], ids[511], ids[512], ids[1300], ids[2399]]) {
      expect(history.find(id ?? '', 2).map((event) => event.id)).toEqual([id]);
    }
    expect(history.find('evt_', 5000)).toHaveLength(2400);
  });

  test('tells which messages it has of a time, by either event', async () => {
    const history = await open();
    const odd = 'false_"\\\u001b[2J\'ä😀';
    store(
      history,
      newEvent({ messageId: 'a', at: NOON - 1 }),
      newEvent({ messageId: 'b', origin: 'recovered' }),
      newEvent({ messageId: 'c', event: 'message_create', at: NOON + 1 }),
      newEvent({ messageId: 'd', event: 'message_ack' }),
      newEvent({ messageId: odd }),
      newEvent({ messageId: odd }),
      newEvent({ messageId: null }),
    );
    const asked = ['a', 'b', 'c', 'd', 'e', odd, 'null'];
    expect([...history.messagesStored(asked, NOON)].sort()).toEqual(['b', 'c', odd].sort());
    expect([...history.messagesStored(['a'], NOON - 1)]).toEqual(['a']);
    expect(history.messagesStored([], 0).size).toBe(0);
  });

  describe.each(['before upkeep', 'after upkeep', 'half indexed'])('search, %s', (when) => {
    const filled = async (...texts: string[]) => {
      const history = await open();
      const seqs = texts.map((text, i) => {
        const [seq = 0] = store(history, newEvent({ body: textBody(text), at: NOON + i }));
        if (when === 'half indexed' && i === Math.floor(texts.length / 2)) {
          maintainAll(history, NOON);
        }
        return seq;
      });
      if (when === 'after upkeep') maintainAll(history, NOON);
      const search = (search: string, query: Parameters<History['list']>[0] = {}) =>
        history.list({ search, ...query }).map((seq) => seqs.indexOf(seq));
      return { history, search };
    };

    test('a compressed body is read', async () => {
      const { history, search } = await filled('red apple');
      const body = gzipSync(textBody('a green pear'));
      const [seq] = store(history, newEvent({ body, headers: ['Content-Encoding', 'gzip'] }));
      if (when === 'after upkeep') maintainAll(history, NOON);
      expect(history.list({ search: 'green' })).toEqual([seq]);
      expect(search('apple')).toEqual([0]);
    });

    test('all words must be there, whole or as parts of others, in any order', async () => {
      const { search } = await filled('red apple', 'green apples', 'red pear', 'apple red');
      expect(search('red apple')).toEqual([3, 0]);
      expect(search('apple')).toEqual([3, 1, 0]);
      expect(search('APPLES')).toEqual([1]);
      expect(search('app red')).toEqual([3, 0]);
      expect(search('pple ee')).toEqual([1]);
      expect(search('pp')).toEqual([3, 1, 0]);
      expect(search('red pplex')).toEqual([]);
      expect(search('redapple')).toEqual([]);
      expect(search('red app')).toEqual([3, 0]);
      expect(search('apple', { limit: 2 })).toEqual([3, 1]);
      expect(search('apple', { after: 0 })).toEqual([0, 1, 3]);
      expect(search('apple', { after: 0, limit: 2 })).toEqual([0, 1]);
      expect(search('apple', { until: NOON + 1 })).toEqual([0]);
      expect(search('apple', { events: ['qr'] })).toEqual([]);
    });

    test('accents, case, scripts and emoji', async () => {
      const { search } = await filled('Grüße aus Málaga', 'Привет, мир', 'İstanbul 🎉', '你好');
      expect(search('grusse')).toEqual([0]);
      expect(search('GRÜßE malaga')).toEqual([0]);
      expect(search('gruße')).toEqual([0]);
      expect(search('привет МИР')).toEqual([1]);
      expect(search('istanbul')).toEqual([2]);
      expect(search('🎉')).toEqual([2]);
      expect(search('你')).toEqual([3]);
    });

    test('any part of a text in any script', async () => {
      const { search } = await filled(...SCRIPTS.map(([stored]) => stored));
      const found = SCRIPTS.map(([, queries, others]) => ({
        found: queries.map((query) => [query, search(query)]),
        others: others.map((query) => [query, search(query)]),
      }));
      expect(found).toEqual(
        SCRIPTS.map(([, queries, others], i) => ({
          found: queries.map((query) => [query, [i]]),
          others: others.map((query) => [query, []]),
        })),
      );
    });

    test('what is shown for a byte or a character that cannot be shown is found', async () => {
      const { history } = await filled('needle');
      const body = Buffer.from(textBody('caf# au lait# \u0007bell\u200bhop pipe\u202eline'));
      for (let at = body.indexOf('#'); at >= 0; at = body.indexOf('#')) body[at] = 0xff;
      const [seq = 0] = store(history, newEvent({ body }));
      if (when === 'after upkeep') maintainAll(history, NOON);
      const { summary } = history.event(seq) ?? {};
      expect(summary).toContain('caf\ufffd au lait\ufffd ␇bellhop pipeline');
      for (const shown of ['caf\ufffd', 'lait', '␇bell', 'bellhop', 'pipeline', summary]) {
        expect([shown, history.list({ search: shown ?? '' })]).toEqual([shown, [seq]]);
      }
    });

    test('operators, quotes and wildcards in a query are plain text', async () => {
      const { search } = await filled('cats and dogs', 'say "quoted" near', 'a-b c*d');
      expect(search('cats OR unicorns')).toEqual([]);
      expect(search('"quoted')).toEqual([1]);
      expect(search('a-b')).toEqual([2]);
      expect(search('NEAR(')).toEqual([1]);
      for (const odd of [
        '"',
        '*',
        '^',
        '',
        ' ',
        '()',
        'words:cats',
        'NOT cats',
        "'; DROP TABLE events; --",
      ]) {
        expect(search(odd)).toEqual([]);
      }
    });

    test('what is not JSON, or has no text, is searched without a failure', async () => {
      const { history, search } = await filled('needle');
      store(
        history,
        newEvent({ body: Buffer.from('not json needle') }),
        newEvent({ body: Buffer.from('{}') }),
      );
      maintainAll(history, NOON);
      expect(search('needle')).toContain(0);
    });
  });

  test('search goes with the other filters', async () => {
    const history = await open();
    const [a = 0, b = 0] = store(history, newEvent({ waitFor: [TARGET] }), newEvent());
    attempted(history, newAttempt(b, { status: 500 }));
    for (const _ of ['not indexed', 'indexed']) {
      expect(history.list({ search: 'hello', waiting: true })).toEqual([a]);
      expect(history.list({ search: 'hello', failed: true })).toEqual([b]);
      maintainAll(history, NOON);
    }
  });

  test.each([
    {},
    { failed: true },
    { waiting: true },
    { events: ['message', 'qr'] },
    { search: 'hello' },
  ])('a list in pages is the whole list, each event once: %o', async (query) => {
    const history = await open();
    for (let i = 0; i < 23; i++) {
      // Several of one moment, and one that was asked for afterwards.
      const at = NOON + Math.floor(i / 4) - (i === 20 ? 3 : 0);
      const parts = { at, event: i % 3 === 0 ? 'qr' : 'message', waitFor: [TARGET, OTHER] };
      const [seq = 0] = store(history, newEvent(parts));
      attempted(history, newAttempt(seq, { status: i % 5 === 0 ? 200 : 500 }));
      if (i === 11) maintainAll(history, NOON);
    }
    const whole = history.list(query);
    expect(whole.length).toBeGreaterThan(12);
    const paged: number[] = [];
    for (;;) {
      const last = history.event(paged.at(-1) ?? 0);
      const page = history.list({ ...query, limit: 5, ...(last && { before: last }) });
      if (page.length === 0) break;
      paged.push(...page);
    }
    expect(paged).toEqual(whole);
  });

  describe.each(['before upkeep', 'after upkeep', 'half indexed'])(
    'about a message, %s',
    (when) => {
      const ID = 'false_12025550142@c.us_3EB0AAAA0001';
      const body = (id: string, event: string) =>
        Buffer.from(JSON.stringify({ event, data: { message: { id: { _serialized: id } } } }));
      const about = (id: string | null, event = 'message_ack') =>
        newEvent({ event, messageId: id, body: body(id ?? '', event) });

      test('are its events, oldest first, and at most so many of the newest', async () => {
        const history = await open();
        const first = store(history, about(ID, 'message'), about(`${ID}2`), about(null));
        if (when !== 'before upkeep') maintainAll(history, NOON);
        const second = store(history, about(ID), about(`${ID.slice(0, -1)}2`), about(ID));
        if (when === 'after upkeep') maintainAll(history, NOON);
        const expected = [first[0], second[0], second[2]];
        expect(history.aboutMessage(ID, 50)).toEqual(expected);
        expect(history.aboutMessage(ID, 2)).toEqual(expected.slice(1));
        expect(history.aboutMessage(ID.slice(0, -1), 50)).toEqual([]);
        expect(history.aboutMessage('', 50)).toEqual([]);
        expect(history.aboutMessage('"*_AND_-', 50)).toEqual([]);
      });
    },
  );

  test('lists everything when a limit is not given', async () => {
    const history = await open();
    store(history, ...Array.from({ length: 250 }, () => newEvent()));
    expect(history.list({})).toHaveLength(250);
    expect(history.list({ search: 'hello' })).toHaveLength(250);
    expect(history.waiting(TARGET, 0, 0, FOREVER)).toEqual([]);
  });
});
