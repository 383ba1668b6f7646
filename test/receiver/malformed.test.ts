import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { ask, BODY, head, PATH, type Started, start, wire } from './harness.ts';

const whole = head([`Content-Length: ${BODY.length}`]) + BODY;
const expectAlive = async ({ port }: Started) => expect((await ask(port)).status).toBe(200);

describe('a malformed request', () => {
  const garbage: [string, string | Uint8Array, string][] = [
    ['text', 'hello?\r\n\r\n', 'Invalid method'],
    ['bytes', Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x00, 0x0d, 0x0a]), 'Invalid method'],
    ['an HTTP version of tomorrow', `POST ${PATH} HTTP/9.9\r\nHost: x\r\n\r\n`, 'version'],
    ['two lengths', head(['Content-Length: 5', 'Content-Length: 6']), 'Content-Length'],
    ['a length that is no number', head(['Content-Length: 0x10']), 'Content-Length'],
    [
      'a length and chunks',
      head(['Content-Length: 5', 'Transfer-Encoding: chunked']),
      'Transfer-Encoding',
    ],
    ['a chunk of no size', `${head(['Transfer-Encoding: chunked'])}zz\r\n`, 'chunk size'],
    ['a header without a name', head([': x']), 'header'],
  ];
  test.each(garbage)('%s is answered 400, closed and told', async (_, bytes, why) => {
    const started = await start();
    const line = await wire(started.port);
    line.send(bytes);
    await line.said(/^HTTP\/1\.1 400 /);
    await line.closed();
    expect(started.rejected).toEqual([
      {
        status: 400,
        reason: expect.stringMatching(new RegExp(`^malformed HTTP: .*${why}`)),
        size: 0,
      },
    ]);
    expect(started.admitted).toEqual([]);
    await expectAlive(started);
  });

  test('headers over 32 KiB are answered 431 and told', async () => {
    const started = await start();
    const line = await wire(started.port);
    line.send(head([`X-Large: ${'x'.repeat(40 * 1024)}`]));
    await line.said(/^HTTP\/1\.1 431 /);
    expect(started.rejected).toEqual([{ status: 431, reason: 'headers over 32 KiB', size: 0 }]);
    await expectAlive(started);
  });

  test('what follows an answer that ended its connection is not told', async () => {
    const started = await start();
    const line = await wire(started.port);
    line.send(head([`X-Large: ${'x'.repeat(400 * 1024)}`]));
    await line.closed();
    expect(started.rejected).toHaveLength(1);
  });

  test('3,000 headers within 32 KiB are stored, each of them', async () => {
    const { port, admitted } = await start();
    const line = await wire(port);
    line.send(head([...Array(3000).fill('a: 1'), `Content-Length: ${BODY.length}`]) + BODY);
    await line.said('200 OK');
    expect(admitted[0]?.received.headers).toHaveLength(2 * 3002);
  });

  test.each([
    [
      'an unknown Expect',
      head(['Expect: a-miracle', 'Content-Length: 0']),
      417,
      'an unknown Expect header',
    ],
    ['no Host', `POST ${PATH} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`, 400, 'no Host header'],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'the method CONNECT'],
  ])('%s is refused and told', async (_, bytes, status, reason) => {
    const started = await start();
    const line = await wire(started.port);
    line.send(bytes);
    await line.said(`HTTP/1.1 ${status} `);
    expect(started.rejected).toEqual([{ status, reason, size: 0 }]);
    await expectAlive(started);
  });

  test('an upgrade that is asked for is ignored, as HTTP allows', async () => {
    const { port } = await start();
    const line = await wire(port);
    const asked = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMA'];
    line.send(head([...asked, `Content-Length: ${BODY.length}`]) + BODY);
    await line.said('HTTP/1.1 200 OK');
  });

  test('is no answer to the request before it, which stays unanswered and is sent again', async () => {
    const started = await start({ hold: true });
    const line = await wire(started.port);
    line.send(`${whole}hello?\r\n\r\n`);
    await line.closed();
    expect(line.text()).toBe('');
    expect(started.rejected).toMatchObject([{ status: null }]);
    await until(() => started.admitted[0]?.givenUp());
  });

  test('is answered after a request that has its answer', async () => {
    const started = await start();
    const line = await wire(started.port);
    line.send(whole);
    await line.said('200 OK');
    line.send('hello?\r\n\r\n');
    await line.said(/ok(HTTP\/1\.1 400 )/);
    expect(started.rejected).toMatchObject([{ status: 400 }]);
  });
});

describe('a request that breaks off', () => {
  const parts: [string, string][] = [
    ['in a body of a declared length', `${head(['Content-Length: 100'])}{`],
    ['in a chunk', `${head(['Transfer-Encoding: chunked'])}9\r\n{`],
    ['between two chunks', `${head(['Transfer-Encoding: chunked'])}1\r\n{\r\n`],
    ['before its body', head(['Content-Length: 100'])],
    ['in its headers', head([]).slice(0, -2)],
    ['in its first line', 'POST /webh'],
    ['after a request that was answered', `${whole}POST /webh`],
  ];
  test.each(parts)('%s gets no answer, and is told', async (_, bytes) => {
    const started = await start();
    const line = await wire(started.port);
    line.send(bytes);
    const answered = bytes.startsWith(whole);
    if (answered) await line.said('200 OK');
    else await ask(started.port, { method: 'GET' });
    line.socket.end();
    await line.closed();
    expect(line.text()).not.toContain('400');
    await until(() => started.rejected.length > 0);
    expect(started.rejected).toEqual([{ status: null, reason: 'the request broke off', size: 0 }]);
    expect(started.admitted).toHaveLength(answered ? 1 : 0);
  });

  test('by a reset is told as well', async () => {
    const started = await start();
    const line = await wire(started.port);
    line.send(`${head(['Content-Length: 100'])}{`);
    await ask(started.port, { method: 'GET' });
    line.socket.resetAndDestroy();
    await until(() => started.rejected.length > 0);
    expect(started.rejected).toMatchObject([{ status: null, reason: 'the request broke off' }]);
  });

  test('is none where the connection ends between two requests', async () => {
    const started = await start();
    for (const end of ['end', 'resetAndDestroy', 'destroy'] as const) {
      const [unused, used] = [await wire(started.port), await wire(started.port)];
      used.send(whole);
      await used.said('200 OK');
      for (const { socket } of [unused, used]) socket[end]();
    }
    for (let i = 0; i < 3; i++) await expectAlive(started);
    expect([started.rejected, started.closed]).toEqual([[], []]);
  });
});
