import { request } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { loadFixture } from '../../src/fixtures/load.ts';
import { app } from '../support/resources.ts';
import { call, start, TOKEN } from './harness.ts';

const ALL = ['message', 'message_ack', 'message_create', 'qr'];
const EMIT = '/_simulator/emit';

async function withApp(events: readonly string[] = ALL) {
  const target = await app();
  const simulator = await start({ url: target.url, events });
  const bodies = () => target.requests.map(({ body }) => JSON.parse(body.toString()));
  return { target, simulator, bodies };
}

describe('emit', () => {
  it('sends a fixture with fresh ids and times', async () => {
    const { target, simulator, bodies } = await withApp();
    const { status, json } = await call(simulator, 'POST', EMIT, { fixture: 'message.chat' });
    expect({ status, json }).toEqual({ status: 200, json: { emitted: 1 } });
    await target.received(1);
    const fixture = loadFixture('message.chat') as unknown as ReturnType<typeof bodies>[0];
    const [sent] = bodies();
    expect(sent).toMatchObject({ event: 'message', instanceId: '33' });
    expect(sent.data.message.body).toBe(fixture.data.message.body);
    expect(sent.data.message.id.id).not.toBe(fixture.data.message.id.id);
    expect(Math.abs(sent.data.message.timestamp - Date.now() / 1000)).toBeLessThan(10);
  });

  it('sends a fixture unchanged on request, with overrides', async () => {
    const { target, simulator, bodies } = await withApp();
    const set = { 'data.message.body': 'Hello' };
    const { json } = await call(simulator, 'POST', EMIT, {
      fixture: 'message.chat',
      fresh: false,
      set,
    });
    expect(json).toEqual({ emitted: 1, alsoChanged: ['data.message._data.body'] });
    await target.received(1);
    const fixture = structuredClone(loadFixture('message.chat')) as unknown as ReturnType<
      typeof bodies
    >[0];
    fixture.data.message.body = 'Hello';
    fixture.data.message._data.body = 'Hello';
    expect(bodies()).toEqual([fixture]);
  });

  it('does not freshen overridden values', async () => {
    const { target, simulator, bodies } = await withApp();
    const set = { 'data.message.timestamp': 1_700_000_000 };
    await call(simulator, 'POST', EMIT, { fixture: 'message.chat', set });
    await target.received(1);
    expect(bodies()[0].data.message.timestamp).toBe(1_700_000_000);
  });

  it('sends a given body unchanged', async () => {
    const { target, simulator } = await withApp();
    const body = { event: 'message', instanceId: 91000, extra: ['ü', null], data: null };
    await call(simulator, 'POST', EMIT, { body });
    await target.received(1);
    expect(target.requests[0]?.body.toString()).toBe(JSON.stringify(body));
  });

  it('sends the numbers of a given body, and of overrides, as they are written', async () => {
    const { target, simulator } = await withApp();
    const send = (text: string) =>
      fetch(new URL(EMIT, simulator.apiUrl), {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: text,
      });
    const body = '{ "event" :"message","n":9007199254740993,"n":1.0,"old":1}';
    await send(`{"body": ${body} , "set":{"old":9007199254740995}}`);
    await target.received(1);
    expect(target.requests[0]?.body.toString()).toBe(body.replace('1}', '9007199254740995}'));
  });

  it('repeats with a new message each time', async () => {
    const { target, simulator, bodies } = await withApp();
    const wanted = { fixture: 'message.chat', count: 300 };
    const { json } = await call(simulator, 'POST', EMIT, wanted);
    expect(json).toEqual({
      emitted: 300,
      seconds: expect.any(Number),
      rate: expect.any(Number),
    });
    await target.received(300);
    const ids = bodies().map(({ data }) => data.message.id._serialized);
    expect(new Set(ids).size).toBe(300);
  });

  it('emits at the requested rate', async () => {
    const { simulator } = await withApp();
    const begun = performance.now();
    const wanted = { fixture: 'message.chat', count: 11, rate: 50 };
    const { json } = await call(simulator, 'POST', EMIT, wanted);
    expect(performance.now() - begun).toBeGreaterThan(190);
    // Ten pauses of 20 ms: slower is possible, faster is not.
    expect(json.emitted).toBe(11);
    expect(json.seconds).toBeGreaterThan(0.19);
    expect(json.rate).toBeLessThanOrEqual(52.7);
    expect(json.rate).toBeCloseTo(10 / json.seconds, 0);
  });

  it('counts the events until the subscription ended', async () => {
    const { simulator } = await withApp(['qr']);
    const wanted = { fixture: 'message.chat', count: 5 };
    expect((await call(simulator, 'POST', EMIT, wanted)).json).toEqual({
      emitted: 0,
      reason: expect.stringContaining('not subscribed'),
      seconds: 0,
      rate: 0,
    });
  });

  it('stops when the client disconnects', async () => {
    const { target, simulator } = await withApp();
    const body = JSON.stringify({ fixture: 'message.chat', count: 1000, rate: 20 });
    const asked = request({
      port: simulator.port,
      path: EMIT,
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    });
    asked.on('error', () => {});
    asked.end(body);
    await target.received(2);
    asked.destroy();
    // This later request shows that the close was noticed; from then on nothing is emitted.
    await vi.waitFor(
      async () => {
        const before = simulator.deliveries().length;
        await call(simulator, 'POST', EMIT, { fixture: 'qr.fresh', count: 5, rate: 20 });
        expect(simulator.deliveries().length).toBe(before + 5);
      },
      { interval: 1 },
    );
  });

  it('says why nothing was sent', async () => {
    const { simulator } = await withApp(['qr']);
    const { status, json } = await call(simulator, 'POST', EMIT, { fixture: 'message.chat' });
    expect(status).toBe(200);
    expect(json).toEqual({ emitted: 0, reason: expect.stringContaining('not subscribed') });
  });

  it.each([
    [{}, 422],
    [{ fixture: 'message.chat', body: { event: 'message' } }, 422],
    [{ body: { data: 1 } }, 422],
    [{ fixture: 'message.chat', count: 0 }, 422],
    [{ fixture: 'message.chat', rate: -1 }, 422],
    [{ fixture: 'message.chat', typo: 1 }, 422],
    [{ fixture: 'message.chat', set: { 'data.message.bdy': 1 } }, 422],
    [{ fixture: '../package' }, 404],
    [{ fixture: 'message.chat', instanceId: '34' }, 404],
    ['{', 400],
    ['[]', 422],
  ])('answers %j with %i', async (body, expected) => {
    const { simulator } = await withApp();
    const { status, json } = await call(simulator, 'POST', EMIT, body);
    expect(status).toBe(expected);
    expect(json.message).toEqual(expect.any(String));
    expect(simulator.deliveries()).toEqual([]);
  });

  it.each(['body', 'set'])('refuses a %s that is nested too deep', async (where) => {
    const { simulator } = await withApp();
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    const body =
      where === 'body'
        ? `{"body":{"event":"message","data":${deep}}}`
        : `{"fixture":"message.chat","set":{"data.message.body":${deep}}}`;
    expect((await call(simulator, 'POST', EMIT, body)).status).toBe(422);
    expect((await call(simulator, 'POST', EMIT, { fixture: 'qr.fresh' })).status).toBe(200);
  });

  it('refuses overlong names and paths', async () => {
    const { simulator } = await withApp();
    const long = 'x'.repeat(1_000_000);
    for (const body of [{ fixture: long }, { fixture: 'qr.fresh', set: { [long]: 1 } }]) {
      expect((await call(simulator, 'POST', EMIT, body)).status).toBe(422);
    }
  });

  it('names the nearest fixture and the nearest path', async () => {
    const { simulator } = await withApp();
    const near = await call(simulator, 'POST', EMIT, { fixture: 'mesage.chat' });
    expect(near.json).toMatchObject({
      code: 'no_such_fixture',
      hint: expect.stringContaining('message.chat'),
    });
    const set = { 'data.mesage.body': 1 };
    const path = await call(simulator, 'POST', EMIT, { fixture: 'message.chat', set });
    expect(path.json).toMatchObject({
      code: 'no_such_path',
      hint: expect.stringContaining('data.message.body'),
    });
  });
});

describe('deliveries', () => {
  it('are listed by instance, newest only', async () => {
    const target = await app();
    const webhook = { url: target.url, events: ALL };
    const instances = [
      { id: '33', webhook },
      { id: '44', webhook },
    ];
    const simulator = await start(webhook, { instances });
    for (const fixture of ['message.chat', 'qr.fresh', 'message_ack.read']) {
      simulator.emit('33', fixture);
    }
    simulator.emit('44', 'qr.fresh');
    const events = async (query: string) => {
      const { json } = await call(simulator, 'GET', `/_simulator/deliveries${query}`);
      return json.deliveries.map((d: { event: string }) => d.event);
    };
    expect(await events('')).toEqual(['message', 'qr', 'message_ack', 'qr']);
    expect(await events('?instanceId=33&limit=2')).toEqual(['qr', 'message_ack']);
    expect(await events('?instanceId=44')).toEqual(['qr']);
    expect((await call(simulator, 'GET', '/_simulator/deliveries?limit=x')).status).toBe(422);
    await target.received(4);
  });
});

describe('refused requests', () => {
  const evil = { host: 'evil.example:80' };
  it.each([
    ['no token', { authorization: undefined }, 401],
    ['a wrong token', { authorization: 'Bearer nope' }, 401],
    ['an Origin', { origin: 'http://127.0.0.1:3000' }, 403],
    ['the Origin null', { origin: 'null' }, 403],
    ['a Host that is not this machine', evil, 403],
    ['a Host that only begins like it', { host: '127.0.0.1.evil.example' }, 403],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text', { 'content-type': 'text/plain' }, 415],
  ])('a request with %s', async (_, headers, expected) => {
    const { simulator } = await withApp();
    const body = { fixture: 'message.chat' };
    const { status, headers: answered } = await call(simulator, 'POST', EMIT, body, headers);
    expect(status).toBe(expected);
    expect(Object.keys(answered).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(simulator.deliveries()).toEqual([]);
  });

  it('but not a Host by the name localhost, nor a charset', async () => {
    const { simulator } = await withApp();
    const headers = {
      host: `localhost:${simulator.port}`,
      'content-type': 'application/json; charset=utf-8',
    };
    const { status } = await call(simulator, 'POST', EMIT, { fixture: 'qr.fresh' }, headers);
    expect(status).toBe(200);
  });

  it.each([
    ['GET', '/_simulator/emit', 405],
    ['GET', '/_simulator/scenario', 405],
    ['DELETE', '/_simulator/deliveries', 405],
    ['GET', '/_simulator/unknown', 404],
    ['OPTIONS', '/_simulator/emit', 405],
  ])('%s %s', async (method, path, expected) => {
    const { simulator } = await withApp();
    expect((await call(simulator, method, path)).status).toBe(expected);
  });
});
