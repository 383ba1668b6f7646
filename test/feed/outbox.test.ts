import { describe, expect, onTestFinished, test } from 'vitest';
import { type FeedEntry, feedEntry, type NewFeedEntry } from '../../src/feed/feed.ts';
import { createOutbox } from '../../src/feed/outbox.ts';
import { until } from '../support/until.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 5, 9);

const rejected = (size: number): NewFeedEntry => ({
  type: 'rejected',
  status: 404,
  reason: 'no such path',
  size,
  count: 1,
});
const warning = (code: string): NewFeedEntry => ({ type: 'warning', code, message: code });
const webhook: NewFeedEntry = { type: 'webhook', state: 'set', url: null, events: [] };
const ready: NewFeedEntry = {
  type: 'ready',
  instanceId: '33',
  instanceName: null,
  localUrl: 'http://127.0.0.1:1',
  publicUrl: 'http://127.0.0.1:1',
  webhookUrl: 'http://127.0.0.1:1',
  events: [],
  previous: { url: null, events: [] },
  targets: [],
  only: null,
  held: 0,
};
const attempt: NewFeedEntry = {
  type: 'attempt',
  eventId: 'evt_1',
  replay: false,
  target: 'http://127.0.0.1:1',
  number: 1,
  status: 200,
  error: null,
  outcome: 'delivered',
  durationMs: 1,
};
const tunnel: NewFeedEntry = {
  type: 'tunnel',
  state: 'up',
  url: 'http://127.0.0.1:1',
  since: new Date(NOW).toISOString(),
  outageFrom: null,
  outageTo: null,
  reason: null,
};
const stopped: NewFeedEntry = {
  type: 'stopped',
  received: 0,
  forwarded: 0,
  failed: 0,
  waiting: 0,
  restored: true,
};
const event = (size: number): NewFeedEntry => ({
  type: 'event',
  id: 'evt_1',
  instanceId: '33',
  event: 'message',
  origin: 'live',
  size,
  duplicateOf: null,
  repeats: null,
  ackWentBack: false,
  issues: [],
  chat: null,
  messageId: null,
  ack: null,
  direction: null,
  name: null,
  text: '',
  summary: '',
  targets: [],
  body: {},
});

/** What is taken, batch by batch; each is taken when the test says so, or at once without `slow`. */
function taker(slow = false) {
  const batches: FeedEntry[][] = [];
  let waiting: (() => void)[] = [];
  return {
    batches,
    all: () => batches.flat(),
    sizes: () =>
      batches.flat().map((entry) => (entry.type === 'rejected' ? entry.size : entry.type)),
    take(entries: readonly FeedEntry[]): Promise<void> {
      batches.push([...entries]);
      return slow ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve();
    },
    taken() {
      for (const resolve of waiting) resolve();
      waiting = [];
    },
  };
}

const now = () => NOW;

/** An outbox with a reader busy on a first batch. `next` frees the reader and resolves to the next batch. */
async function busyOutbox() {
  const { take, taken, batches } = taker(true);
  const { post } = createOutbox(take, now);
  onTestFinished(taken);
  post(rejected(0));
  await until(() => batches.length === 1);
  const next = async (): Promise<FeedEntry[]> => {
    const count = batches.length;
    taken();
    await until(() => batches.length > count);
    return batches[count] ?? [];
  };
  return { post, next };
}

describe('the outbox', () => {
  test('hands over what was posted, in its order, stamped with version and time', async () => {
    const { take, batches } = taker();
    const outbox = createOutbox(take, now);
    for (const size of [1, 2, 3]) outbox.post(rejected(size));
    await until(() => batches.length > 0);
    expect(batches).toEqual([
      [1, 2, 3].map((size) => ({ v: 1, at: '2026-11-23T09:05:09.000Z', ...rejected(size) })),
    ]);
    for (const entry of batches.flat()) expect(feedEntry.parse(entry)).toEqual(entry);
  });

  test('hands over nothing in the same turn: posting never waits', () => {
    const { take, batches } = taker();
    createOutbox(take, now).post(rejected(1));
    expect(batches).toEqual([]);
  });

  test('hands over the next batch only when the last was taken', async () => {
    const { take, taken, batches, sizes } = taker(true);
    const outbox = createOutbox(take, now);
    outbox.post(rejected(1));
    await until(() => batches.length === 1);
    for (const size of [2, 3]) outbox.post(rejected(size));
    // Longer than a batch takes to come: the time of another outbox's.
    const other = taker();
    const second = createOutbox(other.take, now);
    second.post(rejected(9));
    await until(() => other.batches.length === 1);
    expect(batches).toHaveLength(1);
    taken();
    await until(() => batches.length === 2);
    expect(sizes()).toEqual([1, 2, 3]);
    taken();
  });

  test('holds 1,000 entries; then the oldest are dropped, and counted in a warning that comes first', async () => {
    const { post, next } = await busyOutbox();
    for (let size = 1; size <= 1500; size++) post(rejected(size));
    const [first, ...others] = await next();
    expect(first).toMatchObject({ type: 'warning', code: 'entries_dropped' });
    expect(first).toHaveProperty('message', expect.stringMatching(/^500 entries .* were dropped/));
    expect(others.map((entry) => entry.type === 'rejected' && entry.size)).toEqual(
      Array.from({ length: 1000 }, (_, index) => index + 501),
    );
    post(rejected(1));
    expect(await next()).toHaveLength(1);
  });

  test('says that one entry was dropped in the singular', async () => {
    const { post, next } = await busyOutbox();
    for (let size = 1; size <= 1001; size++) post(rejected(size));
    const [first] = await next();
    expect(first).toHaveProperty('message', expect.stringMatching(/^1 entry .* was dropped/));
  });

  test('drops events, attempts and rejections before anything else', async () => {
    const { post, next } = await busyOutbox();
    for (const entry of [webhook, tunnel, warning('a'), warning('b'), stopped]) post(entry);
    for (let size = 1; size <= 2000; size++) post(rejected(size));
    const batch = await next();
    expect(batch).toHaveLength(1001);
    expect(batch.slice(0, 6).map(({ type }) => type)).toEqual([
      ...['warning', 'webhook', 'tunnel', 'warning', 'warning', 'stopped'],
    ]);
  });

  test('drops the oldest warnings when nothing less important waits', async () => {
    const { post, next } = await busyOutbox();
    post(webhook);
    for (let i = 0; i < 1200; i++) post(warning(`${i}`));
    for (let size = 1; size <= 5; size++) post(rejected(size));
    post(stopped);
    const [first, ...others] = await next();
    expect(first).toHaveProperty('message', expect.stringMatching(/^207 entries /));
    expect(others.map((entry) => ('code' in entry ? entry.code : entry.type))).toEqual([
      'webhook',
      ...Array.from({ length: 998 }, (_, index) => `${index + 202}`),
      'stopped',
    ]);
  });

  test('stays bounded whatever is posted, and keeps ready, stopped and the last tunnel and webhook', async () => {
    const { post, next } = await busyOutbox();
    const urls = Array.from({ length: 50_000 }, (_, index) => `http://127.0.0.1/${index}`);
    post(ready);
    for (const url of urls) post({ ...tunnel, url });
    for (const url of urls) post({ ...webhook, url });
    for (const code of urls) post(warning(code));
    for (const entry of [event(1), attempt, rejected(1)]) for (const _ of urls) post(entry);
    post(stopped);
    const batch = await next();
    const last = String(urls.at(-1));
    expect(batch).toHaveLength(1001);
    expect(batch.slice(0, 4)).toMatchObject([
      { code: 'entries_dropped', message: expect.stringMatching(/^299002 entries /) },
      ready,
      { ...tunnel, url: last },
      { ...webhook, url: last },
    ]);
    expect(batch.slice(-2)).toMatchObject([warning(last), stopped]);
  });

  test('holds 128 MiB of bodies, and one that is larger', async () => {
    const { post, next } = await busyOutbox();
    const MIB = 1024 * 1024;
    for (const size of [60 * MIB, 60 * MIB, 60 * MIB]) post(event(size));
    post(stopped);
    const types = (await next()).map(({ type }) => type);
    expect(types).toEqual(['warning', 'event', 'event', 'stopped']);
    post(event(200 * MIB));
    expect((await next()).map(({ type }) => type)).toEqual(['event']);
  });
});

describe('flushing', () => {
  test('hands over at once what waits, and resolves when it is taken', async () => {
    const { take, taken, batches } = taker(true);
    const outbox = createOutbox(take, now);
    outbox.post(rejected(1));
    let flushed = false;
    const flush = outbox.flush(60_000).then(() => {
      flushed = true;
    });
    expect(batches).toHaveLength(1);
    await new Promise(setImmediate);
    expect(flushed).toBe(false);
    taken();
    await flush;
  });

  test('waits for the batch on its way, and for what came after it', async () => {
    const { take, taken, batches, sizes } = taker(true);
    const outbox = createOutbox(take, now);
    outbox.post(rejected(1));
    await until(() => batches.length === 1);
    outbox.post(rejected(2));
    const flush = outbox.flush(60_000);
    taken();
    await until(() => batches.length === 2);
    taken();
    await flush;
    expect(sizes()).toEqual([1, 2]);
  });

  test('gives up after its time when nobody takes', async () => {
    const { take, batches } = taker(true);
    const outbox = createOutbox(take, now);
    outbox.post(rejected(1));
    await outbox.flush(20);
    outbox.post(rejected(2));
    await outbox.flush(20);
    expect(batches).toHaveLength(1);
  });

  test('with nothing to hand over is over at once', async () => {
    const { take, batches } = taker();
    await createOutbox(take, now).flush(60_000);
    expect(batches).toEqual([]);
  });
});
