import { describe, expect, test } from 'vitest';
import { jidIn, readWebhook, type Webhook } from '../../src/eazewa/webhook.ts';
import { loadFixture } from '../../src/fixtures/load.ts';

function read(body: unknown): Webhook {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const webhook = readWebhook(Buffer.from(text));
  if ('reason' in webhook) throw new Error(webhook.reason);
  return webhook;
}

const ANA = '12025550142@c.us';
const BEN = '12025550117@c.us';
const GROUP = '120363000000000042@g.us';
const ID = `false_${ANA}_3EB0`;
const key = { fromMe: false, remote: ANA, id: '3EB0', _serialized: ID };

describe('the envelope', () => {
  test.each([
    ['33', '33'],
    [33, '33'],
    [91000, '91000'],
    ['', null],
    [null, null],
    [undefined, null],
    [true, null],
    [{ id: 33 }, null],
  ])('an instanceId of %j is %j', (instanceId, id) => {
    expect(read({ event: 'ready', instanceId }).instanceId).toBe(id);
  });

  test('the order of its keys does not matter', () => {
    expect(read('{"instanceId":"1","data":{"a":1},"event":"qr"}')).toMatchObject({
      event: 'qr',
      instanceId: '1',
      data: { a: 1 },
      issues: ['data.qr is missing', 'data.base64 is missing'],
    });
  });

  test('what is no object as data is an empty one, and the body stays whole', () => {
    expect(read({ event: 'ready', instanceId: '1', data: 'text' })).toMatchObject({
      data: {},
      body: { data: 'text' },
      issues: ['data is not an object'],
    });
  });

  test('several issues are noted together', () => {
    expect(read({ event: 'brand_new', data: [] }).issues).toEqual([
      "an event that is not in the vendor's list",
      'no instanceId',
      'data is not an object',
    ]);
    expect(read({ event: 'message' }).issues).toEqual(['no instanceId', 'no data']);
  });

  test.each(['authenticated', 'auth_failure', 'ready', 'disconnected', 'presence_update'])(
    '%s may come without data',
    (event) => {
      expect(read({ event, instanceId: '1' }).issues).toEqual([]);
    },
  );

  test.each([
    ['', 'the body is not a JSON object'],
    ['{', 'the body is not a JSON object'],
    ['[{"event":"message"}]', 'the body is not a JSON object'],
    ['"x"', 'the body is not a JSON object'],
    ['{"Event":"message"}', 'the body has no event'],
    ['{"event":["message"]}', 'the body has no event'],
  ])('%j is no webhook: %s', (text, reason) => {
    expect(readWebhook(Buffer.from(text))).toEqual({ reason });
  });
});

describe('what deviates from the shape of an event', () => {
  const ISSUES = (event: string, data: unknown) => read({ event, instanceId: '1', data }).issues;
  const message = (more: object = {}) => ({
    ...{ id: key, type: 'chat', body: 'Hi', timestamp: 1767254460, from: ANA, to: BEN },
    ...{ fromMe: false, hasMedia: false, ack: 1, ...more },
  });
  const reaction = { msgId: key, reaction: '👍', senderId: ANA, timestamp: 1767254460.5 };
  const notification = {
    ...{ id: { ...key, participant: BEN }, type: 'add', body: '', timestamp: 1767254460 },
    ...{ chatId: GROUP, recipientIds: [ANA] },
  };
  const vote = {
    ...{ voter: ANA, selectedOptions: [], interractedAtTs: 1767254730275, parentMessage: {} },
  };

  const normal: [string, string, unknown][] = [
    ['a message without _data and media', 'message', { message: message() }],
    ['media that is null', 'message', { message: message(), media: null }],
    [
      'media with no more than it must have',
      'message',
      { message: message({ hasMedia: true }), media: { mimetype: 'image/png', data: 'AAAA' } },
    ],
    [
      'wid objects',
      'message',
      {
        message: message({
          id: { ...key, remote: { _serialized: ANA } },
          from: { _serialized: ANA },
          to: { server: 'c.us', user: '1', _serialized: BEN },
          author: { _serialized: ANA },
        }),
      },
    ],
    ['a time in milliseconds', 'message', { message: message({ timestamp: 1767254460123 }) }],
    ['keys nobody knows', 'message', { message: message({ x: [{}] }), y: 1 }],
    ['ack', 'message_ack', { message: message(), ack: 0 }],
    ['acknowledged', 'message_ack', { message: message(), acknowledged: -1 }],
    ['an ack in the message only', 'message_ack', { message: message() }],
    [
      'an ack as the vendor shortens it',
      'message_ack',
      { ack: 3, message: { id: { _serialized: ID }, to: ANA } },
    ],
    ['an edit', 'message_edit', { newBody: 'a', prevBody: '', message: message() }],
    ['a deletion without before', 'message_revoke_everyone', { after: message() }],
    ['a deletion with null before', 'message_revoke_everyone', { after: message(), before: null }],
    ['a reaction', 'message_reaction', { reaction }],
    ['a reaction removed', 'message_reaction', { reaction: { ...reaction, reaction: '' } }],
    ['a group without an author', 'group_join', { notification }],
    [
      'a group with hidden ids',
      'group_leave',
      { notification: { ...notification, author: '1@lid' } },
    ],
    ['a vote withdrawn', 'vote_update', { vote }],
    ['a vote by number', 'vote_update', { vote: { ...vote, selectedOptions: [{ localId: 0 }] } }],
    ['a vote by a wid', 'vote_update', { vote: { ...vote, voter: { _serialized: ANA } } }],
    ['a call without a time', 'call', { call: { id: 'x', from: ANA, participants: {} } }],
    ['percent as a number', 'loading_screen', { percent: 50, message: 'WhatsApp' }],
    ['percent as a string', 'loading_screen', { percent: '50' }],
    ['a reason', 'disconnected', { reason: 'LOGOUT' }],
    ['no reason', 'disconnected', {}],
    ['a status', 'ready', { status: 'ready' }],
    ['presence', 'presence_update', { any: { thing: 1 } }],
  ];
  test.each(normal)('%s is normal', (_, event, data) => {
    expect(ISSUES(event, data)).toEqual([]);
  });

  const odd: [string, unknown, string[]][] = [
    ['message', {}, ['data.message is missing']],
    ['message', { message: [null] }, ['data.message is not an object']],
    ['message', { message: null }, ['data.message is null']],
    ['message', { message: message({ id: undefined }) }, ['data.message.id is missing']],
    ['message', { message: message({ id: 'x' }) }, ['data.message.id is not an object']],
    [
      'message',
      { message: message({ timestamp: '1767254460' }) },
      ['data.message.timestamp is not a number'],
    ],
    [
      'message_create',
      { message: message({ from: { user: '1' }, fromMe: 'false' }) },
      ['data.message.from is not a jid', 'data.message.fromMe is not true or false'],
    ],
    ['message', { message: message({ vCards: {} }) }, ['data.message.vCards is not a list']],
    ['message', { message: message(), media: 'x' }, ['data.media is not an object']],
    [
      'media_uploaded',
      { message: message(), media: {} },
      ['data.media.mimetype is missing', 'data.media.data is missing'],
    ],
    ['message_ack', { message: { id: key } }, ['data.ack is missing']],
    ['message_ack', { message: message(), ack: '3' }, ['data.ack is not a number']],
    [
      'message_edit',
      { message: message() },
      ['data.newBody is missing', 'data.prevBody is missing'],
    ],
    ['message_revoke_everyone', { before: message() }, ['data.after is missing']],
    [
      'message_reaction',
      { reaction: { ...reaction, msgId: null } },
      ['data.reaction.msgId is null'],
    ],
    [
      'group_update',
      { notification: { ...notification, recipientIds: [ANA, 7] } },
      ['data.notification.recipientIds.1 is not a jid'],
    ],
    [
      'vote_update',
      { vote: { ...vote, selectedOptions: [{}] } },
      ['data.vote.selectedOptions.0.localId is missing'],
    ],
    ['call', { call: { from: ANA } }, ['data.call.id is missing']],
    ['loading_screen', { percent: 'half' }, ['data.percent is not a number']],
    ['change_state', { state: 1 }, ['data.state is not a string']],
    ['disconnected', { reason: [] }, ['data.reason is not a string']],
  ];
  test.each(odd)('in %s %j is remarked on', (event, data, issues) => {
    expect(ISSUES(event, data)).toEqual(issues);
  });

  test('is told ten times at most, and how much more there is', () => {
    const options = Array(1000).fill({ name: 1, '\u001b[2J': 1 });
    const issues = ISSUES('vote_update', { vote: { selectedOptions: options } });
    expect(issues).toHaveLength(11);
    expect(issues.at(-1)).toMatch(/^and \d+ more$/);
    for (const issue of issues) expect(issue).toMatch(/^[\w. ]{1,80}$/);
  });

  test('names of events that objects have as properties have no shape', () => {
    for (const event of ['constructor', '__proto__', 'hasOwnProperty']) {
      expect(ISSUES(event, {})).toEqual(["an event that is not in the vendor's list"]);
    }
  });

  test('is looked for without going down into what is nested a hundred thousand deep', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const body = `{"event":"vote_update","instanceId":"1","data":{"vote":{"selectedOptions":${deep},"voter":${deep}}}}`;
    expect(read(body).issues).toContain('data.vote.voter is not a jid');
  });
});

describe('what an event is about', () => {
  const about = (event: string, data: unknown) => {
    const { chat, messageId, ack } = read({ event, instanceId: '33', data });
    return { chat, messageId, ack };
  };
  const NOTHING = { chat: null, messageId: null, ack: null };

  const cases: [string, string, unknown, Partial<typeof NOTHING> | object][] = [
    [
      'an incoming message',
      'message',
      { message: { id: key, from: ANA } },
      { chat: ANA, messageId: ID },
    ],
    ['a message without an id', 'message', { message: { from: ANA } }, { chat: ANA }],
    [
      'a message with a wid as sender',
      'message',
      { message: { from: { _serialized: ANA } } },
      { chat: ANA },
    ],
    [
      'an own message',
      'message_create',
      { message: { id: { fromMe: true, _serialized: ID }, from: BEN, to: ANA } },
      { chat: ANA, messageId: ID },
    ],
    [
      'a message in a group',
      'message',
      {
        message: {
          id: { remote: GROUP, participant: BEN, _serialized: ID },
          from: GROUP,
          author: BEN,
        },
      },
      { chat: GROUP, messageId: ID },
    ],
    [
      'a remote that is an object',
      'message',
      { message: { id: { remote: { _serialized: ANA } } } },
      { chat: ANA },
    ],
    [
      'media that was uploaded',
      'media_uploaded',
      { message: { id: key } },
      { chat: ANA, messageId: ID },
    ],
    [
      'an ack',
      'message_ack',
      { message: { id: key, ack: 1 }, ack: 3 },
      { chat: ANA, messageId: ID, ack: 3 },
    ],
    [
      'an ack called acknowledged',
      'message_ack',
      { message: { id: key, ack: 1 }, acknowledged: 2 },
      { chat: ANA, messageId: ID, ack: 2 },
    ],
    [
      'an ack under both names',
      'message_ack',
      { message: { id: key }, ack: 3, acknowledged: 2 },
      { chat: ANA, messageId: ID, ack: 3 },
    ],
    [
      'an ack in the message only',
      'message_ack',
      { message: { id: key, ack: -1 } },
      { chat: ANA, messageId: ID, ack: -1 },
    ],
    [
      'an ack that is a string',
      'message_ack',
      { message: { id: key }, ack: '4' },
      { chat: ANA, messageId: ID, ack: 4 },
    ],
    [
      'an ack as the vendor shortens it',
      'message_ack',
      { ack: 3, message: { id: { _serialized: ID }, to: ANA } },
      { chat: ANA, messageId: ID, ack: 3 },
    ],
    [
      'a message that has an ack of its own',
      'message_create',
      { message: { id: key, ack: 2 } },
      { chat: ANA, messageId: ID },
    ],
    [
      'an edit',
      'message_edit',
      { newBody: 'b', prevBody: 'a', message: { id: key } },
      { chat: ANA, messageId: ID },
    ],
    [
      'a deletion',
      'message_revoke_everyone',
      {
        after: {
          id: { remote: ANA, _serialized: 'of the deletion' },
          protocolMessageKey: { _serialized: ID },
        },
      },
      { chat: ANA, messageId: ID },
    ],
    [
      'a deletion without the key of the message',
      'message_revoke_everyone',
      { after: { id: key }, before: null },
      { chat: ANA, messageId: ID },
    ],
    [
      'a deletion on the own phone',
      'message_revoke_me',
      { message: { id: key } },
      { chat: ANA, messageId: ID },
    ],
    [
      'a reaction: the message reacted to',
      'message_reaction',
      { reaction: { id: { _serialized: 'own' }, msgId: key } },
      { chat: ANA, messageId: ID },
    ],
    [
      'a vote: its poll',
      'vote_update',
      { vote: { voter: BEN, parentMessage: { id: { remote: GROUP, _serialized: ID } } } },
      { chat: GROUP, messageId: ID },
    ],
    [
      'a vote on a poll known by its key',
      'vote_update',
      { vote: { voter: BEN, parentMessage: {}, parentMsgKey: { remote: GROUP, _serialized: ID } } },
      { chat: GROUP, messageId: ID },
    ],
    [
      'a vote on a poll that is not known',
      'vote_update',
      { vote: { voter: { _serialized: BEN }, parentMessage: {} } },
      { chat: BEN },
    ],
    [
      'a change of a group',
      'group_join',
      { notification: { chatId: GROUP, id: { remote: 'x' } } },
      { chat: GROUP },
    ],
    [
      'a change of a group known by its id',
      'group_update',
      { notification: { id: { remote: GROUP } } },
      { chat: GROUP },
    ],
    ['a call', 'call', { call: { from: ANA, id: 'x' } }, { chat: ANA }],
    ['a call from a wid', 'call', { call: { from: { _serialized: ANA } } }, { chat: ANA }],
    ['a QR code', 'qr', { qr: '2@x' }, {}],
    ['a state', 'change_state', { state: 'CONNECTED' }, {}],
    ['a message that is none', 'message', { message: 'x' }, {}],
    [
      'numbers in place of texts',
      'message',
      { message: { id: { remote: 1, _serialized: 2 }, from: 3 } },
      {},
    ],
  ];
  test.each(cases)('%s', (_, event, data, expected) => {
    expect(about(event, data)).toEqual({ ...NOTHING, ...expected });
  });

  test('of every fixture with a chat is told', () => {
    const chats = [
      'message.chat',
      'message.group',
      'message_ack.read',
      'vote_update.two',
      'call.incoming',
      'group_join.add',
      'message_revoke_everyone.text',
      'message_reaction.thumbs-up',
    ];
    for (const name of chats) expect(read(loadFixture(name)).chat, name).toMatch(/@[cg]\.us$/);
  });
});

describe('a jid', () => {
  test('is a string, or the one inside a wid object', () => {
    expect([ANA, { _serialized: ANA }].map(jidIn)).toEqual([ANA, ANA]);
    expect(['', null, {}, { _serialized: 1 }, [ANA], 1].map(jidIn)).toEqual(Array(6).fill(null));
  });
});
