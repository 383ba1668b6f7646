import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../../src/eazewa/client.ts';
import { signatureOf } from '../../../src/eazewa/signature.ts';
import { readWebhook } from '../../../src/eazewa/webhook.ts';
import type { NewFeedEntry } from '../../../src/feed/feed.ts';
import { sqliteKinds } from '../../../src/history/driver.ts';
import type { Batch, History, StoredEvent } from '../../../src/history/history.ts';
import { createIds } from '../../../src/history/ids.ts';
import { createMemoryHistory } from '../../../src/history/memory.ts';
import { openHistory } from '../../../src/history/sqlite.ts';
import { createWriter } from '../../../src/history/writer.ts';
import { createIntake } from '../../../src/listener/intake.ts';
import { createMarker } from '../../../src/listener/marks.ts';
import { mayBeLost } from '../../../src/listener/recovery/notices.ts';
import { createRecovery, type RecoveryOptions } from '../../../src/listener/recovery/recover.ts';
import { pause } from '../../../src/platform/pause.ts';
import { newEvent, store } from '../../history/support.ts';
import { call, start, TOKEN } from '../../simulator/harness.ts';
import { app, temporaryFolder } from '../../support/resources.ts';
import { until } from '../../support/until.ts';
import { type Reply, vendorStub } from '../../support/vendor-stub.ts';

const MIA = '12025550142@c.us';
const TOM = '12025550163@c.us';
const GROUP = '120363000000000042@g.us';
const OWN = '12025550100@c.us';
/** The outage, in ms. */
const FROM = Date.UTC(2026, 10, 23, 12);
const TO = FROM + 60_000;
/** When it is asked for. */
const LATER = TO + 1_000;
const CALLS = '/api/v1/instances/33/client/action';
const BOTH = ['message', 'message_create'];

const memory = async (): Promise<History> => createMemoryHistory();
const histories: [string, () => Promise<History>][] = [
  ...(await sqliteKinds()).map((kind): [string, () => Promise<History>] => [
    kind,
    () => openHistory(join(temporaryFolder(), 'history.db'), { kind }),
  ]),
  ['memory', memory],
];

interface Said {
  readonly chat?: string;
  readonly fromMe?: boolean;
  readonly event?: string;
  readonly [field: string]: unknown;
}

let messages = 0;

/** The body of a message event, sent so many seconds after the outage began. */
function said(
  second: number,
  { chat = MIA, fromMe = false, event = 'message', ...more }: Said = {},
) {
  const number = `3EB0${String(++messages).padStart(16, '0')}`;
  const message = {
    id: { fromMe, remote: chat, id: number, _serialized: `${fromMe}_${chat}_${number}` },
    ...{ body: `Hello ${second}`, type: 'chat', timestamp: FROM / 1_000 + second },
    ...{ from: fromMe ? OWN : chat, to: fromMe ? chat : OWN, fromMe, ack: 1, hasMedia: false },
    ...more,
  };
  return { event, instanceId: '33', data: { message } };
}

type Body = ReturnType<typeof said>;
const idOf = ({ data }: Body) => data.message.id._serialized;
const own = (second: number, more: Said = {}) =>
  said(second, { fromMe: true, event: 'message_create', ...more });

type Warning = Extract<NewFeedEntry, { type: 'warning' }>;

/** A recovery with everything real around it. */
async function setUp(
  apiUrl: string,
  make: () => Promise<History> = memory,
  more: Partial<RecoveryOptions> = {},
) {
  const history = await make();
  onTestFinished(() => history.close());
  const broken = { commit: false };
  const commits = {
    commit(batch: Batch) {
      if (broken.commit) throw new Error('disk full');
      return history.commit(batch);
    },
  };
  const writer = createWriter(commits, { retryMs: 5 });
  onTestFinished(() => writer.close());
  const client = createClient({
    apiUrl,
    apiToken: TOKEN,
    tokenName: 'EAZEWA_API_TOKEN',
    sleep: async () => {},
  });
  onTestFinished(() => client.close());
  const posted: NewFeedEntry[] = [];
  const waits: number[] = [];
  const marker = createMarker();
  const newId = createIds(randomBytes);
  const shared = { writer, marker, newId, now: () => LATER, bodies: 'full', post } as const;
  function post(entry: NewFeedEntry): void {
    posted.push(entry);
  }
  let made = 0;
  const recovery = createRecovery({
    ...shared,
    newId() {
      made++;
      return newId();
    },
    client,
    instanceId: '33',
    secret: null,
    history,
    events: () => ['message'],
    targets: [{ url: 'http://localhost:3000/hook' }],
    pause: async (ms) => void waits.push(ms),
    ...more,
  });
  const intake = createIntake({
    ...shared,
    targets: [],
    secret: null,
    only: null,
    isForApp: () => true,
    stored: () => {},
  });
  const stop = new AbortController();
  /** What is in history, in the order it was stored. */
  const stored = () =>
    history
      .list({ after: 0 })
      .map((seq) => history.event(seq))
      .filter((event): event is StoredEvent => event !== null);
  return {
    history,
    waits,
    stop,
    broken,
    /** How many messages were made into events that are to be stored. */
    made: () => made,
    /** The vendor sends a webhook. */
    come(body: Body) {
      const bytes = Buffer.from(JSON.stringify(body));
      const webhook = readWebhook(bytes);
      if ('reason' in webhook) throw new Error(webhook.reason);
      intake(
        { webhook, headers: [], body: bytes },
        () => {},
        () => false,
      );
    },
    recover: (from = FROM, to = TO) => recovery.recover(from, to, stop.signal),
    stored,
    /** The texts of the messages that were recovered. */
    texts: () =>
      stored()
        .filter(({ origin }) => origin === 'recovered')
        .map(({ body }) => JSON.parse(Buffer.from(body).toString()).data.message.body),
    events: () => posted.filter((entry) => entry.type === 'event'),
    warnings: () => posted.filter((entry): entry is Warning => entry.type === 'warning'),
    last: (): Warning =>
      posted.findLast((entry): entry is Warning => entry.type === 'warning') as Warning,
  };
}

/** A simulator whose webhook leads to something that answers 404, as a tunnel does that is down. */
async function vendorWithOutage() {
  const tunnel = await app((_, response) => void response.writeHead(404).end());
  const simulator = await start({ url: tunnel.url, events: BOTH });
  return {
    apiUrl: simulator.apiUrl,
    /** Emits, and waits until the answer has ended the deliveries. */
    async lost(...bodies: Body[]) {
      for (const body of bodies) expect(simulator.emit('33', body)).toEqual({ emitted: 1 });
      await until(() => simulator.deliveries().every(({ status }) => status === 404));
    },
    emit: (body: Body) => simulator.emit('33', body),
    fault: (fault: object) => call(simulator, 'POST', '/_simulator/faults', fault),
  };
}

describe.each(histories)('messages of an outage, history in %s', (_, make) => {
  test('are recovered, as the events they would have been', async () => {
    const vendor = await vendorWithOutage();
    const lost = [said(1), said(2, { chat: GROUP, author: TOM }), said(3)];
    await vendor.lost(...lost);
    const { recover, stored, events, warnings } = await setUp(vendor.apiUrl, make);
    await recover();
    const found = stored();
    expect(found.map(({ messageId }) => messageId)).toEqual(
      [lost[0], lost[2], lost[1]].map((body) => body && idOf(body)),
    );
    expect(found[0]).toMatchObject({
      at: LATER,
      event: 'message',
      origin: 'recovered',
      chat: MIA,
      ack: null,
      duplicateOf: null,
      repeats: null,
      ackWentBack: false,
      issues: [],
      headers: expect.arrayContaining(['Content-Type', 'application/json']),
    });
    expect(JSON.parse(Buffer.from(found[0]?.body ?? []).toString())).toEqual(lost[0]);
    expect(events()).toMatchObject([
      { origin: 'recovered', id: found[0]?.id, summary: '12025550142: "Hello 1"', body: lost[0] },
      {
        summary: '12025550142: "Hello 3"',
        targets: [{ url: 'http://localhost:3000/hook', outcome: 'skipped', reason: 'recovered' }],
      },
      { event: 'message', summary: expect.stringContaining('"Hello 2"') },
    ]);
    expect(warnings()).toEqual([
      {
        type: 'warning',
        code: 'recovered',
        message: expect.stringMatching(
          /^3 messages between 2026-11-23 \d\d:00:00 and 2026-11-23 \d\d:01:00 were recovered .*2 chats asked.*acks, edits/,
        ),
      },
    ]);
  });

  test('are signed where the secret is known, for a replay, and not judged', async () => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(1));
    const { recover, stored } = await setUp(vendor.apiUrl, make, { secret: 'the secret' });
    await recover();
    const [event] = stored();
    if (event === undefined) throw new Error('nothing was recovered');
    expect(signatureOf(event.headers, event.body, 'the secret')).toBe('signed');
    expect(event).not.toHaveProperty('signature');
  });

  test('wait for no target: none is forwarded by itself', async () => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(1));
    const { recover, history, stored } = await setUp(vendor.apiUrl, make);
    await recover();
    expect(stored()).toHaveLength(1);
    expect(history.countWaiting()).toBe(0);
  });

  test('are only those that history does not have, by either event, and only of the outage', async () => {
    const vendor = await vendorWithOutage();
    const [had, created, early, within, late] = [said(1), said(2), said(-9), said(65), said(70)];
    await vendor.lost(had, created, early, said(-4), said(30), within, late);
    const { recover, history, texts } = await setUp(vendor.apiUrl, make);
    store(
      history,
      newEvent({ messageId: idOf(had), at: FROM + 1_000 }),
      newEvent({ messageId: idOf(created), at: FROM + 2_000, event: 'message_create' }),
    );
    await recover();
    expect(texts()).toEqual(['Hello -4', 'Hello 30', 'Hello 65']);
  });

  test('are recovered once, however often and however much the outages overlap', async () => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(1), said(40));
    const first = await setUp(vendor.apiUrl, make);
    await Promise.all([
      first.recover(FROM, FROM + 20_000),
      first.recover(FROM - 50_000, TO),
      first.recover(),
    ]);
    expect(first.texts()).toEqual(['Hello 1', 'Hello 40']);
    expect(first.warnings().map(({ message }) => message.slice(0, 9))).toEqual([
      '1 message',
      '1 message',
      'the API h',
    ]);
    // Another listener on the same history, which remembers nothing by itself.
    const shared = { ...first.history, close() {} };
    const second = await setUp(vendor.apiUrl, async () => shared);
    await second.recover();
    expect(second.events()).toEqual([]);
  });
});

describe('which event a message becomes', () => {
  test.each([
    [['message'], ['message in']],
    [
      ['message', 'message_ack', 'message_create'],
      ['message in', 'message_create out'],
    ],
    [['message_create'], ['message_create in', 'message_create out']],
  ])('subscribed to %j: %j', async (events, expected) => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(1, { body: 'in' }), own(2, { body: 'out' }));
    const { recover, stored } = await setUp(vendor.apiUrl, memory, { events: () => events });
    await recover();
    const found = stored().map(({ event, body }) => {
      return `${event} ${JSON.parse(Buffer.from(body).toString()).data.message.body}`;
    });
    expect(found).toEqual(expected);
  });

  test('none, without a subscription to an event with messages: nothing is asked', async () => {
    const { apiUrl, seen } = await vendorStub({});
    const { recover, last } = await setUp(apiUrl, memory, { events: () => ['qr', 'message_ack'] });
    await recover();
    expect(seen).toEqual([]);
    expect(last()).toMatchObject({
      code: 'recovered',
      message: expect.stringContaining('neither message nor message_create'),
    });
  });
});

describe('beside what is received', () => {
  test('an event that the vendor sends after all is a duplicate of the recovered one', async () => {
    const vendor = await vendorWithOutage();
    const lost = said(1);
    await vendor.lost(lost);
    const { recover, come, stored } = await setUp(vendor.apiUrl);
    await recover();
    come(lost);
    come({ ...lost, event: 'message_create' });
    await until(() => stored().length === 3);
    const [brought, again, created] = stored();
    expect(again).toMatchObject({ origin: 'live', duplicateOf: brought?.id });
    expect(created).toMatchObject({ origin: 'live', repeats: brought?.id });
  });

  test('a message that is about to be stored is not recovered', async () => {
    const vendor = await vendorWithOutage();
    const [received, created, gone] = [said(1), said(2), said(3)];
    await vendor.lost(received, created, gone);
    const { recover, come, stored, broken, made } = await setUp(vendor.apiUrl);
    broken.commit = true;
    come(received);
    come({ ...created, event: 'message_create' });
    const done = recover();
    await until(() => made() === 3);
    broken.commit = false;
    await done;
    expect(stored().map(({ origin, messageId }) => [origin, messageId])).toEqual([
      ['live', idOf(received)],
      ['live', idOf(created)],
      ['recovered', idOf(gone)],
    ]);
  });

  test('the result is reported when all is stored, and not before', async () => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(1));
    const { recover, broken, made, warnings, texts } = await setUp(vendor.apiUrl);
    broken.commit = true;
    const done = recover();
    await until(() => made() === 1);
    expect(warnings()).toEqual([]);
    broken.commit = false;
    await done;
    expect(texts()).toEqual(['Hello 1']);
    expect(warnings()).toHaveLength(1);
  });
});

describe('how much there is', () => {
  test('nothing: reported', async () => {
    const vendor = await vendorWithOutage();
    const { recover, last, events } = await setUp(vendor.apiUrl);
    await recover();
    expect(events()).toEqual([]);
    expect(last()).toMatchObject({
      code: 'recovered',
      message: expect.stringMatching(/^the API has no message .* not in history \(0 chats asked\)/),
    });
  });

  test('only chats used during the outage or later are asked', async () => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(-60), said(500, { chat: TOM }));
    const { recover, last } = await setUp(vendor.apiUrl);
    await recover();
    expect(last().message).toContain('(1 chat asked)');
  });

  test('more in a chat than the first answer has: a larger one is asked for', async () => {
    const vendor = await vendorWithOutage();
    const seconds = Array.from({ length: 250 }, (_, at) => at / 5);
    for (const second of seconds) vendor.emit(said(second));
    const { recover, texts, last } = await setUp(vendor.apiUrl);
    await recover();
    expect(texts()).toEqual(seconds.map((second) => `Hello ${second}`));
    expect(last().message).not.toContain('perhaps');
  });

  test('more in a chat than the API gives: reported', async () => {
    const items = Array.from({ length: 100 }, (_, at) => ({ message: said(at / 2).data.message }));
    const { apiUrl, seen } = await vendorStub(...chats(MIA), { json: { data: items } });
    const { recover, texts, last } = await setUp(apiUrl);
    await recover();
    expect(texts()).toHaveLength(100);
    expect(seen.slice(2).map(({ body }) => JSON.parse(body).limit)).toEqual([100, 1_000]);
    expect(last().message).toContain('of 1 chat the API perhaps did not give all messages');
  });

  test('a larger answer that is too long: the first one is stored', async () => {
    const items = Array.from({ length: 100 }, (_, at) => ({ message: said(at / 2).data.message }));
    const { apiUrl } = await vendorStub(
      ...chats(MIA),
      { json: { data: items } },
      { body: 'x'.repeat(17 * 1024 ** 2) },
    );
    const { recover, texts, last } = await setUp(apiUrl);
    await recover();
    expect(texts()).toHaveLength(100);
    expect(last()).toMatchObject({
      code: 'recovered',
      message: expect.stringContaining('perhaps'),
    });
  });

  test('chats by the hundred: the newest 500 are asked, one after the other', async () => {
    const vendor = await vendorWithOutage();
    for (let at = 0; at < 600; at++) vendor.emit(said(at / 20, { chat: `1202555${at}@c.us` }));
    const { recover, texts, last } = await setUp(vendor.apiUrl);
    await recover();
    expect(texts()).toHaveLength(500);
    expect(texts()[0]).toBe('Hello 29.95');
    expect(last().message).toMatch(/500 chats asked.*100 chats more were not asked/);
  });

  test('an endless list of chats: read up to a bound', async () => {
    let number = 0;
    const { apiUrl, seen } = await vendorStub((response) => {
      response.end(JSON.stringify({ data: [{ id: `${++number}@c.us`, timestamp: 5 }] }));
    });
    const { recover, last } = await setUp(apiUrl);
    await recover();
    expect(seen).toHaveLength(20);
    expect(last().message).toContain('more chats than were searched');
  });

  test('chats of unknown use are asked last', async () => {
    const at = (second: number) => FROM / 1_000 + second;
    const page = [
      { id: 'unknown@c.us' },
      { id: 'long-ago@c.us', timestamp: at(-100) },
      { id: 'second@c.us', timestamp: at(2) },
      { id: 'first@c.us', timestamp: 0, lastMessage: { timestamp: at(3) } },
    ];
    const empty = { json: { data: { data: [] } } };
    const { apiUrl, seen } = await vendorStub({ json: { data: page } }, empty);
    const { recover } = await setUp(apiUrl);
    await recover();
    const asked = seen.slice(2).map(({ body }) => JSON.parse(body));
    expect(asked).toEqual(
      ['first@c.us', 'second@c.us', 'unknown@c.us'].map((chatId) => {
        return { chatId, limit: 100, fromMe: false };
      }),
    );
  });
});

describe('a misbehaving vendor', () => {
  test('a rate limit in the middle: waits as long as it says', async () => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(1), said(2, { chat: TOM }));
    const path = `${CALLS}/fetch-messages`;
    await vendor.fault({ kind: 'status', status: 429, retryAfter: 40, path });
    await vendor.fault({ kind: 'status', status: 429, path });
    const { recover, texts, waits, last } = await setUp(vendor.apiUrl);
    await recover();
    expect(texts()).toHaveLength(2);
    expect(waits).toEqual([40_000, 60_000]);
    expect(last().code).toBe('recovered');
  });

  test('an endless rate limit: gives up after five minutes of waiting', async () => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(1));
    await vendor.fault({ kind: 'status', status: 429, retryAfter: 70, count: 100 });
    const { recover, waits, last } = await setUp(vendor.apiUrl);
    await recover();
    expect(waits).toEqual([70_000, 70_000, 70_000, 70_000]);
    expect(last()).toMatchObject({
      code: 'recovery_failed',
      message: expect.stringMatching(
        /too many requests.*0 messages recovered; the API is not asked again/,
      ),
    });
  });

  test('a rate limit without a wait: still pauses between requests', async () => {
    const vendor = await vendorWithOutage();
    await vendor.fault({ kind: 'status', status: 429, retryAfter: 0, count: 1_000 });
    const { recover, waits } = await setUp(vendor.apiUrl);
    await recover();
    expect(waits).toEqual(Array.from({ length: 60 }, () => 5_000));
  });

  test.each([
    [{ kind: 'error' }, 'the request failed'],
    [{ kind: 'status', status: 401 }, 'refused EAZEWA_API_TOKEN'],
    [{ kind: 'status', status: 404 }, 'has no instance 33'],
    [{ kind: 'html', status: 503, count: 3 }, 'failed (503)'],
    [{ kind: 'cut', count: 3 }, 'could not be reached'],
  ])('%j for the list of chats: reported', async (fault, why) => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(1));
    await vendor.fault(fault);
    const { recover, events, last } = await setUp(vendor.apiUrl);
    await recover();
    expect(events()).toEqual([]);
    expect(last()).toMatchObject({
      code: 'recovery_failed',
      message: expect.stringContaining(why),
    });
    await recover();
    expect(last().code).toBe('recovered');
  });

  test('an error inside of a success for one chat: asks the others', async () => {
    const vendor = await vendorWithOutage();
    await vendor.lost(said(1), said(2, { chat: TOM }));
    await vendor.fault({ kind: 'error', path: `${CALLS}/fetch-messages` });
    const { recover, texts, last } = await setUp(vendor.apiUrl);
    await recover();
    expect(texts()).toEqual(['Hello 1']);
    expect(last()).toMatchObject({
      code: 'recovered',
      message: expect.stringMatching(/1 chat asked.*; 1 chat could not be asked/),
    });
  });

  test.each([
    ['of the only chat', 1, 1],
    ['of three chats in a row', 5, 3],
  ])('an error inside of a success %s: gives up', async (_, chats, asked) => {
    const vendor = await vendorWithOutage();
    for (let at = 0; at < chats; at++) vendor.emit(said(at, { chat: `${at}@c.us` }));
    await vendor.fault({ kind: 'error', path: `${CALLS}/fetch-messages`, count: asked });
    const { recover, last } = await setUp(vendor.apiUrl);
    await recover();
    expect(last().code).toBe('recovery_failed');
    await recover();
    expect(last().message).toContain(`(${chats} chats asked)`.replace('1 chats', '1 chat'));
  });

  test('gone in the middle: recovered messages stay', async () => {
    const items = [{ message: said(1).data.message }];
    const stub = await vendorStub(
      ...chats(MIA, TOM),
      { json: { data: items } },
      { status: 401, json: {} },
    );
    const { recover, texts, last } = await setUp(stub.apiUrl);
    await recover();
    expect(texts()).toEqual(['Hello 1']);
    expect(last()).toMatchObject({
      code: 'recovery_failed',
      message: expect.stringContaining('1 message recovered'),
    });
  });

  test('a million messages, most of them nonsense: reads a thousand', async () => {
    const stub = await vendorStub(...chats(MIA), (response) => {
      const one = JSON.stringify({ message: said(1).data.message });
      response.end(`{"data":[${'null,'.repeat(999_999)}${one}]}`);
    });
    const { recover, texts, last } = await setUp(stub.apiUrl);
    await recover();
    expect(texts()).toEqual(['Hello 1']);
    expect(last().message).toContain('999 messages could not be read');
  });

  test('endless messages: stores 128 MiB of them', async () => {
    let chat = 0;
    const stub = await vendorStub(
      ...chats(...Array.from({ length: 20 }, (_, at) => `${at}@c.us`)),
      (response) => {
        chat++;
        const body = 'x'.repeat(5 * 1024 ** 2);
        const items = [1, 2, 3].map((at) => {
          return { message: { ...said(at, { body }).data.message, _data: { chat } } };
        });
        response.end(JSON.stringify({ data: items }));
      },
    );
    const { recover, events, last } = await setUp(stub.apiUrl, memory, { bodies: 'none' });
    await recover();
    expect(events()).toHaveLength(27);
    expect(last().message).toContain('11 chats more were not asked');
  });

  test('a thousand messages of one id are one', async () => {
    const item = { message: said(1).data.message };
    const stub = await vendorStub(...chats(MIA, TOM), {
      json: { data: Array.from({ length: 1_000 }, () => item) },
    });
    const { recover, texts } = await setUp(stub.apiUrl);
    await recover();
    expect(texts()).toEqual(['Hello 1']);
  });

  test.each(histories)('hostile ids and values are stored as data, in %s', async (_, make) => {
    const ids = [
      'a"b\\c',
      '\u001b[2J',
      'half \ud800',
      "'; DROP TABLE events; --",
      '\u0000',
      '__proto__',
    ];
    const items = ids.map((id, at) => ({
      message: {
        ...said(at, { body: '\u001b]0;x\u0007\u202e', chat: '\u001b[31m' }).data.message,
        ...{ id: { _serialized: id }, type: { toString: 1 }, ack: 'many', from: [[]] },
      },
    }));
    const stub = await vendorStub(...chats('"\\\u001b[2J'), { json: { data: items } });
    const { recover, stored, events, last } = await setUp(stub.apiUrl, make);
    await recover();
    await recover();
    expect(stored()).toHaveLength(ids.length);
    expect(
      events()
        .map(({ summary }) => summary)
        .join(''),
    ).not.toMatch(/\p{Cc}|\u202e/u);
    expect(events()[0]?.issues).not.toEqual([]);
    expect(last().message).not.toMatch(/\p{Cc}/u);
  });
});

describe('the end of the listener', () => {
  test('ends a recovery in the middle of a wait', async () => {
    const vendor = await vendorWithOutage();
    await vendor.fault({ kind: 'status', status: 429, retryAfter: 60, count: 100 });
    let waiting = false;
    const { recover, stop, warnings } = await setUp(vendor.apiUrl, memory, {
      pause(ms, signal) {
        waiting = true;
        return pause(ms, signal);
      },
    });
    const all = [recover(), recover()];
    await until(() => waiting);
    stop.abort();
    await Promise.all(all);
    expect(warnings().map(({ code }) => code)).toEqual(['recovery_failed', 'recovery_failed']);
    expect(warnings()[0]?.message).toContain('the listener is stopping');
  });

  test('ends a recovery whose messages cannot be stored: they are not stored later', async () => {
    const vendor = await vendorWithOutage();
    const lost = said(1);
    await vendor.lost(lost);
    const { recover, stop, broken, made, come, stored, last } = await setUp(vendor.apiUrl);
    broken.commit = true;
    const done = recover();
    await until(() => made() === 1);
    stop.abort();
    await done;
    broken.commit = false;
    come(said(2));
    await until(() => stored().length > 0);
    expect(stored()).toMatchObject([{ origin: 'live' }]);
    expect(last()).toMatchObject({
      code: 'recovery_failed',
      message: expect.stringContaining('0 messages recovered'),
    });
  });

  test('ends a recovery in the middle of a request', async () => {
    let asked = false;
    const stub = await vendorStub(() => {
      asked = true;
    });
    const { recover, stop, last } = await setUp(stub.apiUrl);
    const done = recover();
    await until(() => asked);
    stop.abort();
    await done;
    expect(last().code).toBe('recovery_failed');
  });
});

test('a failing history is reported, and nothing is thrown', async () => {
  const vendor = await vendorWithOutage();
  await vendor.lost(said(1));
  const { recover, last } = await setUp(vendor.apiUrl, memory, {
    history: {
      messagesStored() {
        throw new Error('disk I/O error');
      },
    },
  });
  await recover();
  expect(last()).toMatchObject({
    code: 'recovery_failed',
    message: expect.stringContaining('disk I/O error'),
  });
});

test('a clock that was set back meanwhile makes no difference', async () => {
  const vendor = await vendorWithOutage();
  await vendor.lost(said(30));
  const { recover, texts } = await setUp(vendor.apiUrl);
  await recover(TO, FROM);
  expect(texts()).toEqual(['Hello 30']);
});

test('the warning of lost events says how to recover the messages', () => {
  const between = /^events between 2026-11-23 \d\d:00:00 and 2026-11-23 \d\d:01:00 may be lost/;
  for (const [recovering, words] of [
    [false, 'listen with --recover asks the API for the messages'],
    [true, 'the API is asked for the messages'],
  ] as const) {
    const { code, message } = mayBeLost(FROM, TO, recovering);
    expect(code).toBe('events_may_be_lost');
    expect(message).toMatch(between);
    expect(message).toContain(`; ${words}`);
  }
});

/** The vendor's answers to the question for chats: these, and no more. */
function chats(...ids: string[]): Reply[] {
  const data = ids.map((id, at) => ({ id, timestamp: FROM / 1_000 + 100 - at }));
  return [{ json: { data } }, { json: { data: [] } }];
}
