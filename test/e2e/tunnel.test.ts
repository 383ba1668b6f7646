/** `listen` with an ngrok tunnel: the built program, the real SDK, the stand-in edge, the simulator as the vendor. */

import { beforeEach, expect, test } from 'vitest';
import { PROOF_PATH } from '../../src/tunnel/proofs.ts';
import { type App, startApp } from '../support/app.ts';
import { type EdgePlace, edgePlace, ORIGINAL } from '../support/edge-place.ts';
import type { Answered } from '../support/ngrok-edge/endpoint.ts';
import { onTerminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';

let here: EdgePlace;
let app: App;

beforeEach(async () => {
  [here, app] = await Promise.all([edgePlace(), startApp()]);
});

test('an event comes through the edge to the app, and the instance is as it was at the end', async () => {
  const { vendor, edge } = here;
  const listener = here.listen([String(app.port), '--domain', 'me.example.com']);
  const ready = await listener.entry('ready');
  expect(ready).toMatchObject({ publicUrl: edge.url, previous: ORIGINAL });
  expect((await vendor.webhook()).url).toMatch(new RegExp(`^${edge.url}/webhooks/whatsapp/`));
  const bind = edge.asked.find(({ rpc }) => rpc === 'bind')?.request;
  expect(bind).toMatchObject({
    ForwardsTo: `${ready.localUrl}/`,
    Opts: { Domain: 'me.example.com' },
    Extra: { Metadata: 'eazewa-hooks' },
  });

  await vendor.emit({ fixture: 'message.chat' });
  await app.received(1);
  const isWebhook = ({ url }: Answered) => !url.startsWith(PROOF_PATH);
  expect(edge.answered.map(({ body }) => body.length).slice(0, 2)).toEqual([500, 200_000]);
  const through = await until(() => edge.answered.find(isWebhook), 'the edge has the answer');
  expect(through).toMatchObject({ status: 200, by: 'app' });
  expect(app.requests[0]?.body.equals(through.body)).toBe(true);

  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(ORIGINAL);
  expect(edge.isBound).toBe(false);
  expect(edge.asked.at(-1)?.rpc).toBe('unbind');
});

test('another url at the re-bind is given to the instance at once', async () => {
  const { vendor, edge } = here;
  const listener = here.listen([String(app.port)]);
  await listener.entry('ready');
  const events = (await vendor.webhook()).events;
  await edge.moveElsewhere();
  edge.drop('reset');
  const up = await listener.entry('tunnel', ({ state, outageTo }) => state === 'up' && outageTo);
  const dropped = listener.entries().find(({ state }) => state === 'down');
  expect(Date.parse(up.at) - Date.parse(dropped?.since)).toBeLessThan(2000);
  expect(up.url).toBe(edge.url);
  const moved = await vendor.webhook();
  expect(moved.url).toMatch(new RegExp(`^${edge.url}/`));
  expect(moved.events).toEqual(events);
  await vendor.emit({ fixture: 'message.chat' });
  await app.received(1);
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(ORIGINAL);
});

test('another url that the vendor does not take at first is given to it until it does', async () => {
  const { vendor, edge } = here;
  const listener = here.listen();
  await listener.entry('ready');
  await vendor.fault({ kind: 'status', status: 503, count: 4 });
  await edge.moveElsewhere();
  edge.drop('reset');
  await listener.entry('warning', ({ code }) => code === 'tunnel_failing');
  await listener.entry('tunnel', ({ state, outageTo }) => state === 'up' && outageTo);
  expect((await vendor.webhook()).url).toMatch(new RegExp(`^${edge.url}/`));
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(ORIGINAL);
});

test('600 events at once are all answered and kept', async () => {
  const { edge } = here;
  const listener = here.listen(['--print-secret']);
  const { webhookUrl } = await listener.entry('ready');
  const answers = await Promise.all(
    Array.from({ length: 600 }, (_, i) => {
      const body = JSON.stringify({ event: 'message', instanceId: '33', data: { i } });
      return fetch(webhookUrl, { method: 'POST', body });
    }),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(600);
  expect(edge.answered.filter(({ by }) => by === 'edge')).toEqual([]);
  listener.kill('SIGINT');
  await listener.exit;
  expect(listener.entries().at(-1)).toMatchObject({ type: 'stopped', received: 600 });
});

test('a connection that is lost in the middle of a delivery is told, and others come through', async () => {
  const { vendor, edge } = here;
  const listener = here.listen([String(app.port)]);
  await listener.entry('ready');
  edge.dropDuringNext('reset');
  const message = { body: 'x'.repeat(20_000_000) };
  await vendor.emit({ body: { event: 'message', instanceId: '33', data: { message } } });
  const up = await listener.entry('tunnel', ({ state, outageTo }) => state === 'up' && outageTo);
  const cut = edge.answered.find(({ by, body }) => by === 'edge' && body.length > 20_000_000);
  expect(cut?.status).toBe(502);
  expect(Date.parse(up.outageFrom)).toBeLessThanOrEqual(cut?.at ?? 0);
  expect(Date.parse(up.outageTo)).toBeGreaterThanOrEqual(cut?.at ?? Number.POSITIVE_INFINITY);
  await vendor.emit({ fixture: 'message.chat' });
  await app.received(1);
});

test('a second signal ends it at once, also while the edge is silent and the vendor away', async () => {
  const { vendor, edge } = here;
  const listener = here.listen();
  await listener.entry('ready');
  edge.drop('freeze');
  vendor.program.kill('SIGKILL');
  listener.kill('SIGINT');
  const first = performance.now();
  await listener.entry('warning', ({ code }) => code === 'restore_retry');
  await until(() => performance.now() - first > 1100);
  const second = performance.now();
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(20);
  expect(performance.now() - second).toBeLessThan(3000);
});

test('on a terminal, where the listener has a thread of its own, it ends as well', async () => {
  const { vendor, edge, place } = here;
  const { file, args } = here.command([String(app.port), '--plain']);
  const listener = onTerminal(file, args, { cwd: place.cwd, env: place.env(vendor.env) });
  await listener.shows('Listening on instance 33');
  edge.drop('freeze');
  await listener.shows('the tunnel is up again');
  await vendor.emit({ fixture: 'message.chat' });
  await app.received(1);
  listener.pty.write('\x03');
  const { code, output } = await listener.exit;
  expect(code).toBe(0);
  expect(output).toContain('the webhook is restored');
  expect(await vendor.webhook()).toEqual(ORIGINAL);
});

test('what was lost while it stopped is told, and brought back by the next listener that recovers', async () => {
  const { vendor, edge } = here;
  const first = here.listen();
  await first.entry('ready');
  edge.down();
  await first.entry('tunnel', ({ state }) => state === 'down');
  await vendor.emit({ fixture: 'message.chat' });
  expect((await vendor.deliveries()).map(({ status }) => status)).toEqual([404]);
  first.kill('SIGINT');
  expect((await first.exit).code).toBe(0);
  expect(first.entries().some(({ code }) => code === 'events_may_be_lost')).toBe(true);
  await edge.up();
  const second = here.listen([String(app.port), '--recover']);
  const event = await second.entry('event');
  expect(event).toMatchObject({ event: 'message', origin: 'recovered' });
  await second.entry('warning', ({ code }) => code === 'recovered');
  second.kill('SIGINT');
  expect((await second.exit).code).toBe(0);
  expect(app.requests).toEqual([]);
});
