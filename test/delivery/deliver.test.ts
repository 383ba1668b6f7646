import { describe, expect, onTestFinished, test } from 'vitest';
import { createDeliverer, type Deliverer } from '../../src/delivery/deliver.ts';
import { forwardedHeaders } from '../../src/delivery/headers.ts';
import { app, tcpServer } from '../support/resources.ts';
import { until } from '../support/until.ts';

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
  expect(outcome).toMatchObject({
    kind: 'unsent',
    error: expect.stringMatching(/^connection refused: check/),
  });
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
  expect(outcome).toMatchObject({
    kind: 'silent',
    error: expect.stringMatching(/^no answer within 0.15 s: /),
  });
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

describe('a connection', () => {
  const request = (url: string, isMoreWaiting?: () => boolean) => ({
    ...{ url, headers: [], body: Buffer.from('{}'), timeoutMs: 5000 },
    ...(isMoreWaiting && { isMoreWaiting }),
  });

  /** An app that closes each connection that is idle for `idleMs`; null leaves them open. */
  async function idleApp(idleMs: number | null) {
    const seen = { connections: 0, open: 0, requests: 0 };
    const { url } = await tcpServer((socket) => {
      let timer: NodeJS.Timeout | undefined;
      seen.connections++;
      seen.open++;
      socket.on('close', () => seen.open--).on('error', () => {});
      socket.on('data', (chunk) => {
        clearTimeout(timer);
        if (!chunk.toString().endsWith('{}')) return;
        seen.requests++;
        socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok');
        if (idleMs !== null) timer = setTimeout(() => socket.destroy(), idleMs);
      });
    });
    return { url, seen };
  }

  test.each([3, 5, 10])(
    'of an app that closes idle ones after %d ms loses no event, and none is sent twice',
    async (ms) => {
      const { url, seen } = await idleApp(ms);
      const one = deliverer({ probeMs: 200 });
      const kinds = new Set<string>();
      for (let i = 0; i < 75; i++) {
        // The requests come at every age of an idle connection, and also while others are under way.
        const gap = (i % 15) * (ms / 10);
        if (gap > 0) await new Promise((resolve) => setTimeout(resolve, gap));
        const pair = [one.deliver(request(url, () => true)), one.deliver(request(url))];
        for (const { kind } of await Promise.all(pair)) kinds.add(kind);
      }
      expect([...kinds]).toEqual(['answered']);
      expect(seen.requests).toBe(150);
    },
  );

  test('is used again for a request that waits, once the app has left an idle one open', async () => {
    const { url, seen } = await idleApp(null);
    const one = deliverer({ probeMs: 50 });
    await one.deliver(request(url));
    expect(seen.open).toBe(1);
    await until(() => seen.open === 0);
    await one.deliver(request(url, () => true));
    const before = seen.connections;
    for (let i = 0; i < 20; i++) await one.deliver(request(url, () => i < 19));
    // A busy machine may come too late for a held connection once.
    expect(seen.connections).toBeLessThan(before + 3);
  });

  test('is not used again for a request that did not wait', async () => {
    const { url, seen } = await idleApp(null);
    const one = deliverer({ probeMs: 50 });
    await one.deliver(request(url));
    await until(() => seen.open === 0);
    for (let i = 0; i < 5; i++) await one.deliver(request(url));
    expect(seen.connections).toBe(6);
  });

  test('that the app closes while it is held carries nothing more', async () => {
    const { url, seen } = await idleApp(null);
    const one = deliverer({ probeMs: 50 });
    await one.deliver(request(url));
    await until(() => seen.open === 0);
    const { url: closing, seen: closed } = await idleApp(1);
    await one.deliver(request(closing, () => true));
    await until(() => closed.open === 0);
    expect((await one.deliver(request(closing))).kind).toBe('answered');
    expect(closed.connections).toBe(2);
  });

  test('whose answer has bytes after its end carries nothing more', async () => {
    let requests = 0;
    let open = 0;
    const { url } = await tcpServer((socket) => {
      open++;
      socket.on('close', () => open--);
      socket.on('data', () => {
        requests++;
        const more = requests > 4 && requests % 3 === 0 ? 'more' : '';
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${more}`);
      });
    });
    const one = deliverer({ probeMs: 50 });
    await one.deliver(request(url));
    // The app has left an idle connection open: others may be used again from now on.
    await until(() => open === 0);
    const kinds = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const made = await one.deliver({ ...request(url, () => true), timeoutMs: 1000 });
      kinds.add(made.kind);
    }
    expect([...kinds]).toEqual(['answered']);
    expect(requests).toBe(21);
  });

  test('is given to the next request where the most are open', async () => {
    const { url, seen } = await idleApp(null);
    const one = deliverer({ connections: 2, probeMs: 50 });
    const results = await Promise.all(Array.from({ length: 12 }, () => one.deliver(request(url))));
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['answered']));
    expect(seen.requests).toBe(12);
    await until(() => seen.open === 0);
    expect(seen.open).toBe(0);
  });

  test('whose app answers and does not read the rest of the request is closed after the time-out', async () => {
    let open = 0;
    const { url } = await tcpServer((socket) => {
      open++;
      socket.on('close', () => open--).on('error', () => {});
      socket.once('readable', () => {
        socket.read(1000);
        socket.write('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n');
      });
    });
    const one = deliverer({ connections: 1 });
    const large = { ...request(url), body: Buffer.alloc(32 * 1024 * 1024), timeoutMs: 300 };
    expect(await one.deliver(large)).toMatchObject({ kind: 'answered', status: 413 });
    const next = { ...request(url), timeoutMs: 5000 };
    expect(await one.deliver(next)).toMatchObject({ kind: 'answered', status: 413 });
  });

  test('whose app answers before it reads the request brings all of the request', async () => {
    let read = 0;
    const { url } = await tcpServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      const readOn = (chunk: Buffer) => {
        read += chunk.length;
      };
      setTimeout(() => socket.on('data', readOn), 100);
    });
    const large = { ...request(url), body: Buffer.alloc(32 * 1024 * 1024) };
    expect(await deliverer().deliver(large)).toMatchObject({ kind: 'answered', status: 200 });
    await until(() => read > large.body.length);
  });

  test('that is aborted while it carries a second request is closed', async () => {
    let answered = 0;
    const { url } = await tcpServer((socket) => {
      socket.on('data', () => {
        answered++;
        if (answered < 3) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        else stop.abort();
      });
      socket.on('close', () => closed++);
    });
    let closed = 0;
    const stop = new AbortController();
    const one = deliverer({ probeMs: 50 });
    await one.deliver(request(url));
    await until(() => closed === 1);
    await one.deliver(request(url, () => true));
    expect((await one.deliver({ ...request(url), signal: stop.signal })).kind).toBe('silent');
    await until(() => closed === 2);
  });
});

test('many deliveries share a signal without a warning', async () => {
  const target = await app();
  const warnings: string[] = [];
  const warned = ({ name }: Error) => void warnings.push(name);
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const { signal } = new AbortController();
  const one = deliverer();
  const request = { url: target.url, headers: [], body: Buffer.from('{}'), timeoutMs: 5000 };
  await Promise.all(Array.from({ length: 30 }, () => one.deliver({ ...request, signal })));
  await new Promise(setImmediate);
  expect(warnings).toEqual([]);
});

test('closing ends what is under way and what waits for a connection', async () => {
  const { url } = await tcpServer();
  const one = createDeliverer({ connections: 1 });
  const request = { url, headers: [], body: Buffer.from('{}'), timeoutMs: 60_000 };
  const both = [one.deliver(request), one.deliver(request)];
  await new Promise(setImmediate);
  await one.close();
  for (const { kind } of await Promise.all(both)) expect(kind).not.toBe('answered');
});
