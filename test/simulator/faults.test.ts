import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { call, start } from './harness.ts';

const FAULTS = '/_simulator/faults';
const LIST = '/api/v1/instances';
const ONE = `${LIST}/33`;

const add = (simulator: Simulator, fault: object) => call(simulator, 'POST', FAULTS, fault);
const statuses = async (simulator: Simulator, times: number, path = ONE) => {
  const seen: number[] = [];
  for (let at = 0; at < times; at++) seen.push((await call(simulator, 'GET', path)).status);
  return seen;
};

describe('a fault', () => {
  it('answers 429 with Retry-After `count` times', async () => {
    const simulator = await start();
    const fault = { kind: 'status', status: 429, retryAfter: 3, count: 2 };
    const { status, json } = await add(simulator, fault);
    expect({ status, json }).toEqual({ status: 200, json: { faults: [fault] } });
    const answer = await call(simulator, 'GET', ONE);
    expect(answer).toMatchObject({ status: 429, json: { message: 'Too Many Attempts.' } });
    expect(answer.headers['retry-after']).toBe('3');
    expect(await statuses(simulator, 3)).toEqual([429, 200, 200]);
  });

  it.each([400, 401, 403, 404, 422, 500, 503, 599])('answers %i with JSON', async (status) => {
    const simulator = await start();
    await add(simulator, { kind: 'status', status });
    const answer = await call(simulator, 'GET', ONE);
    expect(answer).toMatchObject({ status, json: { message: expect.any(String) } });
    expect(answer.headers['retry-after']).toBeUndefined();
  });

  it('answers with a given body', async () => {
    const simulator = await start();
    const body = { message: 'No.', errors: { name: ['No.'] } };
    await add(simulator, { kind: 'status', status: 422, body });
    expect((await call(simulator, 'PUT', ONE, { name: 'x' })).json).toEqual(body);
  });

  it('answers with a page', async () => {
    const simulator = await start();
    await add(simulator, { kind: 'html' });
    await add(simulator, { kind: 'html', status: 502 });
    const first = await call(simulator, 'GET', ONE);
    expect(first).toMatchObject({ status: 500, text: expect.stringMatching(/^<!DOCTYPE html>/) });
    expect(first.headers['content-type']).toMatch(/^text\/html/);
    expect((await call(simulator, 'GET', ONE)).status).toBe(502);
  });

  it.each([
    [LIST, 'data'],
    [ONE, 'data'],
    [`${ONE}/client/status`, 'clientStatus'],
    [`${ONE}/client/me`, 'me'],
    [`${ONE}/client/qr`, 'qrCode'],
  ])('answers 200 with an error inside, at %s in %s', async (path, key) => {
    const simulator = await start();
    await add(simulator, { kind: 'error' });
    const { status, json } = await call(simulator, 'GET', `${path}?x=1`);
    expect(status).toBe(200);
    expect(json).toEqual({
      [key]: { status: 'error', message: expect.any(String), explanation: expect.any(String) },
      links: { self: `http://127.0.0.1:${simulator.port}${path}` },
      status: 'success',
    });
  });

  it('leaves only its own request unanswered, until the simulator closes', async () => {
    const simulator = await start();
    await add(simulator, { kind: 'silent' });
    let state = 'waits';
    const body = { name: 'x'.repeat(500_000) };
    const silent = call(simulator, 'PUT', ONE, body).then(
      () => 'was answered',
      () => 'was cut',
    );
    void silent.then((became) => {
      state = became;
    });
    while ((await call(simulator, 'GET', FAULTS)).json.faults.length > 0);
    expect(await statuses(simulator, 5)).toEqual([200, 200, 200, 200, 200]);
    expect((await call(simulator, 'DELETE', FAULTS)).status).toBe(200);
    expect(state).toBe('waits');
    await simulator.close();
    expect(await silent).toBe('was cut');
  });

  it('cuts the connection', async () => {
    const simulator = await start();
    await add(simulator, { kind: 'cut' });
    await expect(call(simulator, 'GET', ONE)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await statuses(simulator, 1)).toEqual([200]);
  });

  it('prevents the change of the request', async () => {
    const simulator = await start({ url: 'http://127.0.0.1/', events: ['qr'] });
    await add(simulator, { kind: 'status', status: 500, count: 3 });
    await call(simulator, 'PUT', ONE, { webhook: { url: null } });
    await call(simulator, 'POST', LIST);
    await call(simulator, 'DELETE', ONE);
    const { json } = await call(simulator, 'GET', LIST);
    expect(json.instances).toMatchObject([{ id: 33, webhook_url: 'http://127.0.0.1/' }]);
  });
});

describe('the requests that a fault hits', () => {
  it('have its method and path', async () => {
    const simulator = await start();
    await add(simulator, { kind: 'status', status: 503, method: 'PUT', count: 9 });
    await add(simulator, { kind: 'status', status: 502, path: `${ONE}/client`, count: 9 });
    expect(await statuses(simulator, 1)).toEqual([200]);
    expect(await statuses(simulator, 1, `${ONE}/client/me`)).toEqual([502]);
    expect(await statuses(simulator, 1, '/api/ping')).toEqual([200]);
    expect((await call(simulator, 'PUT', ONE, {})).status).toBe(503);
  });

  it('get the oldest matching fault', async () => {
    const simulator = await start();
    await add(simulator, { kind: 'status', status: 500 });
    await add(simulator, { kind: 'status', status: 404, path: ONE });
    await add(simulator, { kind: 'status', status: 503 });
    expect(await statuses(simulator, 4)).toEqual([500, 404, 503, 200]);
  });

  it('have the API token and are not for the control', async () => {
    const simulator = await start();
    await add(simulator, { kind: 'status', status: 500 });
    const headers = { authorization: 'Bearer wrong' };
    expect((await call(simulator, 'GET', ONE, undefined, headers)).status).toBe(401);
    expect((await call(simulator, 'GET', '/_simulator/deliveries')).status).toBe(200);
    expect((await call(simulator, 'GET', FAULTS)).json.faults).toHaveLength(1);
    expect(await statuses(simulator, 2, '/api/ping')).toEqual([500, 200]);
  });
});

describe('the faults', () => {
  it('are listed with the remaining count, and deleted together', async () => {
    const simulator = await start();
    await add(simulator, { kind: 'cut', method: 'DELETE', count: 2 });
    await add(simulator, { kind: 'html', count: 3 });
    await call(simulator, 'GET', ONE);
    expect((await call(simulator, 'GET', FAULTS)).json.faults).toEqual([
      { kind: 'cut', method: 'DELETE', count: 2 },
      { kind: 'html', status: 500, count: 2 },
    ]);
    expect((await call(simulator, 'DELETE', FAULTS)).json).toEqual({ faults: [] });
    expect(await statuses(simulator, 1)).toEqual([200]);
  });

  it.each([
    [{}, 'kind'],
    [{ kind: 'slow' }, 'kind'],
    [{ kind: 'status' }, 'status'],
    [{ kind: 'status', status: 200 }, 'status'],
    [{ kind: 'status', status: 600 }, 'status'],
    [{ kind: 'status', status: 429, retryAfter: -1 }, 'retryAfter'],
    [{ kind: 'status', status: 429, body: 'text' }, 'body'],
    [
      { kind: 'status', status: 500, body: { a: JSON.parse('['.repeat(99) + ']'.repeat(99)) } },
      'body',
    ],
    [{ kind: 'silent', count: 0 }, 'count'],
    [{ kind: 'silent', count: 1.5 }, 'count'],
    [{ kind: 'cut', method: 'BREW' }, 'method'],
    [{ kind: 'cut', path: '/instances' }, 'path'],
    [{ kind: 'cut', path: `/api/${'x'.repeat(300)}` }, 'path'],
    [{ kind: 'cut', status: 500 }, 'body'],
    [[], 'body'],
  ])('are not %j', async (fault, field) => {
    const simulator = await start();
    const { status, json } = await add(simulator, fault);
    expect(status).toBe(422);
    expect(Object.keys(json.errors)).toEqual([field]);
    expect((await call(simulator, 'GET', FAULTS)).json.faults).toEqual([]);
  });

  it('are at most 100, of at most 64 KiB', async () => {
    const simulator = await start();
    for (let at = 0; at < 100; at++) await add(simulator, { kind: 'cut' });
    expect((await add(simulator, { kind: 'cut' })).status).toBe(422);
    const body = { x: 'x'.repeat(64 * 1024) };
    expect((await add(simulator, { kind: 'status', status: 500, body })).status).toBe(413);
  });
});
