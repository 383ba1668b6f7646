import { createServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDeliverer, type DelivererOptions } from '../../src/delivery/deliver.ts';
import { isPrivateAddress } from '../../src/delivery/dial.ts';
import { describeFailure } from '../../src/delivery/failures.ts';
import { SELF_SIGNED } from '../support/certificate.ts';
import { app } from '../support/resources.ts';

/** A resolver that knows these names only. */
const names =
  (known: Readonly<Record<string, string>>): LookupFunction =>
  (hostname, { all }, callback) => {
    const address = known[hostname];
    if (address === undefined) {
      const error = Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
      return process.nextTick(callback, error, '', 0);
    }
    if (all) process.nextTick(callback, null, [{ address, family: 4 }]);
    else process.nextTick(callback, null, address, 4);
  };

async function secureApp() {
  let requests = 0;
  const server = createServer({ ...SELF_SIGNED }, (request, response) => {
    requests++;
    request.resume().on('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, requests: () => requests };
}

async function deliver(url: string, options: DelivererOptions) {
  const one = createDeliverer(options);
  onTestFinished(() => one.close());
  return one.deliver({ url, headers: [], body: Buffer.from('{}'), timeoutMs: 5000 });
}

describe('a name that leads to this machine', () => {
  const lookup = names({ 'myapp.test': '127.0.0.1' });

  test('is private: --insecure accepts its self-signed certificate', async () => {
    const { port } = await secureApp();
    const url = `https://myapp.test:${port}/hook`;
    expect(await deliver(url, { insecure: true, lookup })).toMatchObject({ status: 200 });
  });

  test('is told without --insecure, with the flag that helps', async () => {
    const { port, requests } = await secureApp();
    const result = await deliver(`https://myapp.test:${port}/`, { lookup });
    expect(result).toMatchObject({
      kind: 'unsent',
      error:
        'the target has a self-signed certificate: for a target in a private network, --insecure accepts it',
    });
    expect(requests()).toBe(0);
  });
});

test('a name that leads elsewhere when it is connected to is judged by that address', async () => {
  const { port, requests } = await secureApp();
  let asked = 0;
  // The first answer is private, the later ones lead to what counts as public here.
  const lookup: LookupFunction = (hostname, options, callback) =>
    names({ 'myapp.test': asked++ === 0 ? '127.0.0.1' : '127.0.0.2' })(hostname, options, callback);
  const server = createServer({ ...SELF_SIGNED }, (_, response) => response.end('other'));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.2', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const isPrivate = (address: string) => address !== '127.0.0.2';
  const one = createDeliverer({ insecure: true, lookup, isPrivate });
  onTestFinished(() => one.close());
  const request = { headers: [], body: Buffer.from('{}'), timeoutMs: 5000 };
  const url = `https://myapp.test:${port}/`;
  expect(await one.deliver({ ...request, url })).toMatchObject({ status: 200 });
  expect(await one.deliver({ ...request, url })).toMatchObject({
    kind: 'unsent',
    error:
      'the target has a self-signed certificate: --insecure does not accept it, because its address is not private',
  });
  expect(requests()).toBe(1);
});

test.each(['my.app.localhost', 'x.LOCALHOST', 'app.localhost.'])(
  '%s is this machine, whatever a resolver says',
  async (host) => {
    const target = await app();
    const lookup = names({ [host.toLowerCase()]: '192.0.2.1' });
    const url = `http://${host}:${target.port}/`;
    expect(await deliver(url, { lookup })).toMatchObject({ status: 200 });
  },
);

test('https where the app speaks http, and http where it speaks https, name the right scheme', async () => {
  const plain = await app();
  const secure = await secureApp();
  expect(await deliver(`https://127.0.0.1:${plain.port}/`, {})).toMatchObject({
    error: 'the target does not speak TLS: use http:// instead of https://',
  });
  expect(await deliver(`http://127.0.0.1:${secure.port}/`, {})).toMatchObject({
    error: expect.stringMatching(/TLS|https|closed the connection/),
  });
});

test.each([
  ['CERT_HAS_EXPIRED', 'an expired certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'a certificate for another host name'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'a certificate whose issuer is not known'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'TLS version'],
  ['EMFILE', 'ulimit'],
  ['EAI_AGAIN', 'DNS'],
])('%s is told in words: %s', (code, words) => {
  const told = describeFailure(Object.assign(new Error('x'), { code }), false);
  expect(told).toContain(words);
  expect(told).not.toContain(code);
});

test.each([[new Error('')], [{}], [null], ['text'], [new AggregateError([], '')]])(
  'a failure without words has some: %s',
  (failure) => {
    expect(describeFailure(failure, false)).toMatch(
      /^the connection failed \(.+\): check the target/,
    );
  },
);

describe('an address', () => {
  test.each([
    ...['127.0.0.1', '127.8.9.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
    ...['169.254.1.1', '::1', 'fe80::1', 'fe80::1%eth0', 'fd00::1', '::ffff:127.0.0.1'],
  ])('%s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  test.each([
    ...['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.169.0.1', '11.0.0.1', '128.0.0.1'],
    ...['2001:db8::1', '::2', '', 'localhost', '10.example.com', '::ffff:8.8.8.8'],
  ])('%j is not', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });
});
