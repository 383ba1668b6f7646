import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ask, BODY, PATH, start, wire } from './harness.ts';

test.each([
  ['gzip', gzipSync(BODY)],
  ['deflate', deflateSync(BODY)],
  ['br', brotliCompressSync(BODY)],
])('a body in %s is accepted, read decoded and handed over as it came', async (coding, body) => {
  const { port, admitted } = await start();
  for (const chunked of [true, false]) {
    const headers = { 'content-encoding': coding };
    expect(await ask(port, { body, chunked, headers })).toMatchObject({ status: 200 });
  }
  for (const { received } of admitted) {
    expect(received.webhook).toMatchObject({ event: 'message', instanceId: '33' });
    expect(received.body.equals(body)).toBe(true);
    expect(received.headers.join(' ')).toContain(`content-encoding ${coding}`);
  }
  expect(admitted).toHaveLength(2);
});

test.each(['utf-8', 'gzip', 'gzip, zstd', ''])(
  'a webhook that is not encoded is accepted with the Content-Encoding %j',
  async (coding) => {
    const { port, admitted } = await start();
    const headers = { 'content-encoding': coding };
    expect(await ask(port, { headers })).toMatchObject({ status: 200 });
    expect(admitted[0]?.received.webhook).toMatchObject({ event: 'message', instanceId: '33' });
  },
);

test.each([
  [
    'a coding that is not known',
    'zstd',
    'compressed',
    415,
    'a Content-Encoding other than gzip, deflate, br',
  ],
  ['a damaged body', 'gzip', 'damaged', 400, 'a body that its Content-Encoding does not decode'],
  [
    'a bomb',
    'gzip',
    gzipSync(Buffer.alloc(64 * 1024 * 1024 + 1), { level: 1 }),
    413,
    'a body over 64 MiB when decoded',
  ],
  [
    'an event of another instance',
    'gzip',
    gzipSync('{"event":"message","instanceId":34}'),
    401,
    'an event of another instance',
  ],
])('%s is refused', async (_, coding, body, status, reason) => {
  const { port, admitted, rejected } = await start();
  const answer = await ask(port, { body, headers: { 'content-encoding': coding } });
  expect(answer.status).toBe(status);
  expect(answer.headers['accept-encoding']).toBe(status === 415 ? 'gzip, deflate, br' : undefined);
  expect(rejected).toEqual([{ status, reason, size: Buffer.byteLength(body) }]);
  expect(admitted).toEqual([]);
});

test('a target that is a whole url is read by its path', async () => {
  const { port, admitted } = await start();
  const targets: [string, string, number][] = [
    ['POST', `http://localhost:1${PATH}?a=/b`, 200],
    ['POST', `HTTPS://[::1]${PATH}`, 200],
    ['POST', `http://localhost${PATH}x`, 401],
    ['POST', 'http://localhost', 404],
    ['POST', `http://localhost?${PATH}`, 404],
    ['POST', `ftp://localhost${PATH}`, 404],
    ['GET', `http://localhost${PATH}`, 200],
    ['OPTIONS', '*', 404],
  ];
  for (const [method, target, status] of targets) {
    const line = await wire(port);
    const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\n`;
    line.send(
      method === 'POST' ? `${head}Content-Length: ${BODY.length}\r\n\r\n${BODY}` : `${head}\r\n`,
    );
    await line.said(`HTTP/1.1 ${status} `);
  }
  expect(admitted).toHaveLength(2);
});
