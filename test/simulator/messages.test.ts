import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { call, start, TOKEN } from './harness.ts';

const ACTION = '/api/v1/instances/33/client/action';
const MIA = '12025550142@c.us';
const GROUP = '120363000000000042@g.us';
const OWN = '12025550100@c.us';
const NOON = 1_767_254_400;

interface Said {
  readonly chat?: string;
  readonly fromMe?: boolean;
  readonly event?: string;
  readonly body?: string;
}

/** The body of an event with a message; `number` is its id and its second. */
function said(
  number: number,
  { chat = MIA, fromMe = false, event = 'message', ...more }: Said = {},
) {
  const _serialized = `${fromMe}_${chat}_${number}`;
  const message = {
    id: { fromMe, remote: chat, id: String(number), _serialized },
    ...{ body: `Hello ${number}`, type: 'chat', timestamp: NOON + number },
    ...{ from: fromMe ? OWN : chat, to: fromMe ? chat : OWN, fromMe, ack: 1, hasMedia: false },
    ...more,
  };
  return { event, instanceId: '33', data: { message } };
}

async function ask(simulator: Simulator, action: string, body: unknown) {
  const answer = await call(simulator, 'POST', `${ACTION}/${action}`, body);
  expect(answer.status).toBe(200);
  const { data: list, ...about } = answer.json.data;
  expect({ ...answer.json, data: about }).toEqual({
    data: { status: 'success', instanceId: '33' },
    links: { self: `${simulator.apiUrl}/instances/33/client/action/${action}` },
    status: 'success',
  });
  return list;
}

const texts = (list: { message: { body: string } }[]) => list.map(({ message }) => message.body);

describe('fetch-messages', () => {
  it('has incoming and own messages, delivered or not, oldest first', async () => {
    const simulator = await start();
    simulator.emit('33', said(3));
    simulator.emit('33', said(1));
    simulator.emit('33', said(2, { event: 'message_create', fromMe: true }));
    simulator.emit('33', said(4, { chat: GROUP }));
    const { message } = said(1).data;
    const list = await ask(simulator, 'fetch-messages', { chatId: MIA });
    expect(texts(list)).toEqual(['Hello 1', 'Hello 2', 'Hello 3']);
    expect(list[0]).toEqual({ message, media: null });
    expect(texts(await ask(simulator, 'fetch-messages', { chatId: GROUP }))).toEqual(['Hello 4']);
    expect(await ask(simulator, 'fetch-messages', { chatId: 'nobody@c.us' })).toEqual([]);
  });

  it('has a message of two events once', async () => {
    const simulator = await start();
    simulator.emit('33', said(1, { event: 'message_create' }));
    simulator.emit('33', said(1));
    expect(await ask(simulator, 'fetch-messages', { chatId: MIA })).toHaveLength(1);
  });

  it('has the messages of fixtures, without media', async () => {
    const simulator = await start();
    simulator.emit('33', 'message.image');
    const [{ message, media }] = await ask(simulator, 'fetch-messages', {
      chatId: MIA,
      includeMedia: true,
    });
    expect({ type: message.type, media }).toEqual({ type: 'image', media: null });
  });

  it.each([
    [{ limit: 2 }, [4, 5]],
    [{ limit: '2' }, [4, 5]],
    [{ limit: 2, offset: 1 }, [3, 4]],
    [{ offset: 4 }, [1]],
    [{ offset: 9 }, []],
    [{ fromMe: true }, [2, 4]],
    [{ fromMe: false, limit: 2 }, [3, 5]],
    [{ fromMe: null }, [1, 2, 3, 4, 5]],
  ])('gives of five, asked %j, the messages %j', async (asked, numbers) => {
    const simulator = await start();
    for (const number of [1, 2, 3, 4, 5]) {
      simulator.emit('33', said(number, { fromMe: number % 2 === 0, event: 'message_create' }));
    }
    const list = await ask(simulator, 'fetch-messages', { chatId: MIA, ...asked });
    expect(texts(list)).toEqual(numbers.map((number) => `Hello ${number}`));
  });

  it('reads a form, in which numbers and yes or no are text', async () => {
    const simulator = await start();
    for (const number of [1, 2, 3, 4, 5]) {
      simulator.emit('33', said(number, { fromMe: number % 2 === 0, event: 'message_create' }));
    }
    const form = new URLSearchParams({
      chatId: MIA,
      limit: '2',
      fromMe: '0',
      includeMedia: 'true',
    });
    expect(texts(await ask(simulator, 'fetch-messages', String(form)))).toEqual([
      'Hello 3',
      'Hello 5',
    ]);
    expect(await ask(simulator, 'get-chats', 'limit=1')).toHaveLength(1);
  });

  it('returns a hundred by default, and stores the newest thousand', async () => {
    const simulator = await start();
    for (let number = 1; number <= 1_003; number++) simulator.emit('33', said(number));
    expect(await ask(simulator, 'fetch-messages', { chatId: MIA })).toHaveLength(100);
    const all = await ask(simulator, 'fetch-messages', { chatId: MIA, limit: 5_000 });
    expect(all).toHaveLength(1_000);
    expect(all[0].message.body).toBe('Hello 4');
  });

  it('stores 8 MiB for an instance, and no message over 1 MiB', async () => {
    const simulator = await start();
    const body = 'x'.repeat(900_000);
    for (let number = 1; number <= 20; number++) simulator.emit('33', said(number, { body }));
    simulator.emit('33', said(21, { body: 'x'.repeat(1_100_000) }));
    const all = await ask(simulator, 'fetch-messages', { chatId: MIA });
    expect(all).toHaveLength(9);
    expect(all.at(-1).message.timestamp).toBe(NOON + 20);
  });

  it.each([
    { event: 'message_ack', data: said(1).data },
    { event: 'message' },
    { event: 'message', data: { message: null } },
    { event: 'message', data: { message: { id: {}, from: MIA } } },
    { event: 'message', data: { message: { id: { _serialized: 'a' } } } },
  ])('has nothing of an event without a message, or one that cannot be named', async (body) => {
    const simulator = await start();
    simulator.emit('33', body);
    expect(await ask(simulator, 'get-chats', {})).toEqual([]);
  });
});

describe('get-chats', () => {
  it('has each chat with its last message, the most recent chat first', async () => {
    const simulator = await start();
    simulator.emit('33', said(1, { event: 'message_create', fromMe: true }));
    simulator.emit('33', { ...said(2), data: { message: named(said(2).data.message) } });
    simulator.emit('33', said(3));
    simulator.emit('33', said(4, { chat: GROUP }));
    const chat = { isReadOnly: false, archived: false, pinned: false, isMuted: false };
    const last = (number: number, from: string) => {
      const { id, body, type, timestamp, to } = said(number, { chat: from }).data.message;
      return { id, body, type, timestamp, from, to };
    };
    expect(await ask(simulator, 'get-chats', {})).toEqual([
      {
        ...chat,
        id: { server: 'g.us', user: '120363000000000042', _serialized: GROUP },
        ...{ name: '120363000000000042', isGroup: true, unreadCount: 1, muteExpiration: 0 },
        timestamp: NOON + 4,
        lastMessage: last(4, GROUP),
      },
      {
        ...chat,
        id: { server: 'c.us', user: '12025550142', _serialized: MIA },
        ...{ name: '12025550142', isGroup: false, unreadCount: 2, muteExpiration: 0 },
        timestamp: NOON + 3,
        lastMessage: last(3, MIA),
      },
    ]);
  });

  it('names a chat by the push name of the other side', async () => {
    const simulator = await start();
    simulator.emit('33', 'message.chat');
    expect(await ask(simulator, 'get-chats', {})).toMatchObject([{ name: 'Mia Example' }]);
  });

  it('returns all chats, or one page', async () => {
    const simulator = await start();
    for (let number = 1; number <= 30; number++) {
      simulator.emit('33', said(number, { chat: `120255501${number + 10}@c.us` }));
    }
    const pages = [{}, undefined, { limit: 12 }, { limit: 12, offset: 24 }, { offset: 30 }];
    const sizes = pages.map(async (page) => (await ask(simulator, 'get-chats', page)).length);
    expect(await Promise.all(sizes)).toEqual([30, 30, 12, 6, 0]);
  });
});

describe('both', () => {
  it('separate instances, and drop a deleted one', async () => {
    const simulator = await start();
    await call(simulator, 'POST', '/api/v1/instances');
    simulator.emit('33', said(1));
    simulator.emit('34', { event: 'ready' });
    const of34 = '/api/v1/instances/34/client/action/get-chats';
    expect((await call(simulator, 'POST', of34, {})).json.data.data).toEqual([]);
    await call(simulator, 'DELETE', '/api/v1/instances/33');
    expect((await call(simulator, 'POST', `${ACTION}/get-chats`, {})).status).toBe(404);
  });

  it('answer 200 with an error inside for a client that is not ready', async () => {
    const simulator = await start();
    simulator.emit('33', 'disconnected.logout');
    for (const action of ['get-chats', 'fetch-messages']) {
      const { json } = await call(simulator, 'POST', `${ACTION}/${action}`, { chatId: MIA });
      expect(json).toMatchObject({
        data: { status: 'error', message: 'instance not ready', instanceStatus: 'disconnected' },
        status: 'success',
      });
    }
  });

  it.each([
    ['get-chats', { limit: 0 }, 'limit'],
    ['get-chats', { limit: 1.5 }, 'limit'],
    ['get-chats', { limit: 'many' }, 'limit'],
    ['get-chats', { offset: -1 }, 'offset'],
    ['get-chats', [], 'body'],
    ['fetch-messages', {}, 'chatId'],
    ['fetch-messages', undefined, 'chatId'],
    ['fetch-messages', { chatId: 7 }, 'chatId'],
    ['fetch-messages', { chatId: '' }, 'chatId'],
    ['fetch-messages', { chatId: MIA, limit: null }, 'limit'],
    ['fetch-messages', { chatId: MIA, fromMe: 'yes' }, 'fromMe'],
    ['fetch-messages', { chatId: MIA, includeMedia: 1 }, 'includeMedia'],
  ])('refuse with 422: %s %j', async (action, body, field) => {
    const simulator = await start();
    const { status, json } = await call(simulator, 'POST', `${ACTION}/${action}`, body);
    expect(status).toBe(422);
    expect(json).toEqual({
      message: json.errors[field][0],
      errors: { [field]: [expect.any(String)] },
    });
  });

  it('refuse invalid JSON, other methods and a missing token', async () => {
    const simulator = await start();
    const path = `${ACTION}/get-chats`;
    expect((await call(simulator, 'POST', path, '{"limit"')).status).toBe(400);
    expect((await call(simulator, 'POST', path, '[]'.padEnd(70_000))).status).toBe(413);
    const get = await call(simulator, 'GET', path);
    expect([get.status, get.headers.allow]).toEqual([405, 'POST']);
    const headers = { authorization: `Bearer ${TOKEN}x` };
    expect((await call(simulator, 'POST', path, {}, headers)).status).toBe(401);
  });
});

function named(message: object) {
  return { ...message, _data: { notifyName: 7 } };
}
