import { expect, onTestFinished, test } from 'vitest';
import {
  type Contract,
  type ContractOptions,
  createContract,
  type Parcel,
} from '../../src/delivery/contract.ts';
import type { App } from '../support/app.ts';
import { app, closedPort, closedUrl } from '../support/resources.ts';
import { until } from '../support/until.ts';

const REFUSED = 'connection refused: check that the app runs, and listens on this port';

interface Numbered extends Parcel {
  readonly number: number;
}

/** An app that answers only when it is told to, the oldest request first. */
async function slowApp() {
  const held: (() => void)[] = [];
  const started = await app((_, response) => held.push(() => void response.end()));
  return { ...started, answer: () => held.shift()?.() };
}

/** A contract with small bounds, and what it tells. */
function setUp(options: Partial<ContractOptions<Numbered>> = {}) {
  const told: string[] = [];
  const contract: Contract<Numbered> = createContract<Numbered>({
    retryDelayMs: 20,
    responseTimeoutMs: 60_000,
    mostPending: 100,
    mostPendingBytes: 1024 * 1024,
    mostUnderWay: 10,
    attempted: ({ number }, outcome) =>
      told.push(`${number} ${outcome.kind === 'answered' ? outcome.status : outcome.error}`),
    dropped: ({ number }) => told.push(`${number} dropped`),
    ...options,
  });
  onTestFinished(() => contract.close());
  let count = 0;
  const send = (url: string, size = 2) =>
    contract.send({ number: ++count, url, headers: [], body: Buffer.alloc(size, `${count}`) });
  return { contract, send, told };
}

const numbers = (left: readonly Numbered[]) => left.map(({ number }) => number);
const bodies = ({ requests }: App) => requests.map(({ body }) => body.toString());

test.each([200, 302, 404, 500])('the response %i ends a delivery', async (status) => {
  const target = await app((_, response) => {
    response.writeHead(status, { location: '/elsewhere' }).end();
  });
  const { contract, send, told } = setUp();
  send(target.url);
  await until(() => contract.counts().pending === 0);
  expect(told).toEqual([`1 ${status}`]);
  expect(target.requests).toHaveLength(1);
});

test('silence is sent again, the same bytes and headers, until somebody answers', async () => {
  const port = await closedPort();
  const { contract, told } = setUp();
  const body = Buffer.from('{"a" : 1.0}');
  contract.send({ number: 1, url: `http://127.0.0.1:${port}/x?y`, headers: ['X-One', '1'], body });
  await until(() => told.length >= 3);
  expect(contract.counts().pending).toBe(1);
  expect(new Set(told)).toEqual(new Set([`1 ${REFUSED}`]));
  const target = await app(undefined, port);
  await until(() => contract.counts().pending === 0);
  expect(target.requests).toHaveLength(1);
  expect(target.requests[0]).toMatchObject({ url: '/x?y', body, headers: { 'x-one': '1' } });
  expect(told.at(-1)).toBe('1 200');
});

test('a try without a response ends after its time, and is made again', async () => {
  let count = 0;
  const target = await app((_, response) => void (++count > 1 && response.end()));
  const { contract, send, told } = setUp({ responseTimeoutMs: 50 });
  send(target.url);
  await until(() => contract.counts().pending === 0);
  expect(told).toEqual([expect.stringMatching(/^1 no answer within 0.05 s: /), '1 200']);
});

test('no more than so many are under way; the others follow in their order', async () => {
  const target = await slowApp();
  const { contract, send } = setUp({ mostUnderWay: 2 });
  for (let i = 0; i < 4; i++) send(target.url);
  await target.received(2);
  expect(contract.counts()).toEqual({ pending: 4, bytesUnderWay: 4 });
  target.answer();
  await target.received(3);
  target.answer();
  await target.received(4);
  expect(bodies(target).slice(2)).toEqual(['33', '44']);
  target.answer();
  target.answer();
  await contract.room(1);
  expect(contract.counts()).toEqual({ pending: 0, bytesUnderWay: 0 });
});

test('of too many, the oldest that is not under way is dropped', async () => {
  const target = await slowApp();
  const { contract, send, told } = setUp({ mostUnderWay: 1, mostPending: 3 });
  for (let i = 0; i < 6; i++) send(target.url);
  expect(told).toEqual(['2 dropped', '3 dropped', '4 dropped']);
  for (const count of [1, 2, 3]) {
    await target.received(count);
    target.answer();
  }
  await until(() => contract.counts().pending === 0);
  expect(bodies(target)).toEqual(['11', '55', '66']);
});

test('where all are under way, the oldest of them is dropped', async () => {
  const target = await slowApp();
  const { contract, send, told } = setUp({ mostPending: 2 });
  for (let i = 0; i < 3; i++) send(target.url);
  expect(told).toEqual(['1 dropped']);
  expect(contract.counts().pending).toBe(2);
});

test('the bytes of what is pending have a bound, too', async () => {
  const target = await slowApp();
  const { contract, send, told } = setUp({ mostUnderWay: 1, mostPendingBytes: 100 });
  for (const size of [40, 40, 10, 40, 10]) send(target.url, size);
  expect(told).toEqual(['2 dropped']);
  expect(contract.counts()).toEqual({ pending: 4, bytesUnderWay: 40 });
  send(target.url, 200);
  expect(told.slice(1)).toEqual(['3 dropped', '4 dropped', '5 dropped', '6 dropped']);
  expect(contract.counts()).toEqual({ pending: 1, bytesUnderWay: 40 });
});

test('those that are meant can be ended where they are', async () => {
  const gone = await closedUrl();
  const target = await slowApp();
  const { contract, send, told } = setUp();
  send(gone);
  send(target.url);
  await target.received(1);
  await until(() => told.length > 0);
  expect(numbers(contract.end(({ url }) => url === gone))).toEqual([1]);
  expect(contract.counts().pending).toBe(1);
  target.answer();
  await until(() => contract.counts().pending === 0);
  expect(told.at(-1)).toBe('2 200');
});

test('draining waits for what is under way, retries what pauses once, and returns the rest', async () => {
  const gone = await closedUrl();
  const back = await closedUrl();
  const target = await slowApp();
  // Without the drain, no second try in this test.
  const { contract, send, told } = setUp({ retryDelayMs: 600_000 });
  send(gone);
  send(back);
  send(target.url);
  await until(() => told.length === 2);
  await target.received(1);
  await app(undefined, Number(new URL(back).port));
  const drained = contract.drain(60_000);
  await until(() => told.length === 4);
  target.answer();
  expect(numbers(await drained)).toEqual([1]);
  expect(told.slice(2).sort()).toEqual([`1 ${REFUSED}`, '2 200', '3 200']);
  expect(contract.counts().pending).toBe(0);

  send(target.url);
  await target.received(2);
  expect(numbers(await contract.drain(1))).toEqual([4]);
  expect(contract.counts().pending).toBe(0);
});

test('closed, nothing is sent any more', async () => {
  const target = await slowApp();
  const { contract, send, told } = setUp();
  send(target.url);
  await target.received(1);
  await contract.close();
  send(target.url);
  await contract.room(1);
  expect(contract.counts().pending).toBe(0);
  expect(told).toEqual([]);
});

test('a url whose credentials encode nothing is delivered to all the same', async () => {
  const target = await app();
  const { send, told } = setUp();
  send(target.url.replace('//', '//%zz:%@'));
  await until(() => told.length > 0);
  expect(told).toEqual(['1 200']);
  expect(target.requests[0]?.headers.authorization).toBe(`Basic ${btoa('%zz:%')}`);
});
