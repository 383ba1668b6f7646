import { describe, expect, it } from 'vitest';
import { loadFixture } from '../../src/fixtures/load.ts';
import {
  DEFAULT_SWITCHES,
  dressed,
  parseSwitches,
  SWITCHES,
  type Switches,
} from '../../src/simulator/switches.ts';
import { app } from '../support/resources.ts';
import { call, start } from './harness.ts';

const PATH = '/_simulator/switches';
const EVENTS = ['message', 'message_ack', 'message_create', 'ready', 'qr'];

/** A simulator with an app; `sent` has the bodies so far, `agents` the User-Agents. */
async function withApp(switches: Partial<Switches> = {}) {
  const target = await app();
  const simulator = await start({ url: target.url, events: EVENTS }, { switches });
  return {
    simulator,
    received: target.received,
    sent: () => target.requests.map(({ body }) => JSON.parse(String(body))),
    agents: () => target.requests.map(({ headers }) => headers['user-agent']),
  };
}

describe('the switch instanceId', () => {
  it('makes ids numbers, in fixtures and scenarios alike', async () => {
    const { simulator, received, sent } = await withApp({ instanceId: 'number' });
    simulator.emit('33', 'message.chat');
    await call(simulator, 'POST', '/_simulator/emit', { fixture: 'ready.plain' });
    await received(2);
    await call(simulator, 'POST', '/_simulator/scenario', { name: 'morning', speed: 1000 });
    await received(6);
    expect(new Set(sent().map(({ instanceId }) => instanceId))).toEqual(new Set([33]));
  });

  it('leaves an id that is no number a string, and is a string by default', () => {
    const body = { event: 'ready', instanceId: 7 };
    const number: Switches = { ...DEFAULT_SWITCHES, instanceId: 'number' };
    expect(dressed(body, 'beta', number).instanceId).toBe('beta');
    expect(dressed(body, '007', number).instanceId).toBe('007');
    expect(dressed(body, '33', DEFAULT_SWITCHES).instanceId).toBe('33');
  });
});

describe('the switch ack', () => {
  it.each([
    ['ack', { ack: 3 }],
    ['acknowledged', { acknowledged: 3 }],
    ['both', { ack: 3, acknowledged: 3 }],
  ] as const)('puts the receipt under %s', async (ack, expected) => {
    const { simulator, received, sent } = await withApp({ ack });
    simulator.emit('33', 'message_ack.read');
    await received(1);
    const { message, ...keys } = sent()[0].data;
    expect(keys).toEqual(expected);
    expect(message).toBeTypeOf('object');
  });

  it.each([{ ack: 2 }, { acknowledged: 2 }, { message: { ack: 2 } }])(
    'finds the receipt in %j',
    (data) => {
      const body = { event: 'message_ack', data: { message: {}, ...data } };
      const both = dressed(body, '33', { ...DEFAULT_SWITCHES, ack: 'both' });
      expect(both.data).toMatchObject({ ack: 2, acknowledged: 2 });
      expect(dressed(body, '33', DEFAULT_SWITCHES).data).toEqual(body.data);
    },
  );

  it('is for message_ack only', () => {
    const body = { event: 'message', data: { message: { ack: 1 }, ack: 1 } };
    expect(dressed(body, '33', { ...DEFAULT_SWITCHES, ack: 'acknowledged' }).data).toEqual(
      body.data,
    );
  });
});

describe('the switch rawIds', () => {
  const raw = ({ data }: { data: { message: { _data: { from: unknown; to: unknown } } } }) => [
    data.message._data.from,
    data.message._data.to,
  ];
  const texts = ['12025550142@c.us', '12025550100@c.us'];
  const objects = texts.map((_serialized) => {
    const [user, server] = _serialized.split('@');
    return { server, user, _serialized };
  });

  it.each([
    ['fixture', 'message.chat', texts],
    ['fixture', 'message.wid', objects],
    ['string', 'message.wid', texts],
    ['object', 'message.chat', objects],
  ] as const)('%s sends %s as it says', async (rawIds, fixture, expected) => {
    const { simulator, received, sent } = await withApp({ rawIds });
    simulator.emit('33', fixture);
    await received(1);
    expect(raw(sent()[0])).toEqual(expected);
  });

  it('is for scenarios, and for every model of a body, alike', async () => {
    const { simulator, received, sent } = await withApp({ rawIds: 'object' });
    await call(simulator, 'POST', '/_simulator/scenario', { name: 'morning', speed: 1000 });
    await received(4);
    const first = sent().find(({ event }) => event === 'message');
    expect(raw(first)).toEqual(objects);
    const revoked = loadFixture('message_revoke_everyone.text');
    const { data } = dressed(revoked, '33', { ...DEFAULT_SWITCHES, rawIds: 'object' });
    expect(data).toMatchObject({
      before: { _data: { from: objects[0] }, from: texts[0] },
      after: { _data: { from: objects[0] }, from: texts[0] },
    });
  });
});

describe('the switch media', () => {
  it.each(['null', 'absent'] as const)('is for messages without media: %s', async (media) => {
    const { simulator, received, sent } = await withApp({ media });
    simulator.emit('33', 'message.chat');
    await received(1);
    const { data } = sent()[0];
    if (media === 'null') expect(data.media).toBeNull();
    else expect(data).not.toHaveProperty('media');
    simulator.emit('33', 'message.image');
    simulator.emit('33', 'message_create.sent');
    await received(3);
    const [image, created] = ['message', 'message_create'].map((wanted) =>
      sent()
        .slice(1)
        .find(({ event }) => event === wanted),
    );
    expect(image.data.media).toMatchObject({ mimetype: expect.any(String) });
    expect(created.data).not.toHaveProperty('media');
  });

  it('leaves the fixture as it is by default, and media that did not come', () => {
    for (const data of [{ message: {} }, { message: {}, media: null }]) {
      const body = { event: 'message', data };
      expect(dressed(body, '33', DEFAULT_SWITCHES).data).toEqual(data);
    }
    const expired = { event: 'message', data: { message: { hasMedia: true }, media: null } };
    const absent: Switches = { ...DEFAULT_SWITCHES, media: 'absent' };
    expect(dressed(expired, '33', absent).data).toEqual(expired.data);
  });
});

describe('the switch userAgent', () => {
  it('is the one of the headers, from the next delivery on', async () => {
    const { simulator, received, agents } = await withApp();
    simulator.emit('33', 'ready.plain');
    await received(1);
    await call(simulator, 'POST', PATH, { userAgent: 'eazewa' });
    simulator.emit('33', { event: 'ready' });
    await received(2);
    expect(agents()).toEqual(['WaAPI Webhook User Agent', 'eazeWA Webhook User Agent']);
  });
});

describe('switches', () => {
  it('leave alone what was given literally, and what was set by hand', async () => {
    const { simulator, received, sent } = await withApp({ instanceId: 'number', ack: 'both' });
    const body = { event: 'message_ack', instanceId: '33', data: { ack: 1 } };
    await call(simulator, 'POST', '/_simulator/emit', { body });
    simulator.emit('33', body);
    await received(2);
    expect(sent()).toEqual([body, body]);
    const set = { instanceId: 'mine', 'data.acknowledged': 4 };
    await call(simulator, 'POST', '/_simulator/emit', { fixture: 'message_ack.read', set });
    await received(3);
    expect(sent()[2]).toMatchObject({ instanceId: 'mine', data: { ack: 4, acknowledged: 4 } });
  });

  it('leave a body without data as it is', () => {
    for (const body of [{ event: 'ready' }, { event: 'message_ack', data: null }]) {
      const all: Switches = {
        instanceId: 'string',
        ack: 'both',
        media: 'null',
        rawIds: 'object',
        userAgent: 'eazewa',
        signKey: 'secret',
        signPrefix: 'none',
      };
      expect(dressed(body, '33', all)).toEqual({ ...body, instanceId: '33' });
    }
  });

  it('are told, and set one by one', async () => {
    const simulator = await start(undefined, { switches: { media: 'null' } });
    const told = async () => (await call(simulator, 'GET', PATH)).json;
    expect(await told()).toEqual({ switches: { ...DEFAULT_SWITCHES, media: 'null' } });
    const { status, json } = await call(simulator, 'POST', PATH, { ack: 'both' });
    const switches = { ...DEFAULT_SWITCHES, media: 'null', ack: 'both' };
    expect({ status, json }).toEqual({ status: 200, json: { switches } });
    await call(simulator, 'POST', PATH, { media: 'fixture', ack: 'fixture' });
    expect(await told()).toEqual({ switches: DEFAULT_SWITCHES });
  });

  it('take each of their choices', async () => {
    const simulator = await start();
    for (const [name, choices] of Object.entries(SWITCHES)) {
      for (const choice of choices) {
        const { json } = await call(simulator, 'POST', PATH, { [name]: choice });
        expect(json.switches[name]).toBe(choice);
        expect(parseSwitches([`${name}=${choice}`])).toEqual({ [name]: choice });
      }
    }
    const defaults = Object.entries(SWITCHES).map(([name, [first]]) => [name, first] as const);
    expect(Object.fromEntries(defaults)).toEqual(DEFAULT_SWITCHES);
  });

  it.each([
    [{ ack: 'read' }, 'fixture, ack, acknowledged, both'],
    [{ ack: 3 }, 'fixture, ack, acknowledged, both'],
    [{ ack: null }, 'fixture, ack, acknowledged, both'],
    [{ acks: 'both' }, 'instanceId, ack, media, rawIds, userAgent'],
    [{ constructor: 'both' }, 'instanceId, ack, media, rawIds, userAgent'],
    [{ media: 'null', ['x'.repeat(5000)]: 'y' }, 'instanceId, ack, media, rawIds, userAgent'],
  ])('turn down %j with the choices, and change nothing', async (body, choices) => {
    const simulator = await start();
    const { status, json } = await call(simulator, 'POST', PATH, body);
    expect(status).toBe(422);
    expect(json).toMatchObject({ code: 'unknown_switch', hint: expect.stringContaining(choices) });
    expect(json.message.length).toBeLessThan(200);
    expect((await call(simulator, 'GET', PATH)).json.switches).toEqual(DEFAULT_SWITCHES);
  });

  it.each(['[]', '"ack"', 'null'])('turn down the body %s', async (body) => {
    expect((await call(await start(), 'POST', PATH, body)).status).toBe(422);
  });

  it('say which was meant', () => {
    expect(() => parseSwitches(['useragent=eazewa'])).toThrowError(
      expect.objectContaining({ exit: 'usage', hint: expect.stringContaining('mean userAgent') }),
    );
    expect(() => parseSwitches(['ack=acknowleged'])).toThrowError(
      expect.objectContaining({ hint: expect.stringContaining('mean acknowledged') }),
    );
  });

  it('never change a fixture for others', () => {
    const before = JSON.stringify(loadFixture('message_ack.read'));
    const fixture = loadFixture('message_ack.read');
    dressed(fixture, '1', { ...DEFAULT_SWITCHES, ack: 'acknowledged', media: 'null' });
    expect(JSON.stringify(fixture)).toBe(before);
  });
});
