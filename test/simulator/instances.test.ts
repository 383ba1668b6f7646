import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { app } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { call, start } from './harness.ts';

const LIST = '/api/v1/instances';
const at = (id: number | string) => `${LIST}/${id}`;

async function statusOf(simulator: Simulator, id: string): Promise<string> {
  const { json } = await call(simulator, 'GET', `${at(id)}/client/status`);
  return json.clientStatus.instanceStatus;
}

async function ids(simulator: Simulator): Promise<unknown[]> {
  const { json } = await call(simulator, 'GET', LIST);
  return json.instances.map(({ id }: { id: unknown }) => id);
}

describe('creating an instance', () => {
  it('answers as recorded, and the instance boots', async () => {
    const simulator = await start();
    const { status, json } = await call(simulator, 'POST', LIST);
    expect(status).toBe(200);
    expect(json).toEqual({
      instance: {
        id: 34,
        name: expect.any(String),
        owner: expect.any(String),
        webhook_url: null,
        webhook_events: [],
        is_trial: null,
      },
      status: 'success',
    });
    expect(await statusOf(simulator, '34')).toBe('booting');
    expect(await ids(simulator)).toEqual([33, 34]);
  });

  it.each([
    ['JSON', { name: 'Shop', webhook: { url: 'http://127.0.0.1/', events: ['qr'] } }, {}],
    [
      'a form',
      'name=Shop&webhook[url]=http%3A%2F%2F127.0.0.1%2F&webhook[events][0]=qr',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
  ])('takes name and webhook from %s', async (_, body, headers) => {
    const simulator = await start();
    const { json } = await call(simulator, 'POST', LIST, body, headers);
    const told = await call(simulator, 'GET', at(json.instance.id));
    expect(told.json.instance).toMatchObject({
      name: 'Shop',
      webhook_url: 'http://127.0.0.1/',
      webhook_events: ['qr'],
    });
  });

  it('refuses the same as an update, and creates nothing', async () => {
    const simulator = await start();
    const body = { name: 7, webhook: { url: 'x', events: ['qrr'] } };
    const { status, json } = await call(simulator, 'POST', LIST, body);
    expect(status).toBe(422);
    expect(Object.keys(json.errors)).toEqual(['name', 'webhook.url', 'webhook.events.0']);
    expect(await ids(simulator)).toEqual([33]);
  });

  it('answers in plain text beyond the quota', async () => {
    const simulator = await start();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => call(simulator, 'POST', LIST)),
    );
    expect(await ids(simulator)).toHaveLength(100);
    const [refused, ...others] = answers.filter(({ status }) => status !== 200);
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ status: 403, json: null });
    expect(refused?.headers['content-type']).toMatch(/^text\/plain/);
    expect(refused?.text).toContain('limit');
    await call(simulator, 'DELETE', at(50));
    expect((await call(simulator, 'POST', LIST)).status).toBe(200);
  });

  it('runs the scenario on the new instance once it has a webhook', async () => {
    const target = await app();
    const simulator = await start(undefined, { scenario: 'morning', speed: 500 });
    await call(simulator, 'POST', LIST, { webhook: { url: target.url, events: ['ready'] } });
    await target.received(1);
    expect(JSON.parse(String(target.requests[0]?.body)).instanceId).toBe('34');
    expect(await statusOf(simulator, '34')).toBe('ready');
    expect(await statusOf(simulator, '33')).toBe('booting');
  });
});

describe('deleting an instance', () => {
  it('answers 204 without a body, and never reuses the id', async () => {
    const simulator = await start();
    await call(simulator, 'POST', LIST);
    const { status, text } = await call(simulator, 'DELETE', at(34));
    expect({ status, text }).toEqual({ status: 204, text: '' });
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect((await call(simulator, method, at(34))).status).toBe(404);
    }
    expect((await call(simulator, 'GET', `${at(34)}/client/status`)).status).toBe(404);
    expect((await call(simulator, 'POST', LIST)).json.instance.id).toBe(35);
  });

  it('ends its open and its pending deliveries', async () => {
    const cut: string[] = [];
    const silent = await app((request, response) => {
      response.once('close', () => cut.push(request.url));
    });
    const events = ['qr'];
    const instances = [
      { id: '1', webhook: { url: `${silent.url}/one`, events } },
      { id: '2', webhook: { url: 'http://127.0.0.1:1/', events } },
      { id: '3', webhook: { url: `${silent.url}/three`, events } },
    ];
    const simulator = await start(undefined, { instances });
    for (const { id } of instances) simulator.emit(id, 'qr.fresh');
    await silent.received(2);
    await until(() => (simulator.deliveries('2')[0]?.attempts ?? 0) >= 2);
    await call(simulator, 'DELETE', at(1));
    await call(simulator, 'DELETE', at(2));
    await until(() => cut.length > 0);
    expect(cut).toEqual(['/one']);
    expect(simulator.deliveries().map(({ state }) => state)).toEqual(['ended', 'ended', 'pending']);
    const { json } = await call(simulator, 'GET', '/_simulator/deliveries');
    expect(json.pending).toBe(1);
    // The other instance's delivery goes on; the ended one has no more attempts.
    const { attempts } = simulator.deliveries('2')[0] ?? { attempts: 0 };
    const hook = { url: 'http://127.0.0.1:1/', events };
    await call(simulator, 'PUT', at(3), { webhook: hook });
    simulator.emit('3', 'qr.fresh');
    await until(() => (simulator.deliveries('3')[1]?.attempts ?? 0) >= 3);
    expect(simulator.deliveries('2')[0]?.attempts).toBe(attempts);
  });

  it('stops its scenario, and not that of another', async () => {
    const target = await app();
    const webhook = { url: target.url, events: ['loading_screen', 'message'] };
    const instances = [
      { id: '1', webhook },
      { id: '2', webhook },
    ];
    const simulator = await start(undefined, { instances, scenario: 'morning', speed: 20 });
    await target.received(2);
    await call(simulator, 'DELETE', at(1));
    const before = simulator.deliveries('1').length;
    await until(() => simulator.deliveries('2').some(({ event }) => event === 'message'));
    expect(simulator.deliveries('1')).toHaveLength(before);
  });

  it('makes its events, updates and scenarios fail', async () => {
    const simulator = await start();
    await call(simulator, 'DELETE', at(33));
    expect(simulator.emit('33', 'qr.fresh').emitted).toBe(0);
    for (const path of ['emit', 'scenario']) {
      const body = path === 'emit' ? { fixture: 'qr.fresh' } : { name: 'morning' };
      expect((await call(simulator, 'POST', `/_simulator/${path}`, body)).status).toBe(404);
    }
    expect(await ids(simulator)).toEqual([]);
  });
});

describe('several instances', () => {
  it('each have their own webhook, state and scenario', async () => {
    const target = await app();
    const instances = ['33', '34', 'beta'].map((id) => ({
      id,
      webhook: { url: null, events: [] },
    }));
    const simulator = await start(undefined, { instances });
    for (const { id } of instances) {
      const webhook = { url: `${target.url}/${id}`, events: ['qr', 'ready', 'disconnected'] };
      await call(simulator, 'PUT', at(id), { webhook });
    }
    await call(simulator, 'POST', '/_simulator/emit', { fixture: 'qr.fresh', instanceId: 34 });
    simulator.emit('beta', 'disconnected.logout');
    const scenario = { name: 'morning', speed: 500, instanceId: '33' };
    await call(simulator, 'POST', '/_simulator/scenario', scenario);
    await target.received(4);
    const seen = target.requests.map(({ url, body }) => {
      const { event, instanceId } = JSON.parse(String(body));
      return `${url} ${event} of ${instanceId}`;
    });
    expect(seen.sort()).toEqual([
      '/33 qr of 33',
      '/33 ready of 33',
      '/34 qr of 34',
      '/beta disconnected of beta',
    ]);
    for (const [id, status] of [
      ['33', 'ready'],
      ['34', 'qr'],
      ['beta', 'disconnected'],
    ] as const) {
      expect(await statusOf(simulator, id)).toBe(status);
    }
  });

  it('leave an id that only looks like a number unchanged', async () => {
    const instances = ['007', '12345678901234567890'].map((id) => ({
      id,
      webhook: { url: null, events: [] },
    }));
    const simulator = await start(undefined, { instances });
    expect(await ids(simulator)).toEqual(['007', '12345678901234567890']);
    expect((await call(simulator, 'POST', LIST)).json.instance.id).toBe(1);
  });
});
