import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/eazewa/client.ts';
import { type Reply, vendorStub } from '../support/vendor-stub.ts';

const CHAT = '12025550142@c.us';
const CHATS = { offset: 0, limit: 10 };
const MESSAGES = { chatId: CHAT, limit: 10 };

/** A client of a vendor that gives these answers in turn. */
async function setUp(...replies: Reply[]) {
  const stub = await vendorStub(...replies);
  const client = createClient({
    apiUrl: stub.apiUrl,
    apiToken: 'tok-hunter2',
    tokenName: 'EAZEWA_API_TOKEN',
    sleep: async () => {},
  });
  onTestFinished(() => client.close());
  return { client, seen: stub.seen };
}

/** An answer as users of the vendor read it. */
const envelope = (data: unknown, instanceId = '33'): Reply => ({
  json: { data: { status: 'success', instanceId, data }, links: {}, status: 'success' },
});
/** An answer as the vendor describes it. */
const flat = (data: unknown): Reply => ({ json: { instanceId: '33', data, status: 'success' } });

function message(number: number, more: object = {}) {
  const _serialized = `false_${CHAT}_${number}`;
  const id = { fromMe: false, remote: CHAT, id: String(number), _serialized };
  return { id, body: `Hello ${number}`, type: 'chat', timestamp: 1_767_254_460 + number, ...more };
}

describe('requests', () => {
  test('POST with the bearer token and a JSON body', async () => {
    const { client, seen } = await setUp(envelope([]), envelope([], '../33'));
    await client.getChats('33', CHATS);
    await client.fetchMessages('../33', { ...MESSAGES, fromMe: false });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        path: '/api/v1/instances/33/client/action/get-chats',
        headers: { authorization: 'Bearer tok-hunter2', 'content-type': 'application/json' },
      },
      { method: 'POST', path: '/api/v1/instances/..%2F33/client/action/fetch-messages' },
    ]);
    expect(seen.map(({ body }) => JSON.parse(body))).toEqual([
      { offset: 0, limit: 10 },
      { chatId: CHAT, limit: 10, fromMe: false },
    ]);
  });

  test('again, where it may pass: it is only read', async () => {
    const { client, seen } = await setUp(
      { status: 502, body: '<h1>Bad gateway</h1>' },
      { status: 429, headers: { 'retry-after': '1' } },
      envelope([]),
    );
    expect(await client.getChats('33', CHATS)).toEqual({ chats: [], total: 0 });
    expect(seen).toHaveLength(3);
  });
});

describe.each([
  ['in data.data', envelope],
  ['in data', flat],
])('an answer with its list %s', (_, answer) => {
  test('has chats, with the time that each was last used', async () => {
    const { client } = await setUp(
      answer([
        { id: { server: 'c.us', user: '12025550142', _serialized: CHAT }, timestamp: 5, name: 'M' },
        { id: '120363000000000042@g.us', isGroup: true, timestamp: 0, lastMessage: message(1) },
        { id: { _serialized: '100000000000142@lid' }, lastMessage: null },
      ]),
    );
    expect(await client.getChats('33', CHATS)).toEqual({
      chats: [
        { id: CHAT, timestamp: 5 },
        { id: '120363000000000042@g.us', timestamp: 1_767_254_461 },
        { id: '100000000000142@lid', timestamp: null },
      ],
      total: 3,
    });
  });

  test('has messages, each whole', async () => {
    const own = message(2, { fromMe: true, _data: { notifyName: 'Mia' } });
    const { client } = await setUp(
      answer([{ message: message(1), media: null }, { message: own }, message(3)]),
    );
    expect(await client.fetchMessages('33', MESSAGES)).toEqual({
      messages: [
        {
          id: `false_${CHAT}_1`,
          fromMe: false,
          timestamp: 1_767_254_461,
          message: message(1),
        },
        { id: `false_${CHAT}_2`, fromMe: true, timestamp: 1_767_254_462, message: own },
        {
          id: `false_${CHAT}_3`,
          fromMe: false,
          timestamp: 1_767_254_463,
          message: message(3),
        },
      ],
      total: 3,
      unreadable: 0,
    });
  });
});

describe('other answers', () => {
  test.each([
    null,
    [],
    7,
    'text',
    {},
    { id: 7, timestamp: 1 },
    { id: '', timestamp: 1 },
    { id: 'x'.repeat(2_000) },
  ])('is left out of the chats: %j', async (item) => {
    const { client } = await setUp(envelope([item, { id: CHAT }]));
    expect(await client.getChats('33', CHATS)).toEqual({
      chats: [{ id: CHAT, timestamp: null }],
      total: 2,
    });
  });

  test.each([
    null,
    [],
    7,
    'text',
    {},
    { message: null },
    { message: [] },
    { message: message(1, { id: 'text' }) },
    { message: message(1, { id: { _serialized: 7 } }) },
    { message: message(1, { id: { _serialized: 'x'.repeat(2_000) } }) },
    { message: message(1, { timestamp: null }) },
    { message: message(1, { timestamp: -1 }) },
    { message: message(1, { timestamp: 1_767_254_460_000 }) },
    { message: message(1, { _data: nested(100_000) }) },
  ])('is left out of the messages and counted', async (item) => {
    const { client } = await setUp((response) => {
      response.end(`{"data":{"data":[${rawJson(item)},${JSON.stringify(message(2))}]}}`);
    });
    expect(await client.fetchMessages('33', MESSAGES)).toMatchObject({
      messages: [{ id: `false_${CHAT}_2` }],
      total: 2,
      unreadable: 1,
    });
  });

  test.each([{}, { data: null }, { data: { data: {} } }, { data: 'x' }, { data: { data: null } }])(
    'is an error where there is no list: %j',
    async (json) => {
      const { client } = await setUp({ json });
      for (const asked of [client.getChats('33', CHATS), client.fetchMessages('33', MESSAGES)]) {
        await expect(asked).rejects.toMatchObject({
          exit: 'vendor',
          code: 'vendor_unexpected',
          message: expect.stringContaining('(data)'),
        });
      }
    },
  );

  test('200 with an error inside', async () => {
    const inner = { status: 'error', message: 'instance not ready', instanceStatus: 'booting' };
    const { client } = await setUp({ json: { data: inner, links: {}, status: 'success' } });
    await expect(client.getChats('33', CHATS)).rejects.toMatchObject({
      code: 'vendor_error',
      message: expect.stringContaining('instance not ready'),
      facts: { instanceStatus: 'booting' },
    });
  });
});

describe('how much there may be', () => {
  test('reads the last thousand of a million messages', async () => {
    const { client } = await setUp((response) => {
      const items = `${'{},'.repeat(999_998)}${JSON.stringify(message(1))},{}`;
      response.end(`{"data":{"data":[${items}]}}`);
    });
    expect(await client.fetchMessages('33', MESSAGES)).toMatchObject({
      messages: [{ id: `false_${CHAT}_1` }],
      total: 1_000_000,
      unreadable: 999,
    });
  });

  test('reads the first thousand of a million chats', async () => {
    const { client } = await setUp((response) => {
      response.end(`{"data":{"data":[{"id":"${CHAT}"}${',{}'.repeat(999_999)}]}}`);
    });
    const page = await client.getChats('33', CHATS);
    expect(page).toEqual({ chats: [{ id: CHAT, timestamp: null }], total: 1_000_000 });
  });

  test('an answer over 16 MiB is cut off, and one that is just under it is read', async () => {
    const filler = (size: number) => (response: { end(text: string): void }) =>
      response.end(`{"data":{"data":["${'x'.repeat(size)}"]}}`);
    const { client } = await setUp(filler(16 * 1024 ** 2 - 100), filler(16 * 1024 ** 2));
    expect(await client.getChats('33', CHATS)).toEqual({ chats: [], total: 1 });
    await expect(client.getChats('33', CHATS)).rejects.toMatchObject({ code: 'vendor_unexpected' });
  });
});

/** An object nested so deep, as JSON.stringify could not write it. */
function nested(depth: number): { readonly raw: string } {
  return { raw: `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}` };
}

function rawJson(value: unknown): string {
  return JSON.stringify(value).replace(/\{"raw":"((?:\\"|[^"])*)"\}/, (_, raw: string) =>
    raw.replaceAll('\\"', '"'),
  );
}
