import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { call, start, TOKEN } from './harness.ts';

const HOOK = { url: 'http://localhost:3000/hook', events: ['message'] };
const PATH = '/api/v1/instances/33';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('reading instances', () => {
  it('returns an instance in the shape of the vendor', async () => {
    const simulator = await start(HOOK);
    const { status, json } = await call(simulator, 'GET', PATH);
    expect(status).toBe(200);
    expect(json).toEqual({
      instance: {
        id: 33,
        name: 'Test',
        owner: expect.any(String),
        webhook_url: HOOK.url,
        webhook_events: HOOK.events,
        is_trial: null,
      },
      status: 'success',
    });
    expect(simulator.apiUrl).toBe(`http://127.0.0.1:${simulator.port}/api/v1`);
  });

  it('lists instances, filtered by id or name', async () => {
    const instances = [
      { id: '33', name: 'Shop', webhook: HOOK },
      { id: 'beta', name: 'Club', webhook: { url: null, events: [] } },
    ];
    const simulator = await start(HOOK, { instances });
    const ids = async (query: string) => {
      const { json } = await call(simulator, 'GET', `/api/v1/instances${query}`);
      return json.instances.map(({ id }: { id: unknown }) => id);
    };
    expect(await ids('')).toEqual([33, 'beta']);
    expect(await ids('?filter=club')).toEqual(['beta']);
    expect(await ids('?filter=33')).toEqual([33]);
    expect(await ids('?filter=none')).toEqual([]);
  });

  it('returns the state of the client, which events change', async () => {
    const simulator = await start(HOOK);
    const told = async () => (await call(simulator, 'GET', `${PATH}/client/status`)).json;
    expect(await told()).toEqual({
      clientStatus: {
        status: 'success',
        instanceId: '33',
        name: 'Test',
        data: null,
        instanceStatus: 'ready',
        instanceWebhook: HOOK.url,
        instanceEvents: HOOK.events,
      },
      links: { self: `${simulator.apiUrl}/instances/33/client/status` },
      status: 'success',
    });
    simulator.emit('33', 'disconnected.logout');
    expect((await told()).clientStatus.instanceStatus).toBe('disconnected');
  });
});

describe('updating an instance', () => {
  it('accepts JSON and answers like the vendor', async () => {
    const simulator = await start();
    const { status, json } = await call(simulator, 'PUT', PATH, { name: 'New', webhook: HOOK });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      data: {
        status: 'success',
        instanceId: '33',
        name: 'New',
        instanceStatus: 'ready',
        instanceWebhook: HOOK.url,
        instanceEvents: HOOK.events,
      },
      links: { self: `${simulator.apiUrl}/instances/33` },
      status: 'success',
    });
  });

  it.each([
    ['numbered', ['webhook[events][0]', 'webhook[events][1]']],
    ['unnumbered', ['webhook[events][]', 'webhook[events][]']],
  ])('takes a form with %s events', async (_, [first = '', second = '']) => {
    const simulator = await start();
    const form = new URLSearchParams([
      ['webhook[url]', 'http://x.example/a?b=c'],
      [first, 'qr'],
      [second, 'call'],
    ]).toString();
    expect((await call(simulator, 'PUT', PATH, form, FORM)).status).toBe(200);
    const { json } = await call(simulator, 'GET', PATH);
    expect(json.instance).toMatchObject({
      webhook_url: 'http://x.example/a?b=c',
      webhook_events: ['qr', 'call'],
    });
  });

  it.each([
    ['JSON', { name: 'Renamed' }, {}],
    ['a form', 'name=Renamed', FORM],
  ])('leaves the webhook alone when %s names only the name', async (_, body, headers) => {
    const simulator = await start(HOOK);
    await call(simulator, 'PUT', PATH, body, headers);
    const { json } = await call(simulator, 'GET', PATH);
    expect(json.instance).toMatchObject({
      name: 'Renamed',
      webhook_url: HOOK.url,
      webhook_events: HOOK.events,
    });
  });

  it.each([
    [{ url: null }, { webhook_url: null, webhook_events: ['message'] }],
    [{ events: [] }, { webhook_url: HOOK.url, webhook_events: [] }],
    [
      { url: null, events: [] },
      { webhook_url: null, webhook_events: [] },
    ],
    [
      { events: ['presence_update'] },
      { webhook_url: HOOK.url, webhook_events: ['presence_update'] },
    ],
  ])('changes only what %j says', async (webhook, expected) => {
    const simulator = await start(HOOK);
    expect((await call(simulator, 'PUT', PATH, { webhook })).status).toBe(200);
    expect((await call(simulator, 'GET', PATH)).json.instance).toMatchObject(expected);
  });

  it.each([
    [
      'with encoded brackets',
      'webhook%5Burl%5D=http%3A%2F%2Fx.example%2F&webhook%5Bevents%5D%5B0%5D=qr&webhook%5bevents%5d%5b1%5d=call',
    ],
    [
      'with the events first',
      'webhook[events][0]=qr&webhook[events][1]=call&webhook[url]=http://x.example/',
    ],
    [
      'with the events in another order',
      'webhook[events][1]=call&webhook[url]=http://x.example/&webhook[events][0]=qr',
    ],
    [
      'with numbers that leave some out',
      'webhook[url]=http://x.example/&webhook[events][3]=qr&webhook[events][]=call',
    ],
    [
      'with one event twice',
      'webhook[url]=http://x.example/&webhook[events][]=qr&webhook[events][]=call&webhook[events][]=qr',
    ],
    [
      'with an empty event among them',
      'webhook[url]=http://x.example/&webhook[events][0]=qr&webhook[events][1]=&webhook[events][2]=call',
    ],
    [
      'with fields that nobody knows',
      'a=b&webhook[x]=1&webhook[url]=http://x.example/&webhook[events][0]=qr&webhook[events][1]=call&webhook[events][x]=y',
    ],
  ])('takes a form %s, called a form or JSON', async (_, form) => {
    const simulator = await start(HOOK);
    for (const headers of [FORM, { 'content-type': 'application/json' }]) {
      await call(simulator, 'PUT', PATH, { webhook: { url: null, events: [] } });
      const { json } = await call(simulator, 'PUT', PATH, form, headers);
      expect(json.data).toMatchObject({
        name: 'Test',
        instanceWebhook: 'http://x.example/',
        instanceEvents: ['qr', 'call'],
      });
      expect((await call(simulator, 'GET', PATH)).json.instance).toMatchObject({
        webhook_url: 'http://x.example/',
        webhook_events: ['qr', 'call'],
      });
    }
  });

  it('accepts a name and a webhook in one form, as the PHP SDK sends them', async () => {
    const simulator = await start(HOOK);
    const form = 'name=Caf%C3%A9+Mia&webhook[events][0]=qr';
    await call(simulator, 'PUT', PATH, form, { 'content-type': 'application/json' });
    expect((await call(simulator, 'GET', PATH)).json.instance).toMatchObject({
      name: 'Café Mia',
      webhook_url: HOOK.url,
      webhook_events: ['qr'],
    });
  });

  it.each([
    ['name=', 'name'],
    ['webhook[url]=nowhere', 'webhook.url'],
    ['webhook[events][0]=qr&webhook[events][1]=qrr', 'webhook.events.1'],
  ])('turns down the form %s', async (form, field) => {
    const simulator = await start(HOOK);
    const { status, json } = await call(simulator, 'PUT', PATH, form, FORM);
    expect(status).toBe(422);
    expect(Object.keys(json.errors)).toEqual([field]);
  });

  it('resets fields by the empty values of a form', async () => {
    const simulator = await start(HOOK);
    await call(simulator, 'PUT', PATH, 'webhook[url]=&webhook[events][]=', FORM);
    expect((await call(simulator, 'GET', PATH)).json.instance).toMatchObject({
      webhook_url: null,
      webhook_events: [],
    });
  });

  it.each([
    [{ webhook: { events: ['message', 'mesage'] } }, 'webhook.events.1'],
    [{ webhook: { events: 'message' } }, 'webhook.events'],
    [{ webhook: { events: [7] } }, 'webhook.events.0'],
    [{ webhook: { url: 'localhost:3000' } }, 'webhook.url'],
    [{ webhook: { url: 'ftp://localhost/' } }, 'webhook.url'],
    [{ webhook: { url: '' } }, 'webhook.url'],
    [{ webhook: { url: 7 } }, 'webhook.url'],
    [{ webhook: null }, 'webhook'],
    [{ name: '' }, 'name'],
  ])('turns down %j and changes nothing', async (body, field) => {
    const simulator = await start(HOOK);
    const { status, json } = await call(simulator, 'PUT', PATH, body);
    expect(status).toBe(422);
    expect(json.message).toEqual(expect.any(String));
    expect(Object.keys(json.errors)).toEqual([field]);
    expect(json.errors[field]).toEqual([expect.any(String)]);
    expect((await call(simulator, 'GET', PATH)).json.instance.webhook_url).toBe(HOOK.url);
  });

  it('refuses a body that is no JSON or too large', async () => {
    const simulator = await start(HOOK);
    expect((await call(simulator, 'PUT', PATH, '{"webhook":')).status).toBe(400);
    const large = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
    expect((await call(simulator, 'PUT', PATH, large)).status).toBe(413);
    const chunked = { 'transfer-encoding': 'chunked' };
    expect((await call(simulator, 'PUT', PATH, large, chunked)).status).toBe(413);
    expect((await call(simulator, 'GET', PATH)).status).toBe(200);
  });
});

describe('refused requests', () => {
  it.each([undefined, 'Bearer', 'Bearer wrong', `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN}x`])(
    'answers 401 to the authorization %j',
    async (authorization) => {
      const simulator = await start(HOOK);
      const { status, json } = await call(simulator, 'GET', PATH, undefined, { authorization });
      expect(status).toBe(401);
      expect(json).toEqual({ message: 'Unauthenticated.' });
    },
  );

  it.each([
    ['GET', '/api/v1/instances/34', 404],
    ['GET', '/api/v1/instances/33/', 404],
    ['GET', '/api/v1/instances/33/unknown', 404],
    ['GET', '/api/v1/unknown', 404],
    ['GET', '/', 404],
    ['GET', '/api/v1/instances/..%2f33', 404],
    ['POST', '/api/v1/instances/33', 405],
    ['DELETE', '/api/v1/instances', 405],
    ['PATCH', '/api/v1/instances/33', 405],
    ['POST', '/api/ping', 405],
    ['GET', '/api/ping/', 404],
    ['DELETE', '/api/v1/instances/33/webhooks', 405],
    ['GET', '/api/v1/instances/33/webhooks/1', 405],
    ['DELETE', '/api/v1/instances/33/webhooks/', 404],
    ['DELETE', '/api/v1/instances/33/webhooks/1', 404],
    ['DELETE', '/api/v1/instances/33/webhooks/1/2', 404],
    ['GET', '/api/v1/instances//client/me', 404],
    ['PUT', '/api/v1/instances/33/client/status', 405],
  ])('answers %s %s with %i', async (method, path, expected) => {
    const { status, headers, json } = await call(await start(HOOK), method, path);
    expect(status).toBe(expected);
    expect(json.message).toEqual(expect.any(String));
    if (expected === 405) expect(headers.allow).toEqual(expect.any(String));
  });

  it('fails with an error for a port in use', async () => {
    const { port } = await start();
    const again = { apiToken: TOKEN, instances: [], now: Date.now, random: () => new Uint8Array() };
    await expect(startSimulator({ ...again, port })).rejects.toMatchObject({
      exit: 'usage',
      code: 'port_in_use',
    });
  });
});
