import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createDeliverer, type Deliverer } from '../../src/delivery/deliver.ts';
import { forwardedHeaders } from '../../src/delivery/headers.ts';
import { startApp } from '../support/app.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function deliverer(options = {}): Deliverer {
  const made = createDeliverer(options);
  cleanups.push(() => made.close());
  return made;
}

/** A server on the level of bytes: what HTTP servers do only when they die. */
async function rawServer(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    cleanups.push(() => socket.destroy());
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

test('sends the exact bytes and the headers in their order and case', async () => {
  const app = await startApp();
  cleanups.push(app.close);
  const body = Buffer.from('{"a" : "\u{1F600}\\u0000",\n "b":1.0}');
  const headers = ['Content-Type', 'application/json', 'X-One', '1', 'x-two', '2', 'X-One', '3'];
  const outcome = await deliverer().deliver({
    url: `${app.url}/p?q=1`,
    headers,
    body,
    timeoutMs: 5000,
  });
  expect(outcome).toMatchObject({ kind: 'answered', status: 200 });
  expect(app.requests[0]?.body.equals(body)).toBe(true);
  expect(app.requests[0]?.url).toBe('/p?q=1');
  const kept = forwardedHeaders(app.requests[0]?.rawHeaders ?? [], []);
  expect(kept).toEqual(headers);
});

test('gives back status, headers and the first 64 kB of the answer', async () => {
  const app = await startApp((_, response) => {
    response.writeHead(503, { 'X-Why': 'tired' });
    response.end(Buffer.alloc(300_000, 'x'));
  });
  cleanups.push(app.close);
  const outcome = await deliverer().deliver({
    url: app.url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5000,
  });
  if (outcome.kind !== 'answered') throw new Error(outcome.error);
  expect(outcome.status).toBe(503);
  expect(outcome.body.length).toBe(65536);
  expect(outcome.headers[outcome.headers.indexOf('X-Why') + 1]).toBe('tired');
});

test('follows no redirect', async () => {
  const app = await startApp((_, response) => {
    response.writeHead(302, { location: '/elsewhere' });
    response.end();
  });
  cleanups.push(app.close);
  const outcome = await deliverer().deliver({
    url: app.url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5000,
  });
  expect(outcome).toMatchObject({ kind: 'answered', status: 302 });
  expect(app.requests).toHaveLength(1);
});

test('a refused connection is unsent', async () => {
  const app = await startApp();
  await app.close();
  const outcome = await deliverer().deliver({
    url: app.url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5000,
  });
  expect(outcome).toMatchObject({ kind: 'unsent', error: 'connection refused' });
});

test('a host that does not exist is unsent', async () => {
  const outcome = await deliverer().deliver({
    url: 'http://no-such-host.invalid/',
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5000,
  });
  expect(outcome.kind).toBe('unsent');
});

test('a connection that is closed after the request is silent, and nothing is sent again', async () => {
  let connections = 0;
  const url = await rawServer((socket) => {
    connections++;
    socket.once('data', () => socket.resetAndDestroy());
  });
  const outcome = await deliverer().deliver({
    url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5000,
  });
  expect(outcome.kind).toBe('silent');
  expect(connections).toBe(1);
});

test('a target that never answers is silent after the time-out', async () => {
  const url = await rawServer(() => {});
  const outcome = await deliverer().deliver({
    url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 150,
  });
  expect(outcome).toMatchObject({ kind: 'silent', error: 'no answer within 0.15 s' });
});

test('what is given up before it was written is unsent, after it silent', async () => {
  const url = await rawServer((socket) => socket.once('data', () => stop.abort()));
  const stop = new AbortController();
  const request = {
    url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5000,
    signal: stop.signal,
  };
  expect((await deliverer().deliver(request)).kind).toBe('silent');
  expect((await deliverer().deliver(request)).kind).toBe('unsent');
});

test('an answer that is no HTTP is silent', async () => {
  const url = await rawServer((socket) => socket.once('data', () => socket.end('garbage\r\n\r\n')));
  const outcome = await deliverer().deliver({
    url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5000,
  });
  expect(outcome.kind).toBe('silent');
});

test('user and password of a target become an authorization header', async () => {
  const app = await startApp();
  cleanups.push(app.close);
  const url = app.url.replace('http://', 'http://me:p%40ss@');
  await deliverer().deliver({ url, headers: [], body: Buffer.from('{}'), timeoutMs: 5000 });
  expect(app.requests[0]?.headers.authorization).toBe(`Basic ${btoa('me:p@ss')}`);
});

test('leaves out what belongs to one connection, and replaces what is added', () => {
  const received = [
    'Host',
    'a',
    'Connection',
    'close, X-Hop',
    'X-Hop',
    '1',
    'Content-Length',
    '2',
    'Authorization',
    'old',
    'User-Agent',
    'WaAPI',
    'Expect',
    '100-continue',
  ];
  expect(forwardedHeaders(received, ['authorization', 'new'])).toEqual([
    'User-Agent',
    'WaAPI',
    'authorization',
    'new',
  ]);
});
