import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { LARGEST_BODY } from '../../src/eazewa/request.ts';
import { CliError } from '../../src/errors.ts';
import { startReceiver } from '../../src/receiver/receiver.ts';
import { createProofs } from '../../src/tunnel/proofs.ts';
import { until } from '../support/until.ts';
import { type Ask, ask, BODY, head, PATH, PATH_TOKEN, start, wire } from './harness.ts';

const json = (value: unknown) => JSON.stringify(value);
const OTHER = '/webhooks/whatsapp/another-token';

describe('refused', () => {
  const refused: [string, Ask, number, string][] = [
    ['the root', { path: '/' }, 404, 'no such path'],
    ['the webhook path without a token', { path: '/webhooks/whatsapp/' }, 404, 'no such path'],
    ['a path below the token', { path: `${PATH}/x` }, 404, 'no such path'],
    ['another path with the right token', { path: `/x/${PATH_TOKEN}` }, 404, 'no such path'],
    ['a wrong path token', { path: OTHER }, 401, 'a wrong path token'],
    ['a path token cut short', { path: PATH.slice(0, -1) }, 401, 'a wrong path token'],
    [
      'a path token in another case',
      { path: PATH.toUpperCase().replace('/WEBHOOKS/WHATSAPP', '/webhooks/whatsapp') },
      401,
      'a wrong path token',
    ],
    ['GET with a wrong path token', { method: 'GET', path: OTHER }, 401, 'a wrong path token'],
    [
      'DELETE with a wrong path token',
      { method: 'DELETE', path: OTHER },
      401,
      'a wrong path token',
    ],
    ['PUT', { method: 'PUT', body: BODY }, 405, 'the method PUT'],
    ['DELETE', { method: 'DELETE' }, 405, 'the method DELETE'],
    ['HEAD', { method: 'HEAD' }, 405, 'the method HEAD'],
    ['no body', { body: '' }, 400, 'the body is not a JSON object'],
    ['a body that is no JSON', { body: 'event=message' }, 400, 'the body is not a JSON object'],
    ['half of a JSON body', { body: BODY.slice(0, -1) }, 400, 'the body is not a JSON object'],
    ['an array', { body: '[]' }, 400, 'the body is not a JSON object'],
    ['null', { body: 'null' }, 400, 'the body is not a JSON object'],
    ['a string', { body: '"message"' }, 400, 'the body is not a JSON object'],
    ['no event', { body: json({ instanceId: '33' }) }, 400, 'the body has no event'],
    ['an event that is no string', { body: json({ event: 1 }) }, 400, 'the body has no event'],
    ['an empty event', { body: json({ event: '' }) }, 400, 'the body has no event'],
    [
      'an event in the prototype only',
      { body: '{"__proto__":{"event":"message"}}' },
      400,
      'the body has no event',
    ],
    [
      'another instance as a string',
      { body: json({ event: 'message', instanceId: '34' }) },
      401,
      'an event of another instance',
    ],
    [
      'another instance as a number',
      { body: json({ event: 'message', instanceId: 34 }) },
      401,
      'an event of another instance',
    ],
  ];
  test.each(refused)('%s is refused', async (_, what, status, reason) => {
    const { port, admitted, rejected } = await start();
    const answer = await ask(port, what);
    expect(answer.status).toBe(status);
    if (what.method !== 'HEAD') expect(answer.text).toBe(`${reason}\n`);
    expect(rejected).toMatchObject([{ status, reason }]);
    expect(admitted).toEqual([]);
  });

  test('a method that is not allowed gets the list of those that are', async () => {
    const { port } = await start();
    expect((await ask(port, { method: 'PATCH' })).headers.allow).toBe('GET, POST');
  });

  test('the size of a refused body is reported', async () => {
    const { port, rejected } = await start();
    await ask(port, { path: OTHER, body: 'x'.repeat(1234) });
    await ask(port, { body: 'x'.repeat(99) });
    expect(rejected.map(({ size }) => size)).toEqual([1234, 99]);
  });

  test('a wrong path token is refused before a byte of a 60 MiB body is sent', async () => {
    const { port } = await start();
    const line = await wire(port);
    line.send(head([`Content-Length: ${60 * 1024 * 1024}`], OTHER));
    await line.said(/^HTTP\/1\.1 401 /);
  });

  test('a body with a declared length of 64 MiB and a byte is refused before it is sent', async () => {
    const { port, rejected } = await start();
    const line = await wire(port);
    line.send(head([`Content-Length: ${LARGEST_BODY + 1}`]));
    await line.said(/^HTTP\/1\.1 413 /);
    expect(rejected).toEqual([
      { status: 413, reason: 'a body over 64 MiB', size: LARGEST_BODY + 1 },
    ]);
  });

  test('a chunked body is refused at its first byte over 64 MiB', async () => {
    const { port, rejected } = await start();
    const line = await wire(port);
    line.send(head(['Transfer-Encoding: chunked']));
    const chunk = Buffer.alloc(LARGEST_BODY / 16, 'x');
    for (let sent = 0; sent < LARGEST_BODY; sent += chunk.length) {
      line.send(`${chunk.length.toString(16)}\r\n`);
      line.send(chunk);
      line.send('\r\n');
    }
    await until(() => line.socket.writableLength === 0, 'all of it to be taken');
    expect(line.text()).toBe('');
    line.send('1\r\nx\r\n');
    await line.said(/^HTTP\/1\.1 413 /);
    expect(rejected).toEqual([{ status: 413, reason: 'a body over 64 MiB', size: LARGEST_BODY }]);
    line.send('0\r\n\r\n');
    expect((await ask(port)).status).toBe(200);
  });

  test('with Expect, a refusal comes without a 100 Continue', async () => {
    const { port } = await start();
    const line = await wire(port);
    line.send(head(['Expect: 100-continue', 'Content-Length: 10'], OTHER));
    await line.said(/^HTTP\/1\.1 401 /);
  });
});

describe('accepted', () => {
  const accepted: [string, string, readonly string[]][] = [
    ['a plain event', BODY, []],
    ['the instance as a number', json({ event: 'message', instanceId: 33, data: {} }), []],
    ['no instance', json({ event: 'message', data: {} }), ['no instanceId']],
    ['a null instance', json({ event: 'message', instanceId: null, data: {} }), ['no instanceId']],
    [
      'an instance of another type',
      json({ event: 'message', instanceId: [33], data: {} }),
      ['no instanceId'],
    ],
    [
      'an unknown event',
      json({ event: 'brand_new', instanceId: '33', data: {} }),
      ["an event that is not in the vendor's list"],
    ],
    [
      'an event named like a method',
      json({ event: 'constructor', instanceId: '33' }),
      ["an event that is not in the vendor's list"],
    ],
    [
      'an event called __proto__',
      '{"event":"__proto__","instanceId":"33"}',
      ["an event that is not in the vendor's list"],
    ],
    ['an unlisted event', json({ event: 'presence_update', instanceId: '33', data: {} }), []],
    ['an event that needs no data', json({ event: 'ready', instanceId: '33' }), []],
    [
      'no data where there should be some',
      json({ event: 'message', instanceId: '33' }),
      ['no data'],
    ],
    ['null as data', json({ event: 'message', instanceId: '33', data: null }), ['no data']],
    [
      'a list as data',
      json({ event: 'message', instanceId: '33', data: [1] }),
      ['data is not an object'],
    ],
    [
      'a string as data',
      json({ event: 'ready', instanceId: '33', data: 'x' }),
      ['data is not an object'],
    ],
    [
      'odd shapes inside',
      json({ event: 'message', instanceId: '33', data: { message: [null] } }),
      [],
    ],
    [
      'a body with __proto__',
      '{"event":"message","instanceId":"33","data":{"__proto__":{"x":1}}}',
      [],
    ],
    [
      'twice the same key',
      '{"event":"qr","event":"message","instanceId":"34","instanceId":"33","data":{}}',
      [],
    ],
    ['an empty instance', json({ event: 'ready', instanceId: '' }), ['no instanceId']],
    ['a byte order mark', `\u{feff}${BODY}`, []],
    ['white space around', `\r\n\t ${BODY} \n`, []],
    ['extra keys', json({ event: 'message', instanceId: '33', data: {}, more: { a: 1 } }), []],
  ];
  test.each(accepted)('%s is accepted', async (_, body, issues) => {
    const { port, admitted, rejected } = await start();
    expect(await ask(port, { body })).toMatchObject({ status: 200, text: 'ok' });
    expect(rejected).toEqual([]);
    // What deviates inside `data` is the catalogue's to say.
    const { issues: noted = [] } = admitted[0]?.received.webhook ?? {};
    expect(noted.filter((issue) => !issue.startsWith('data.'))).toEqual(issues);
    expect(admitted[0]?.received.body.equals(Buffer.from(body))).toBe(true);
  });

  test('text that is not UTF-8 is accepted with its exact bytes', async () => {
    const { port, admitted } = await start();
    const body = Buffer.concat([
      Buffer.from('{"event":"message","instanceId":"33","data":{"x":"'),
      Buffer.from([0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
      Buffer.from('"}}'),
    ]);
    expect((await ask(port, { body })).status).toBe(200);
    expect(admitted[0]?.received.body.equals(body)).toBe(true);
  });

  test('JSON that is nested a million deep is accepted', async () => {
    const { port, admitted } = await start();
    const deep = 1_000_000;
    const body = `{"event":"message","instanceId":"33","data":{"x":${'['.repeat(deep)}${']'.repeat(deep)}}}`;
    expect((await ask(port, { body })).status).toBe(200);
    expect(admitted[0]?.received.body.length).toBe(body.length);
  });

  test('a query after the path token is ignored', async () => {
    const { port, admitted } = await start();
    expect((await ask(port, { path: `${PATH}?token=x&a=/b` })).status).toBe(200);
    expect(admitted).toHaveLength(1);
    expect((await ask(port, { path: `${OTHER}?${PATH_TOKEN}` })).status).toBe(401);
  });

  test('GET with the right path token is answered, and is no event', async () => {
    const { port, admitted, rejected } = await start();
    for (const path of [PATH, `${PATH}?x`]) {
      expect(await ask(port, { method: 'GET', path })).toMatchObject({ status: 200, text: 'ok' });
    }
    expect([admitted, rejected]).toEqual([[], []]);
  });

  test('each of several path tokens is accepted, and no other', async () => {
    const { port, admitted } = await start({ pathTokens: [PATH_TOKEN, 'another-token'] });
    expect((await ask(port)).status).toBe(200);
    expect((await ask(port, { path: OTHER })).status).toBe(200);
    expect((await ask(port, { path: `${OTHER}2` })).status).toBe(401);
    expect(admitted).toHaveLength(2);
  });

  test('a body of exactly 64 MiB is accepted to its last byte', async () => {
    const { port, admitted } = await start();
    const frame = '{"event":"message","instanceId":"33","data":{"x":""}}';
    const body = Buffer.alloc(LARGEST_BODY, 'A');
    body.write(frame.slice(0, -3));
    body.write(frame.slice(-3), LARGEST_BODY - 3);
    expect((await ask(port, { body })).status).toBe(200);
    expect((await ask(port, { body, chunked: true })).status).toBe(200);
    for (const { received } of admitted) expect(received.body.equals(body)).toBe(true);
    expect(admitted).toHaveLength(2);
  });

  test('with Expect, the 100 Continue comes after the path token was checked', async () => {
    const { port, admitted } = await start();
    const line = await wire(port);
    line.send(head(['Expect: 100-continue', `Content-Length: ${BODY.length}`]));
    await line.said('HTTP/1.1 100 Continue\r\n\r\n');
    expect(admitted).toEqual([]);
    line.send(BODY);
    await line.said('HTTP/1.1 200 OK');
    expect(admitted).toHaveLength(1);
  });

  test('the exact bytes and the headers in their order and case are handed over', async () => {
    const { port, admitted } = await start();
    const line = await wire(port);
    const body = '{ "event":"message",\n"instanceId" :33, "data":{"a":1.0,"b":"\\u00e9\u{1F600}"}}';
    const bytes = Buffer.from(body);
    const sent = [
      'x-One: 1',
      'X-TWO: 2',
      `content-length: ${bytes.length}`,
      'X-one: 3',
      'Accept: */*',
    ];
    line.send(head(sent));
    line.send(bytes);
    await line.said('200 OK');
    expect(admitted[0]?.received.body.equals(bytes)).toBe(true);
    expect(admitted[0]?.received.headers).toEqual(
      ['Host: here', ...sent].flatMap((header) => header.split(': ')),
    );
  });

  test('headers of ours are dropped, whatever their case, and no others', async () => {
    const { port, admitted } = await start();
    const line = await wire(port);
    line.send(
      head([
        'X-Eazewa-Hooks-Replay: true',
        'X-Before: x-eazewa-hooks-event',
        'x-eazewa-hooks-event: evt_1',
        'X-EAZEWA-HOOKS-ANYTHING: 1',
        'x-eazewa-hook: 2',
        `Content-Length: ${BODY.length}`,
      ]) + BODY,
    );
    await line.said('200 OK');
    expect(admitted[0]?.received.headers).toEqual([
      'Host',
      'here',
      'X-Before',
      'x-eazewa-hooks-event',
      'x-eazewa-hook',
      '2',
      'Content-Length',
      String(BODY.length),
    ]);
  });
});

describe('the address', () => {
  test('with a port in use is a usage error that names the option', async () => {
    const { port } = await start();
    const other = startReceiver({
      port,
      pathTokens: [PATH_TOKEN],
      proofs: createProofs(randomBytes),
      instanceId: '33',
      store: () => {},
      rejected: () => {},
      unanswered: () => {},
    });
    const error = await other.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ exit: 'usage', code: 'port_in_use' });
    expect((error as CliError).message).toContain(String(port));
    expect((error as CliError).hint).toContain('--receiver-port');
  });

  test('is 127.0.0.1 and no other', async () => {
    const { port } = await start();
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, address }) => family === 'IPv4' && address !== '127.0.0.1')
      .map(({ address }) => address);
    for (const host of ['::1', ...others]) {
      const reached = await new Promise<boolean>((resolve) => {
        const socket = connect({ host, port, timeout: 2000 });
        const end = (connected: boolean) => {
          socket.destroy();
          resolve(connected);
        };
        socket.on('connect', () => end(true)).on('error', () => end(false));
        socket.on('timeout', () => end(false));
      });
      expect(reached, host).toBe(false);
    }
  });
});
