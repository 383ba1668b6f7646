import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { event, OWN, post, setUp } from './set-up.ts';

test('a flood of wrong tokens makes one `rejected` a second, with a count', async () => {
  const { listen } = await setUp();
  const listener = listen();
  const { webhookUrl } = await listener.entry('ready');
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  onTestFinished(() => agent.destroy());
  const wrong = () =>
    new Promise((resolve) => {
      request(`${webhookUrl}x`, { method: 'POST', agent }, (response) =>
        response.resume().on('end', resolve),
      ).end('0123456789');
    });
  const since = performance.now();
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 50 }, wrong));
  const seconds = (performance.now() - since) / 1000;
  listener.stop();
  await listener.stopped;
  const told = listener.entries.filter((entry) => entry.type === 'rejected');
  expect(told.length).toBeLessThanOrEqual(2 + seconds);
  expect(told[0]).toMatchObject({ status: 401, reason: 'a wrong path token', count: 1 });
  expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(500);
});

test('while it stops, answers end their connections, and idle ones close after the release', async () => {
  const { listen, api, current } = await setUp();
  const listener = listen();
  const { webhookUrl, localUrl } = await listener.entry('ready');
  const idle = connect(Number(new URL(localUrl).port), '127.0.0.1');
  onTestFinished(() => void idle.destroy());
  await new Promise((resolve) => idle.once('connect', resolve));
  let closed = false;
  idle.resume().once('close', () => {
    closed = true;
  });
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isReleasing = false;
  api.disturb(async ({ method, webhook }) => {
    if (method === 'PUT' && webhook?.url === OWN.url) {
      isReleasing = true;
      await released;
    }
    return null;
  });
  listener.stop();
  await until(() => isReleasing);
  const headers = await new Promise((resolve) => {
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    request(webhookUrl, { method: 'POST', agent }, (response) => {
      response.resume();
      resolve(response.headers);
    }).end(JSON.stringify(event()));
  });
  expect(headers).toMatchObject({ connection: 'close' });
  expect(await post(webhookUrl, event())).toBe(200);
  expect(closed).toBe(false);
  release();
  await listener.stopped;
  await until(() => closed);
  expect(await current()).toEqual(OWN);
});
