import { expect, onTestFinished, test } from 'vitest';
import { createDeliverer, type Deliverer } from '../../src/delivery/deliver.ts';
import { forwardedHeaders } from '../../src/delivery/headers.ts';
import { app, tcpServer } from '../support/resources.ts';

function deliverer(options = {}): Deliverer {
  const made = createDeliverer(options);
  onTestFinished(() => made.close());
  return made;
}

test('sends the exact bytes and the headers in their order and case', async () => {
  const target = await app();
  const body = Buffer.from('{"a" : "\u{1F600}\\u0000",\n "b":1.0}');
  const headers = ['Content-Type', 'application/json', 'X-One', '1', 'x-two', '2', 'X-One', '3'];
  const outcome = await deliverer().deliver({
    url: `${target.url}/p?q=1`,
    headers,
    body,
    timeoutMs: 5000,
  });
  expect(outcome).toMatchObject({ kind: 'answered', status: 200 });
  expect(target.requests[0]?.body.equals(body)).toBe(true);
  expect(target.requests[0]?.url).toBe('/p?q=1');
  const kept = forwardedHeaders(target.requests[0]?.rawHeaders ?? [], []);
  expect(kept).toEqual(headers);
});

test('returns status, headers and the first 64 kB of the answer', async () => {
  const target = await app((_, response) => {
    response.writeHead(503, { 'X-Why': 'tired' });
    response.end(Buffer.alloc(300_000, 'x'));
  });
  const outcome = await deliverer().deliver({
    url: target.url,
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
  const target = await app((_, response) => {
    response.writeHead(302, { location: '/elsewhere' });
    response.end();
  });
  const outcome = await deliverer().deliver({
    url: target.url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5000,
  });
  expect(outcome).toMatchObject({ kind: 'answered', status: 302 });
  expect(target.requests).toHaveLength(1);
});

test('a refused connection is unsent', async () => {
  const target = await app();
  await target.close();
  const outcome = await deliverer().deliver({
    url: target.url,
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
  const { url } = await tcpServer((socket) => {
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
  const { url } = await tcpServer();
  const outcome = await deliverer().deliver({
    url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 150,
  });
  expect(outcome).toMatchObject({ kind: 'silent', error: 'no answer within 0.15 s' });
});

test('what is given up before it was written is unsent, after it silent', async () => {
  const { url } = await tcpServer((socket) => socket.once('data', () => stop.abort()));
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
  const { url } = await tcpServer((socket) =>
    socket.once('data', () => socket.end('garbage\r\n\r\n')),
  );
  const outcome = await deliverer().deliver({
    url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5000,
  });
  expect(outcome.kind).toBe('silent');
});

test('user and password of a target become an authorization header', async () => {
  const target = await app();
  const url = target.url.replace('http://', 'http://me:p%40ss@');
  await deliverer().deliver({ url, headers: [], body: Buffer.from('{}'), timeoutMs: 5000 });
  expect(target.requests[0]?.headers.authorization).toBe(`Basic ${btoa('me:p@ss')}`);
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
