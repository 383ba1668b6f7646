/** The proof of a url, through proxies that do to a webhook what proxies do, and what is said of each. */

import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { USER_AGENTS } from '../../src/eazewa/request.ts';
import { createProofs, PROOF_PATH } from '../../src/tunnel/proofs.ts';
import { createProver } from '../../src/tunnel/prove.ts';
import { ask, start } from '../receiver/harness.ts';
import type { AppRequest } from '../support/app.ts';
import { app, closedUrl } from '../support/resources.ts';

/** What a proxy does with a request; `pass` sends it on, with this body, and answers with what comes back. */
type Way = (
  request: AppRequest,
  response: ServerResponse,
  pass: (body?: Buffer) => Promise<void>,
) => unknown;

/** A receiver behind a proxy, and proofs through it. */
async function behind(
  way: Way,
  { timeoutMs = 60_000, largeMs = 60_000, signal = new AbortController().signal } = {},
) {
  const proofs = createProofs(randomBytes);
  const receiver = await start({ proofs });
  const localUrl = `http://127.0.0.1:${receiver.port}`;
  const proxy = await app(async (request, response) => {
    const { method, headers, url } = request;
    await way(request, response, async (body = request.body) => {
      const answer = await ask(receiver.port, {
        ...{ method, path: url.replace('/dev', ''), body },
        headers: { 'content-type': headers['content-type'] ?? '' },
      }).catch(() => ({ status: 502, text: '' }));
      response.writeHead(answer.status).end(answer.text);
    });
  });
  const show = () => 'https://x.example';
  const prover = createProver({ proofs, random: randomBytes, localUrl, show, largeMs });
  const prove = (url = proxy.url) => prover(url, timeoutMs, signal);
  return { ...receiver, proxy, prove };
}

test('a proxy that passes everything on: a POST of 500 bytes and one of 200 kB, once for each new url', async () => {
  const { proxy, prove, admitted, rejected } = await behind((_, __, pass) => pass());
  await prove();
  await prove();
  const sizes = () => proxy.requests.map(({ method, body }) => `${method} ${body.length}`);
  expect(sizes()).toEqual(['POST 500', 'POST 200000', 'POST 500']);
  await prove(`${proxy.url}/dev`);
  expect(sizes().slice(3)).toEqual(['POST 500', 'POST 200000']);
  for (const { url, headers, body } of proxy.requests) {
    expect(url).toMatch(new RegExp(`^(/dev)?${PROOF_PATH}[\\w-]{32}$`));
    expect(headers).toMatchObject({
      accept: 'application/json, text/plain, */*',
      'content-type': 'application/json',
      'user-agent': USER_AGENTS.waapi,
      'content-length': String(body.length),
    });
    expect(JSON.parse(body.toString())).toMatchObject({ event: 'proof' });
  }
  // Neither stored nor shown.
  expect(admitted).toEqual([]);
  expect(rejected).toEqual([]);
});

const html = (response: ServerResponse) =>
  void response
    .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    .end('<h1>Log in</h1>');

const ways: [string, Way, string, string, RegExp][] = [
  [
    'refuses POST',
    ({ method }, response, pass) => (method === 'GET' ? pass() : response.writeHead(405).end()),
    'webhooks_not_passed',
    'does not pass webhooks on: a POST is refused (405), and a GET arrives',
    /every POST to http:\/\/127\.0\.0\.1:\d+.*the methods/,
  ],
  [
    'strips bodies',
    (_, __, pass) => pass(Buffer.alloc(0)),
    'webhooks_not_passed',
    'does not pass webhooks on: a POST loses its body on the way, and a GET arrives',
    /body of each request/,
  ],
  [
    'makes bodies larger',
    ({ body }, _, pass) => pass(Buffer.from(body.toString().replace('"data":', '"data": '))),
    'webhooks_not_passed',
    'does not pass webhooks on: a POST has another body when it arrives, and a GET arrives',
    /body of each request/,
  ],
  [
    'changes bodies and leaves their size',
    ({ body }, _, pass) => pass(Buffer.from(body.toString().replace('event', 'EVENT'))),
    'webhooks_not_passed',
    'does not pass webhooks on: a POST has another body when it arrives, and a GET arrives',
    /body of each request/,
  ],
  [
    'caps bodies at 64 kB',
    ({ body }, response, pass) => (body.length > 65_536 ? response.writeHead(413).end() : pass()),
    'webhooks_not_passed',
    'does not pass webhooks on: a POST of 200 kB is refused (413), and one of 500 bytes arrives',
    /client_max_body_size/,
  ],
  [
    'cuts bodies at 64 kB',
    ({ body }, _, pass) => pass(body.subarray(0, 65_536)),
    'webhooks_not_passed',
    'does not pass webhooks on: a POST of 200 kB is cut to 65 kB on the way, and one of 500 bytes arrives',
    /body of each request/,
  ],
  [
    'redirects to https',
    ({ url }, response) =>
      response.writeHead(301, { location: `https://other.example${url}` }).end(),
    'loop_not_proven',
    'does not lead here: a POST is redirected to https://other.example (301)',
    /vendor does not follow redirects/,
  ],
  [
    'redirects POST only, and to nowhere',
    ({ method }, response, pass) =>
      method === 'GET' ? pass() : response.writeHead(307, { location: 'javascript:' }).end(),
    'webhooks_not_passed',
    'does not pass webhooks on: a POST is redirected to another url (307), and a GET arrives',
    /vendor does not follow redirects/,
  ],
  [
    'answers with a login page',
    (_, response) => html(response),
    'loop_not_proven',
    'does not lead here: a POST is answered by a web page',
    /login/,
  ],
  [
    'answers POST by itself',
    ({ method }, response, pass) => (method === 'GET' ? pass() : response.end('ok')),
    'webhooks_not_passed',
    'does not pass webhooks on: a POST is answered by another server, and a GET arrives',
    /every POST/,
  ],
  [
    'answers without end',
    (_, response) => response.end('right'.repeat(1000)),
    'loop_not_proven',
    'does not lead here: a POST is answered by another server',
    /--receiver-port/,
  ],
  [
    'has no server behind it',
    (_, response) => response.writeHead(503).end(),
    'loop_not_proven',
    'does not lead here: a POST is answered with 503',
    /--receiver-port/,
  ],
];

test.each(ways)('a proxy that %s', async (_, way, code, message, hint) => {
  const { prove, admitted, proxy } = await behind(way);
  await expect(prove()).rejects.toMatchObject({
    exit: 'tunnel',
    code,
    message: expect.stringContaining(`https://x.example ${message}`),
    hint: expect.stringMatching(hint),
  });
  expect(proxy.requests.length).toBeLessThanOrEqual(2);
  expect(admitted).toEqual([]);
});

test.each([
  ['offline', 404, 'ERR_NGROK_3200', 'offline: no session serves it (ERR_NGROK_3200)', 'endpoints'],
  ['used up', 402, 'ERR_NGROK_727', 'requests for this month (ERR_NGROK_727)', 'billing'],
  ['a warning page', 200, 'ERR_NGROK_9', 'it answers 200 (ERR_NGROK_9)', 'docs/errors/err_ngrok_9'],
  ['no code', 400, 'ERR_NGROK_9 <b>', 'a POST is refused (400)', '127.0.0.1'],
])('ngrok, %s', async (_, status, code, message, hint) => {
  const { prove } = await behind((_, response) =>
    response.writeHead(status, { 'ngrok-error-code': code }).end(),
  );
  await expect(prove()).rejects.toMatchObject({
    exit: 'tunnel',
    code: 'loop_not_proven',
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });
});

test('a large POST without an answer is told with what passes, and may be tried again', async () => {
  const { prove } = await behind(({ body }, _, pass) => body.length < 1000 && pass(), {
    largeMs: 50,
  });
  await expect(prove()).rejects.toMatchObject({
    code: 'loop_not_proven',
    message: expect.stringContaining(
      'a POST of 200 kB fails (no answer within 0.05 s), and one of 500 bytes arrives',
    ),
  });
});

test('a POST without an answer, where GET passes', async () => {
  const { prove } = await behind(({ method }, _, pass) => method === 'GET' && pass(), {
    timeoutMs: 50,
  });
  await expect(prove()).rejects.toMatchObject({
    code: 'loop_not_proven',
    message: expect.stringContaining('a POST fails (no answer within 0.05 s), and a GET arrives'),
  });
});

test('a proven url that fails later gets one request at a time, and no GET', async () => {
  let isUp = true;
  const { proxy, prove } = await behind((_, response, pass) =>
    isUp ? pass() : response.writeHead(405).end(),
  );
  await prove();
  isUp = false;
  await expect(prove()).rejects.toThrow('does not lead here: a POST is refused (405)');
  expect(proxy.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST']);
});

test('an abort ends a proof at once, whatever its timeout', async () => {
  const stop = new AbortController();
  const { prove } = await behind(() => stop.abort(new Error('not wanted')), {
    signal: stop.signal,
  });
  await expect(prove()).rejects.toThrow('not wanted');
});

test('a url that nothing listens on', async () => {
  const { prove } = await behind(() => {});
  await expect(prove(await closedUrl())).rejects.toThrow('a POST fails (connect ECONNREFUSED');
});
