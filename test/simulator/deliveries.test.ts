import { describe, expect, it, vi } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startApp } from '../support/app.ts';
import { app, closedPort, closedUrl, tcpServer } from '../support/resources.ts';
import { call, start } from './harness.ts';

const EVENTS = ['message', 'qr'];
const until = (check: () => void) => vi.waitFor(check, { interval: 5, timeout: 5000 });
const body = { event: 'message', instanceId: '33', data: { text: 'Grüße 👋', n: 1.5 } };

async function settled(simulator: Simulator) {
  await until(() => expect(simulator.deliveries().every((d) => d.state !== 'pending')).toBe(true));
  return simulator.deliveries();
}

describe('a delivery', () => {
  it('is one POST of exactly the JSON, with the headers of the vendor', async () => {
    const target = await app();
    const simulator = await start({ url: `${target.url}/hook/secret?x=1`, events: EVENTS });
    expect(simulator.emit('33', body)).toEqual({ emitted: 1 });
    await target.received(1);
    const [request] = target.requests;
    expect(request?.method).toBe('POST');
    expect(request?.url).toBe('/hook/secret?x=1');
    expect(request?.body.toString()).toBe(JSON.stringify(body));
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'WaAPI Webhook User Agent',
      accept: 'application/json, text/plain, */*',
      'content-length': String(Buffer.byteLength(JSON.stringify(body))),
      connection: 'keep-alive',
    });
    const [delivery] = await settled(simulator);
    expect(delivery).toMatchObject({
      instanceId: '33',
      event: 'message',
      url: `${target.url}/hook/secret?x=1`,
      state: 'answered',
      attempts: 1,
      status: 200,
      error: null,
    });
    expect(delivery?.durationMs).toBeGreaterThan(0);
  });

  it.each([204, 301, 308, 400, 404, 429, 500, 503])(
    'is over with the status %i',
    async (status) => {
      const target = await app((_, response) => {
        response.writeHead(status, { location: '/elsewhere' }).end();
      });
      const simulator = await start({ url: target.url, events: EVENTS }, { retryDelayMs: 1 });
      simulator.emit('33', body);
      const [delivery] = await settled(simulator);
      expect(delivery).toMatchObject({ attempts: 1, status });
      expect(delivery?.error).toBe(status < 300 ? null : `status ${status}`);
      // Round trips take longer than the delay of a retry, which would show among them.
      for (let count = 2; count <= 12; count++) {
        simulator.emit('33', { ...body, event: 'qr' });
        await target.received(count);
      }
      const events = target.requests.map(({ body }) => JSON.parse(body.toString()).event);
      expect(events).toEqual(['message', ...Array(11).fill('qr')]);
    },
  );

  it('is retried with the same bytes until a response comes', async () => {
    const first = await startApp();
    await first.close();
    const simulator = await start({ url: first.url, events: EVENTS });
    simulator.emit('33', body);
    await until(() => expect(simulator.deliveries()[0]?.attempts).toBeGreaterThanOrEqual(3));
    expect(simulator.deliveries()[0]).toMatchObject({
      state: 'pending',
      status: null,
      error: expect.stringContaining('connection refused'),
    });
    const target = await app(undefined, first.port);
    await target.received(1);
    const [delivery] = await settled(simulator);
    expect(delivery).toMatchObject({ state: 'answered', status: 200, error: null });
    expect(target.requests[0]?.body.toString()).toBe(JSON.stringify(body));
  });

  it('is retried after a reset connection', async () => {
    let connections = 0;
    const server = await tcpServer((socket) => {
      if (++connections < 3) return void socket.once('data', () => socket.resetAndDestroy());
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    });
    const simulator = await start({ url: server.url, events: EVENTS });
    simulator.emit('33', body);
    expect(await settled(simulator)).toMatchObject([{ attempts: 3, status: 200 }]);
  });

  it('is retried after a timeout of the response', async () => {
    let count = 0;
    const target = await app((_, response) => {
      if (++count > 1) response.end();
    });
    const webhook = { url: target.url, events: EVENTS };
    const simulator = await start(webhook, { responseTimeoutMs: 100 });
    simulator.emit('33', body);
    await until(() => expect(simulator.deliveries()[0]?.error).toContain('no answer within 0.1 s'));
    expect(await settled(simulator)).toMatchObject([{ attempts: 2, status: 200 }]);
  });

  it('is retried to its first url', async () => {
    const port = await closedPort();
    const simulator = await start({ url: `http://127.0.0.1:${port}/`, events: EVENTS });
    simulator.emit('33', body);
    const other = await app();
    await call(simulator, 'PUT', '/api/v1/instances/33', { webhook: { url: other.url } });
    simulator.emit('33', { ...body, event: 'qr' });
    await other.received(1);
    const back = await app(undefined, port);
    await back.received(1);
    expect(JSON.parse(other.requests[0]?.body.toString() ?? '').event).toBe('qr');
    expect(JSON.parse(back.requests[0]?.body.toString() ?? '').event).toBe('message');
  });

  it.each([
    'https://example.com/hook',
    'http://192.168.1.1/',
    'http://10.0.0.1:3000/',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'http://0.0.0.0:3000/',
    'http://[::ffff:127.0.0.1]:3000/',
    'http://user@example.com/',
    'nonsense',
  ])('is never dialled to %s', async (url) => {
    const simulator = await start({ url, events: EVENTS });
    const reason = expect.stringMatching(
      /was refused: the simulator delivers to this machine only$/,
    );
    expect(simulator.emit('33', body)).toEqual({ emitted: 0, reason });
    expect(simulator.deliveries()).toMatchObject([
      { state: 'refused', attempts: 0, status: null, url },
    ]);
  });

  it('is refused to one url and made to another, and both are told', async () => {
    const target = await app();
    const simulator = await start({ url: target.url, events: EVENTS });
    const elsewhere = { url: 'https://example.com/hook', events: EVENTS };
    await call(simulator, 'POST', '/api/v1/instances/33/webhooks', elsewhere);
    const reason = expect.stringContaining('the webhook at example.com was refused');
    const emitted = { fixture: 'message.chat', count: 2 };
    const { json } = await call(simulator, 'POST', '/_simulator/emit', emitted);
    expect(json).toMatchObject({ emitted: 2, reason });
    await target.received(2);
  });

  it('reaches localhost by its name', async () => {
    const target = await app();
    const simulator = await start({ url: `http://localhost:${target.port}/`, events: EVENTS });
    simulator.emit('33', body);
    expect(await settled(simulator)).toMatchObject([{ status: 200 }]);
  });

  it('does not wait for the previous delivery', async () => {
    const held: (() => void)[] = [];
    const target = await app((request, response) => {
      const { data } = JSON.parse(request.body.toString());
      if (data.held) held.push(() => void response.end());
      else response.end();
    });
    const simulator = await start({ url: target.url, events: EVENTS });
    simulator.emit('33', { ...body, data: { held: true } });
    await target.received(1);
    simulator.emit('33', body);
    await until(() => expect(simulator.deliveries()[1]?.state).toBe('answered'));
    expect(simulator.deliveries()[0]?.state).toBe('pending');
    for (const release of held) release();
    await settled(simulator);
  });
});

describe('an event that is not delivered', () => {
  it('says why', async () => {
    const simulator = await start({ url: 'http://127.0.0.1:9/', events: ['qr'] });
    expect(simulator.emit('33', body)).toEqual({
      emitted: 0,
      reason: expect.stringContaining('not subscribed to message'),
    });
    await call(simulator, 'PUT', '/api/v1/instances/33', { webhook: { url: null } });
    expect(simulator.emit('33', { event: 'qr' }).reason).toContain('no webhook url');
    expect(simulator.emit('34', body).reason).toContain('no instance 34');
    expect(simulator.deliveries()).toEqual([]);
  });
});

describe('the bounds', () => {
  it('hold: the oldest of too many pending deliveries are dropped and counted', async () => {
    const silent = await tcpServer();
    const simulator = await start({ url: silent.url, events: EVENTS });
    for (let i = 0; i < 10_005; i++) simulator.emit('33', body);
    const { json } = await call(simulator, 'GET', '/_simulator/deliveries?limit=10000');
    expect(json).toMatchObject({ pending: 10_000, dropped: 5 });
    expect(json.deliveries).toHaveLength(10_000);
    expect(json.deliveries.every((d: { state: string }) => d.state === 'pending')).toBe(true);
  });
});

describe('closing', () => {
  it('ends pending deliveries and open requests, and releases the port', async () => {
    const target = await app(() => {});
    const gone = await closedUrl();
    const simulator = await start({ url: target.url, events: EVENTS });
    simulator.emit('33', body);
    await target.received(1);
    await call(simulator, 'PUT', '/api/v1/instances/33', { webhook: { url: gone } });
    simulator.emit('33', body);
    await until(() => expect(simulator.deliveries()[1]?.attempts).toBeGreaterThan(0));
    await simulator.close();
    const attempts = simulator.deliveries().map((delivery) => delivery.attempts);
    simulator.emit('33', body);
    const next = await start(undefined, { port: simulator.port });
    expect(next.port).toBe(simulator.port);
    expect(simulator.deliveries().map((delivery) => delivery.attempts)).toEqual(attempts);
  });
});
