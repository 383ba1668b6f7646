import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Client, type ClientOptions, createClient } from '../../src/eazewa/client.ts';
import type { CliError } from '../../src/errors.ts';
import { failureOf } from '../support/failure.ts';
import { type Reply, vendorStub } from '../support/vendor-stub.ts';

const TOKEN = 'tok-hunter2';

function clientOf(apiUrl: string, more: Partial<ClientOptions> = {}) {
  const waits: number[] = [];
  const client = createClient({
    apiUrl,
    apiToken: TOKEN,
    tokenName: 'EAZEWA_API_TOKEN',
    sleep: async (ms) => waits.push(ms),
    ...more,
  });
  onTestFinished(() => client.close());
  return { client, waits };
}

async function setUp(replies: Reply[], more: Partial<ClientOptions> = {}) {
  const stub = await vendorStub(...replies);
  return { ...stub, ...clientOf(stub.apiUrl, more) };
}

async function failure(promise: Promise<unknown>): Promise<CliError> {
  const error = await failureOf(promise);
  expect(JSON.stringify([error.message, error.hint, error.facts])).not.toContain(TOKEN);
  return error;
}

const get = (client: Client) => client.getInstance('33');
const INSTANCE = { id: 33, name: 'Shop', webhook_url: 'https://x.test/', webhook_events: ['qr'] };

describe('requests', () => {
  test('GET with the bearer token', async () => {
    const { client, seen } = await setUp([{ json: { instance: INSTANCE, status: 'success' } }]);
    await get(client);
    expect(seen).toMatchObject([
      {
        method: 'GET',
        path: '/api/v1/instances/33',
        headers: { authorization: `Bearer ${TOKEN}`, accept: 'application/json' },
      },
    ]);
  });

  test('PUT with url and events, null and none included', async () => {
    const json = { data: { status: 'success', instanceId: '33' }, status: 'success' };
    const { client, seen } = await setUp([{ json }]);
    await client.updateWebhook('33', { url: 'https://x.test/', events: ['qr', 'call'] });
    await client.updateWebhook('33', { url: null, events: [] });
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /api/v1/instances/33',
      'PUT /api/v1/instances/33',
    ]);
    expect(seen[0]?.headers['content-type']).toBe('application/json');
    expect(seen.map(({ body }) => JSON.parse(body))).toEqual([
      { webhook: { url: 'https://x.test/', events: ['qr', 'call'] } },
      { webhook: { url: null, events: [] } },
    ]);
  });

  test('POST and DELETE of a subscription', async () => {
    const { client, seen } = await setUp([
      { status: 201, json: { data: { id: 7 }, status: 'success' } },
      (response) => response.writeHead(204).end(),
    ]);
    const to = { url: 'https://x.test/', events: ['qr', 'call'] };
    expect(await client.addSubscription('33', to)).toBe('7');
    expect(await client.removeSubscription('33', '7')).toBe(true);
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/instances/33/webhooks',
      'DELETE /api/v1/instances/33/webhooks/7',
    ]);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(to);
    expect(seen[1]?.headers['content-type']).toBe(undefined);
  });

  test('an id never leaves its place in the path', async () => {
    const id = '../me?x#';
    const { client, seen } = await setUp([{ json: { instance: { ...INSTANCE, id } } }]);
    await client.getInstance(id);
    expect(seen[0]?.path).toBe('/api/v1/instances/..%2Fme%3Fx%23');
  });
});

describe('understood answers', () => {
  test('an instance, with an id of either type and keys we do not know', async () => {
    const instance = { ...INSTANCE, owner: { x: 1 }, is_trial: null };
    const { client } = await setUp([
      { json: { instance, status: 'success' } },
      { json: { instance: { ...INSTANCE, id: '33' } } },
    ]);
    const expected = {
      id: '33',
      name: 'Shop',
      webhook: { url: 'https://x.test/', events: ['qr'] },
    };
    expect(await get(client)).toEqual(expected);
    expect(await get(client)).toEqual(expected);
  });

  test.each([null, ''])('a fresh instance, with nulls and a url of %j', async (webhook_url) => {
    const instance = { id: 33, name: null, webhook_url, webhook_events: null };
    const { client } = await setUp([{ json: { instance } }]);
    const expected = { id: '33', name: null, webhook: { url: null, events: [] } };
    expect(await get(client)).toEqual(expected);
  });

  test('a missing webhook_url does not count as "none"', async () => {
    const { client } = await setUp([{ json: { instance: { id: 33, name: 'x' } } }]);
    expect(await failure(get(client))).toMatchObject({
      exit: 'vendor',
      code: 'vendor_unexpected',
      message: expect.stringContaining('instance.webhook_url'),
    });
  });

  test('the list', async () => {
    const { client } = await setUp([{ json: { instances: [INSTANCE, { ...INSTANCE, id: 4 }] } }]);
    expect((await client.listInstances()).map(({ id }) => id)).toEqual(['33', '4']);
  });

  test('an existing subscription, and a missing one', async () => {
    const { client } = await setUp([
      { status: 200, json: { data: { id: 'a-7' } } },
      { status: 404 },
    ]);
    expect(await client.addSubscription('33', { url: 'https://x.test/', events: ['qr'] })).toBe(
      'a-7',
    );
    expect(await client.removeSubscription('33', 'a-7')).toBe(false);
  });

  test.each(['..', '', 'a/b', null, '.'])(
    'no subscription with the id %j, which would name something else in a path',
    async (id) => {
      const { client, seen } = await setUp([{ status: 201, json: { data: { id } } }]);
      const adding = client.addSubscription('33', { url: 'https://x.test/', events: ['qr'] });
      expect((await failure(adding)).code).toBe('vendor_unexpected');
      expect(await client.removeSubscription('33', String(id ?? '..'))).toBe(false);
      expect(seen).toHaveLength(1);
    },
  );

  test('client status, nested or at top level', async () => {
    const status = {
      status: 'success',
      instanceId: '33',
      instanceStatus: 'ready',
      instanceWebhook: 'https://x.test/',
      instanceEvents: ['qr'],
      name: 'Shop',
      data: null,
    };
    const { client, seen } = await setUp([{ json: { clientStatus: status } }, { json: status }]);
    const expected = {
      state: 'ready',
      name: 'Shop',
      webhook: { url: 'https://x.test/', events: ['qr'] },
    };
    expect(await client.clientStatus('33')).toEqual(expected);
    expect(await client.clientStatus('33')).toEqual(expected);
    expect(seen[0]?.path).toBe('/api/v1/instances/33/client/status');
  });

  test('204 without a body, as an answer to PUT', async () => {
    const { client } = await setUp([(response) => response.writeHead(204).end()]);
    await expect(client.updateWebhook('33', { url: null, events: [] })).resolves.toBeUndefined();
  });
});

describe("an answer about something else is the vendor's fault", () => {
  const OTHER = { ...INSTANCE, id: 34 };
  const about = (client: Client) => client.getChats('33', { offset: 0, limit: 1 });
  const messages = (client: Client) => client.fetchMessages('33', { chatId: 'x@c.us', limit: 1 });
  const set = (client: Client) => client.updateWebhook('33', { url: null, events: [] });
  const add = (client: Client) =>
    client.addSubscription('33', { url: 'https://x.test/a', events: ['qr'] });

  test.each<[string, (client: Client) => Promise<unknown>, object]>([
    ['an instance', get, { instance: OTHER }],
    ['an instance whose id is a text', get, { instance: { ...OTHER, id: '34' } }],
    ['an update', set, { data: { status: 'success', instanceId: '34' } }],
    ['an update answered with an instance', set, { instance: OTHER }],
    ['a state', (client) => client.clientStatus('33'), { clientStatus: { instanceId: '34' } }],
    ['a state at top level', (client) => client.clientStatus('33'), { instanceId: 34 }],
    ['chats', about, { data: { instanceId: '34', data: [] } }],
    ['messages', messages, { data: { instanceId: '34', data: [] } }],
    ['a subscription', add, { data: { id: 7, instance_id: 34 } }],
    ['a removal', (client) => client.removeSubscription('33', '7'), { data: { instanceId: 34 } }],
  ])('%s of another instance', async (_, ask, json) => {
    const { client, seen } = await setUp([{ json: { status: 'success', ...json } }]);
    expect(await failure(ask(client))).toMatchObject({
      exit: 'vendor',
      code: 'vendor_contradicts',
      message: expect.stringMatching(/instance 34, but was asked for instance 33$/),
    });
    expect(seen).toHaveLength(1);
  });

  test('a subscription of another url, whose id would remove that one later', async () => {
    const { client } = await setUp([
      { json: { data: { id: 7, url: 'https://bot.test/b' } } },
      { json: { data: { id: 8, url: 'https://X.test:443/a' } } },
    ]);
    expect(await failure(add(client))).toMatchObject({
      exit: 'vendor',
      code: 'vendor_contradicts',
      message: expect.stringContaining('https://bot.test/b'),
    });
    expect(await add(client)).toBe('8');
  });
});

describe('refusals are not retried', () => {
  test.each([
    [401, { message: 'Unauthenticated.' }, 'auth', 'api_token_refused'],
    [403, {}, 'auth', 'api_token_refused'],
    [404, { message: 'Not found' }, 'notFound', 'no_such_instance'],
    [400, { message: 'action failed' }, 'vendor', 'vendor_error'],
    [422, { message: 'invalid' }, 'usage', 'vendor_refused'],
    [429, {}, 'rateLimited', 'rate_limited'],
  ])('%d', async (status, json, exit, code) => {
    const { client, seen } = await setUp([{ status, json }]);
    expect(await failure(get(client))).toMatchObject({ exit, code });
    expect(seen).toHaveLength(1);
  });

  test('401 names the token, 404 the instance', async () => {
    const { client } = await setUp([{ status: 401 }, { status: 404 }]);
    expect(await failure(get(client))).toMatchObject({
      hint: expect.stringContaining('EAZEWA_API_TOKEN'),
    });
    expect(await failure(get(client))).toMatchObject({
      message: expect.stringContaining('33'),
      facts: { instanceId: '33' },
    });
  });

  test('422 says what is wrong with each field, safe and bounded', async () => {
    const errors = {
      'webhook.url': ['must be https\u{1b}[31m', 'must be public'],
      'webhook.events': 'unknown: nope',
      long: ['x'.repeat(10_000)],
    };
    const { client } = await setUp([{ status: 422, json: { message: 'no', errors } }]);
    const { message } = await failure(client.updateWebhook('33', { url: 'x', events: [] }));
    expect(message).toContain('webhook.url: must be https␛[31m must be public');
    expect(message).toContain('webhook.events: unknown: nope');
    expect(message.length).toBeLessThan(600);
  });

  test('200 with an error inside, wherever it is', async () => {
    const error = {
      status: 'error',
      message: 'instance not ready',
      explanation: 'has to be ready\u{202e}',
      instanceStatus: 'booting',
    };
    const places = [error, { data: error }, { clientStatus: error }, { me: error }];
    const { client } = await setUp(
      places.map((json) => ({ json: { status: 'success', ...json } })),
    );
    for (const _ of places) {
      expect(await failure(client.clientStatus('33'))).toMatchObject({
        exit: 'vendor',
        code: 'vendor_error',
        message: expect.stringMatching(/instance not ready; has to be ready$/),
        facts: { instanceStatus: 'booting' },
      });
    }
  });

  test.each<[string, Reply]>([
    ['HTML', { body: '<html>Log in to the hotel’s network</html>' }],
    ['nothing', { body: '' }],
    ['a list', { json: { instances: 'none' } }],
    ['more than 1 MiB', { body: `"${'x'.repeat(1024 * 1024)}"` }],
  ])('%s instead of an answer', async (_, reply) => {
    const { client, seen } = await setUp([reply]);
    expect(await failure(client.listInstances())).toMatchObject({
      exit: 'vendor',
      code: 'vendor_unexpected',
    });
    expect(seen).toHaveLength(1);
  });

  test('a redirect is not followed', async () => {
    const elsewhere = await setUp([{ json: { instance: INSTANCE } }]);
    const location = `${elsewhere.apiUrl}/instances/33?key=${TOKEN}`;
    const { client } = await setUp([{ status: 302, headers: { location } }]);
    expect(await failure(get(client))).toMatchObject({ exit: 'vendor', code: 'vendor_redirect' });
    expect(elsewhere.seen).toEqual([]);
  });

  test('a token that is too short for a secret leaves the words of the API whole', async () => {
    const { client } = await setUp([{ status: 404, json: { message: 'Not found.' } }], {
      apiToken: 't',
    });
    const error = await failure(client.listInstances());
    expect(error.message).toContain('Not found.');
    expect(error.hint).toContain('/api/v1');
  });

  test('an API that echoes the token does not get it printed', async () => {
    const errors = { authorization: [`Bearer ${TOKEN} is odd`] };
    const { client } = await setUp([{ status: 422, json: { errors } }]);
    expect((await failure(get(client))).message).toContain('Bearer *** is odd');
  });

  test.each([
    ['the token percent-encoded', encodeURIComponent(TOKEN)],
    ['the token in base64', Buffer.from(TOKEN).toString('base64')],
    ['our webhook url', 'https://x.test/webhooks/whatsapp/ehk_hunter2'],
    ['our webhook url, percent-encoded', '%2Fwebhooks%2Fwhatsapp%2Fehk_hunter2'],
    ["somebody's url", 'https://u:hunter2@x.test/?k=hunter2'],
  ])('an API that repeats %s does not get it printed', async (_, said) => {
    const { client } = await setUp([{ status: 422, json: { message: `odd: ${said}` } }]);
    const { message } = await failure(get(client));
    expect(message).toContain('odd: ');
    expect(message).not.toContain(said);
    expect(message).not.toContain('hunter2');
  });
});

describe('transient failures are retried', () => {
  test('5xx and broken connections, GET and PUT alike', async () => {
    const hangUp: Reply = (response) => response.destroy();
    const { client, seen, waits } = await setUp([
      { status: 502, body: '<h1>Bad gateway</h1>' },
      hangUp,
      { json: { instance: INSTANCE } },
      hangUp,
      { status: 503 },
      { json: { status: 'success' } },
    ]);
    expect(await get(client)).toMatchObject({ id: '33' });
    await client.updateWebhook('33', { url: null, events: [] });
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'PUT', 'PUT', 'PUT']);
    expect(waits).toEqual([200, 1_000, 200, 1_000]);
  });

  test('adding and removing a subscription, which may have happened the first time', async () => {
    const { client, seen } = await setUp([
      { status: 502 },
      { status: 200, json: { data: { id: 7 } } },
      (response) => response.destroy(),
      { status: 404 },
    ]);
    expect(await client.addSubscription('33', { url: 'https://x.test/', events: ['qr'] })).toBe(
      '7',
    );
    expect(await client.removeSubscription('33', '7')).toBe(false);
    expect(seen).toHaveLength(4);
  });

  test('fails after three attempts', async () => {
    const { client, seen } = await setUp([{ status: 500, json: { message: 'Server Error' } }]);
    expect(await failure(get(client))).toMatchObject({
      exit: 'vendor',
      code: 'vendor_failing',
      message: expect.stringContaining('500'),
    });
    expect(seen).toHaveLength(3);
  });

  test('429 with a short Retry-After, in seconds or as a date', async () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const { client, waits } = await setUp(
      [
        { status: 429, headers: { 'retry-after': '3' } },
        { status: 429, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' } },
        { json: { instance: INSTANCE } },
      ],
      { now: () => now },
    );
    await get(client);
    expect(waits).toEqual([3_000, 5_000]);
  });

  test('429 with a long Retry-After is left to the caller', async () => {
    const { client, waits } = await setUp([{ status: 429, headers: { 'retry-after': '60' } }]);
    expect(await failure(get(client))).toMatchObject({
      exit: 'rateLimited',
      facts: { retryAfterSeconds: 60 },
      hint: expect.stringContaining('1m'),
    });
    expect(waits).toEqual([]);
  });
});

describe('no answer', () => {
  test('refused', async () => {
    const stub = await vendorStub();
    await stub.close();
    const { client, waits } = clientOf(stub.apiUrl);
    expect(await failure(get(client))).toMatchObject({
      exit: 'vendor',
      code: 'vendor_unreachable',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ refused the connection/),
      hint: expect.stringContaining('API url'),
    });
    expect(waits).toEqual([200, 1_000]);
  });

  test.each<[string, Reply]>([
    ['silence', () => undefined],
    ['half an answer', (response) => response.writeHead(200).write('{"instance":')],
  ])('%s', async (_, reply) => {
    const { client, seen } = await setUp([reply], { timeoutMs: 60 });
    expect(await failure(get(client))).toMatchObject({
      code: 'vendor_unreachable',
      message: expect.stringContaining('did not answer within 60ms'),
    });
    expect(seen).toHaveLength(3);
  });

  test('TLS to a server without TLS', async () => {
    const stub = await vendorStub({ json: {} });
    const { client } = clientOf(stub.apiUrl.replace('http:', 'https:'));
    expect(await failure(get(client))).toMatchObject({
      code: 'vendor_unreachable',
      message: expect.stringContaining('no certificate that can be trusted'),
    });
  });

  test('an abort ends a call at once: before it, during an attempt, between attempts', async () => {
    const silent = new AbortController();
    const { client } = await setUp([() => silent.abort(new Error('enough'))]);
    await expect(client.getInstance('33', silent.signal)).rejects.toThrow('enough');
    await expect(client.getInstance('33', silent.signal)).rejects.toThrow('enough');

    const pausing = new AbortController();
    const failing = await setUp([{ status: 500 }], {
      sleep: async () => pausing.abort(new Error('no more')),
    });
    await expect(failing.client.getInstance('33', pausing.signal)).rejects.toThrow('no more');
    expect(failing.seen).toHaveLength(1);
  });

  test('the real pause between attempts ends with the signal', async () => {
    const stop = new AbortController();
    const { client } = await setUp(
      [
        (response) => {
          response.writeHead(429, { 'retry-after': '5' }).end('{}');
          response.once('close', () => setImmediate(() => stop.abort(new Error('enough'))));
        },
      ],
      { sleep: undefined },
    );
    const start = performance.now();
    await expect(client.getInstance('33', stop.signal)).rejects.toThrow('enough');
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});

describe('proxies', () => {
  async function proxy() {
    const asked: string[] = [];
    const server = createServer();
    server.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    return { asked, url: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test('https goes through HTTPS_PROXY, which a failure names without its password', async () => {
    const { asked, url } = await proxy();
    const env = { HTTPS_PROXY: `http://me:secret@${url}` };
    const { client } = clientOf('https://waapi.test/api/v1', { env });
    const error = await failure(get(client));
    expect(asked[0]).toBe('waapi.test:443');
    expect(error).toMatchObject({ code: 'vendor_unreachable' });
    expect(error.hint).toContain(url);
    expect(error.hint).not.toContain('secret');
  });

  test('not when NO_PROXY says so, and never for http', async () => {
    const { asked, url } = await proxy();
    const local = await vendorStub({ json: { instance: INSTANCE } });
    const env = { HTTPS_PROXY: url, https_proxy: url, NO_PROXY: '127.0.0.1' };
    const direct = clientOf(local.apiUrl.replace('http:', 'https:'), { env });
    expect(await failure(get(direct.client))).toMatchObject({ code: 'vendor_unreachable' });
    const plain = clientOf(local.apiUrl, { env: { HTTPS_PROXY: url } });
    expect(await get(plain.client)).toMatchObject({ id: '33' });
    expect(asked).toEqual([]);
  });

  test('one that is no url is an error of usage', () => {
    expect(() => clientOf('https://waapi.test', { env: { HTTPS_PROXY: 'http://[' } })).toThrowError(
      expect.objectContaining({ exit: 'usage', code: 'invalid_proxy' }),
    );
  });
});
