import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { app } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { call, start } from './harness.ts';

const HOOK = { url: 'http://localhost:3000/hook', events: ['message'] };
const ZAP = { url: 'https://hooks.example.com/zap', events: ['message', 'qr'] };
const PATH = '/api/v1/instances/33/webhooks';

const subscribe = (simulator: Simulator, body: unknown, path = PATH) =>
  call(simulator, 'POST', path, body);
const listed = async (simulator: Simulator, path = PATH) =>
  (await call(simulator, 'GET', path)).json.data;

describe('subscriptions', () => {
  it('are added beside the webhook, which does not change', async () => {
    const simulator = await start(HOOK);
    const { status, json } = await subscribe(simulator, ZAP);
    expect(status).toBe(201);
    expect(json).toEqual({
      data: { id: expect.any(Number), ...ZAP, source: 'api' },
      links: { self: `${simulator.apiUrl}/instances/33/webhooks` },
      status: 'success',
    });
    const { instance } = (await call(simulator, 'GET', '/api/v1/instances/33')).json;
    expect(instance).toMatchObject({ webhook_url: HOOK.url, webhook_events: HOOK.events });
    expect(await listed(simulator)).toEqual([json.data]);
  });

  it.each(['application/x-www-form-urlencoded', 'application/json'])(
    'are added by a form, called %s',
    async (type) => {
      const simulator = await start();
      const form = `url=${encodeURIComponent(ZAP.url)}&events[]=message&events[]=qr`;
      const added = await call(simulator, 'POST', PATH, form, { 'content-type': type });
      expect(added).toMatchObject({ status: 201, json: { data: { ...ZAP, source: 'api' } } });
      const none = await call(simulator, 'POST', PATH, 'url=&events[]=', { 'content-type': type });
      expect(none.status).toBe(422);
      expect(Object.keys(none.json.errors)).toEqual(['url', 'events']);
    },
  );

  it('of a known url return the existing subscription unchanged', async () => {
    const simulator = await start();
    const first = await subscribe(simulator, { ...ZAP, source: 'make' });
    const again = await subscribe(simulator, { ...ZAP, events: ['call'] });
    expect(again.status).toBe(200);
    expect(again.json.data).toEqual(first.json.data);
    expect(await listed(simulator)).toHaveLength(1);
  });

  it('are limited to 25 for an instance, and existing ones are still returned', async () => {
    const instances = ['33', '34'].map((id) => ({ id, webhook: { url: null, events: [] } }));
    const simulator = await start(undefined, { instances });
    const nth = (n: number) => ({ ...ZAP, url: `https://hooks.example.com/${n}` });
    for (let n = 1; n <= 25; n++) {
      expect((await subscribe(simulator, nth(n))).status).toBe(201);
    }
    expect(await subscribe(simulator, nth(26))).toMatchObject({
      status: 422,
      json: { errors: { url: [expect.stringContaining('25')] } },
    });
    expect((await subscribe(simulator, nth(7))).status).toBe(200);
    const elsewhere = '/api/v1/instances/34/webhooks';
    expect((await subscribe(simulator, nth(26), elsewhere)).status).toBe(201);
  });

  it('are removed by id, once, and only by their own instance', async () => {
    const instances = ['33', '34'].map((id) => ({ id, webhook: { url: null, events: [] } }));
    const simulator = await start(undefined, { instances });
    const { id } = (await subscribe(simulator, ZAP)).json.data;
    const remove = (path: string) => call(simulator, 'DELETE', `${path}/${id}`);
    expect((await remove('/api/v1/instances/34/webhooks')).status).toBe(404);
    expect(await remove(PATH)).toMatchObject({ status: 204, text: '' });
    expect((await remove(PATH)).status).toBe(404);
    expect(await listed(simulator)).toEqual([]);
    // Ids of removed subscriptions are not reused.
    expect((await subscribe(simulator, ZAP)).json.data.id).not.toBe(id);
  });

  it('are deleted with their instance', async () => {
    const simulator = await start();
    await subscribe(simulator, ZAP);
    await call(simulator, 'DELETE', '/api/v1/instances/33');
    expect((await call(simulator, 'GET', PATH)).status).toBe(404);
    expect((await subscribe(simulator, ZAP)).status).toBe(404);
  });

  it.each([
    [{ events: ['message'] }, ['url']],
    [{ url: ZAP.url }, ['events']],
    [{ url: null, events: [] }, ['url', 'events']],
    [{ ...ZAP, url: 'nowhere' }, ['url']],
    [{ ...ZAP, url: '' }, ['url']],
    [{ ...ZAP, events: 'message' }, ['events']],
    [{ ...ZAP, events: ['message', 'mesage'] }, ['events.1']],
    [{ ...ZAP, source: 'somebody' }, ['source']],
    [['message'], ['url', 'events']],
  ])('are not made of %j', async (body, fields) => {
    const simulator = await start();
    const { status, json } = await subscribe(simulator, body);
    expect(status).toBe(422);
    expect(Object.keys(json.errors)).toEqual(fields);
    expect(json.message).toEqual(expect.any(String));
    expect(await listed(simulator)).toEqual([]);
  });

  it('need valid JSON', async () => {
    expect((await subscribe(await start(), '{"url":')).status).toBe(400);
  });
});

describe('an event', () => {
  const body = { event: 'message', instanceId: '33', data: {} };

  it('goes to the webhook and to each subscription that includes it, with the same bytes', async () => {
    const [own, one, other] = [await app(), await app(), await app()];
    const simulator = await start({ url: own.url, events: ['message'] });
    await subscribe(simulator, { url: one.url, events: ['message'] });
    await subscribe(simulator, { url: other.url, events: ['qr'] });
    expect(simulator.emit('33', body)).toEqual({ emitted: 1 });
    await until(() => own.requests.length === 1 && one.requests.length === 1);
    expect(one.requests[0]?.body).toEqual(own.requests[0]?.body);
    expect(simulator.deliveries().map(({ url }) => url)).toEqual([own.url, one.url]);
    expect(other.requests).toEqual([]);
  });

  it('goes to a subscription of an instance without a webhook', async () => {
    const one = await app();
    const simulator = await start();
    await subscribe(simulator, { url: one.url, events: ['qr'] });
    expect(simulator.emit('33', body)).toMatchObject({ emitted: 0 });
    expect(simulator.emit('33', 'qr.fresh')).toEqual({ emitted: 1 });
    await until(() => one.requests.length === 1);
  });

  it('of the first scenario waits for a subscription, too', async () => {
    const one = await app();
    const simulator = await start(undefined, { scenario: 'morning', speed: 1000 });
    await subscribe(simulator, { url: one.url, events: ['message'] });
    await until(() => one.requests.length > 0);
  });

  it('goes nowhere once the subscription is removed', async () => {
    const one = await app();
    const simulator = await start();
    const { id } = (await subscribe(simulator, { url: one.url, events: ['message'] })).json.data;
    await call(simulator, 'DELETE', `${PATH}/${id}`);
    expect(simulator.emit('33', body)).toMatchObject({ emitted: 0 });
  });
});
