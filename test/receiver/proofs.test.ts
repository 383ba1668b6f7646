/** Proof requests at the receiver: which are answered, and that they need nothing of what webhooks need. */

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { LARGEST_BODY } from '../../src/eazewa/request.ts';
import { createProofs, PROOF_PATH, type ProofMethod } from '../../src/tunnel/proofs.ts';
import { until } from '../support/until.ts';
import { ask, head, start, wire } from './harness.ts';

const BODY = '{"event":"proof"}';

/** A receiver, and proofs that it answers. */
async function proving() {
  const proofs = createProofs(randomBytes);
  const started = await start({ proofs });
  const announce = (body: Buffer | string = BODY, method: ProofMethod = 'POST') =>
    proofs.announce(method, Buffer.from(body));
  return { ...started, announce };
}

test('an announced POST is answered with the proof, and is neither stored nor shown', async () => {
  const { port, announce, admitted, rejected } = await proving();
  const large = randomBytes(200_000);
  for (const chunked of [false, true]) {
    const proof = announce(large);
    expect(proof.arrived).toBe(null);
    expect(await ask(port, { path: proof.path, body: large, chunked })).toMatchObject({
      status: 200,
      text: proof.expected,
    });
    expect(proof).toMatchObject({ arrived: large.length, isWhole: true });
  }
  expect(admitted).toEqual([]);
  expect(rejected).toEqual([]);
});

test('an announced GET is answered as well', async () => {
  const { port, announce } = await proving();
  const { path, expected } = announce('', 'GET');
  expect(await ask(port, { method: 'GET', path })).toMatchObject({ status: 200, text: expected });
});

test('the proof of another body, nonce or process is another one', async () => {
  const [one, other] = [await proving(), await proving()];
  const proof = one.announce();
  const changed = await ask(one.port, { path: proof.path, body: BODY.replace('proof', 'Proof') });
  expect(changed.text).toMatch(/^[0-9a-f]{64}$/);
  expect(proof).toMatchObject({ arrived: BODY.length, isWhole: false });
  const answers = new Set([
    changed.text,
    ...[proof, one.announce(), other.announce()].map(({ expected }) => expected),
  ]);
  expect(answers.size).toBe(4);
});

test('a nonce is good once, for its method, and until its end', async () => {
  const { port, announce, rejected } = await proving();
  const proof = announce();
  const status = async (method: string, path = proof.path) =>
    (await ask(port, { method, path, body: method === 'POST' ? BODY : '' })).status;
  for (const method of ['GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS']) {
    expect(await status(method)).toBe(404);
  }
  expect(await status('POST')).toBe(200);
  expect(await status('POST')).toBe(404);
  const ended = announce();
  ended.end();
  expect(await status('POST', ended.path)).toBe(404);
  expect(ended.arrived).toBe(null);
  expect(new Set(rejected.map(({ reason }) => reason))).toEqual(new Set(['no such path']));
});

test.each(['', 'x', 'a-nonce-of-32-characters-or-more', '../x', 'x/y', '__proto__', '%00'])(
  'a foreign POST with the nonce %j is refused before a byte of its body is sent',
  async (nonce) => {
    const { port, announce, admitted, rejected } = await proving();
    const line = await wire(port);
    announce();
    line.send(
      head(
        ['Content-Length: 60000000', 'Expect: 100-continue', 'Connection: close'],
        `${PROOF_PATH}${nonce}`,
      ),
    );
    await line.said(/^HTTP\/1\.1 404 /);
    expect(rejected).toEqual([{ status: 404, reason: 'no such path', size: 60_000_000 }]);
    expect(admitted).toEqual([]);
  },
);

test('a body larger than announced is cut, declared or not', async () => {
  const { port, announce, rejected } = await proving();
  for (const header of [`Content-Length: ${BODY.length + 1}`, 'Transfer-Encoding: chunked']) {
    const proof = announce();
    const line = await wire(port);
    line.send(head([header], proof.path));
    const more = `${BODY}x`;
    line.send(header.startsWith('T') ? `${more.length.toString(16)}\r\n${more}\r\n` : more);
    await line.closed();
    expect(line.text()).toBe('');
    expect(proof).toMatchObject({ arrived: BODY.length + 1, isWhole: false });
  }
  expect(rejected).toEqual([]);
});

test('one that stalls is cut at its end', async () => {
  const { port, announce } = await proving();
  const proof = announce();
  const line = await wire(port);
  line.send(`${head([`Content-Length: ${BODY.length}`], proof.path)}${BODY.slice(0, 5)}`);
  await until(() => proof.arrived === 5, 'its first bytes');
  proof.end();
  await line.closed();
  expect(line.text()).toBe('');
  expect(proof.isWhole).toBe(false);
});

test('is answered while 64 MiB of unfinished webhooks take what memory there is for bodies', async () => {
  const { port, announce, admitted } = await proving();
  const part = Buffer.alloc(LARGEST_BODY / 8, 'x');
  const stalled = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const line = await wire(port);
      line.send(head([`Content-Length: ${LARGEST_BODY}`]));
      line.send(part);
      return line.socket;
    }),
  );
  const taken = () => stalled.filter(({ writableLength }) => writableLength === 0).length;
  await until(() => taken() >= 4, 'half of them are read, as far as they came');
  const large = randomBytes(200_000);
  const proof = announce(large);
  expect((await ask(port, { path: proof.path, body: large })).text).toBe(proof.expected);
  expect(admitted).toEqual([]);
});
