import { beforeEach, expect, test } from 'vitest';
import { forwardedHeaders } from '../../src/delivery/headers.ts';
import { USER_AGENTS, webhookHeaders } from '../../src/eazewa/request.ts';
import { type App, type AppRequest, startApp } from '../support/app.ts';
import type { Entry, Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

let here: Place;
let production: App;
/** An app at a breakpoint: accepts every request and answers none. */
let app: App;
let vendor: Vendor;

beforeEach(async () => {
  here = place();
  production = await startApp();
  app = await startApp(() => {});
  const url = `${production.url}/hooks/wa?key=hidden`;
  vendor = await startVendor(here, { url, events: 'message,message_ack' });
});

const listen = (...args: string[]) =>
  here.run(['listen', app.url, ...vendor.args, '--tee', '--json', ...args], vendor.env);

const bodyOf = (event: string, number: number) => ({
  event,
  instanceId: 33,
  data: { number, text: 'Grüße 🎉', price: 1.5 },
});

test('with an app that never answers, the original gets what it was subscribed to, as the vendor sent it', async () => {
  const listener = listen('--events', 'message,qr,ready');
  const ready = await listener.entry('ready');
  const union = ['message', 'qr', 'ready', 'message_ack'];
  expect(ready).toMatchObject({ events: union, tee: `${production.url}/hooks/wa?key=***` });
  expect((await vendor.webhook()).events).toEqual(union);

  const names = [...union, ...union, ...union];
  for (const [number, event] of names.entries()) await vendor.emit({ body: bodyOf(event, number) });
  await until(() => listener.entries().filter(({ type }) => type === 'event').length === 12);
  await production.received(6);

  const expected = names
    .map((event, number) => bodyOf(event, number))
    .filter(({ event }) => event.startsWith('message'))
    .map((body) => JSON.stringify(body));
  expect(production.requests.map(({ body }) => String(body)).sort()).toEqual(expected.sort());
  for (const { method, url, rawHeaders, headers, body } of production.requests) {
    expect([method, url]).toEqual(['POST', '/hooks/wa?key=hidden']);
    expect(forwardedHeaders(rawHeaders, [])).toEqual([...webhookHeaders(USER_AGENTS.waapi)]);
    expect(headers).toMatchObject({
      host: `127.0.0.1:${production.port}`,
      'content-length': String(body.length),
    });
  }

  // A replay goes to the app only; it waits for no attempt of an event that the app does not want.
  const ack = listener.entries().find(({ event }) => event === 'message_ack') as Entry;
  const replay = here.run(['replay', ack.id, ...vendor.args.slice(0, 4)], vendor.env);
  const replayed = ({ headers }: AppRequest) => headers['x-eazewa-hooks-replay'] === 'true';
  await until(() => app.requests.some(replayed));
  await vendor.emit({ body: bodyOf('message', 12) });
  await production.received(7);
  // Nothing but the replay sends it to the app.
  const events = app.requests
    .filter((request) => !replayed(request))
    .map(({ body }) => JSON.parse(String(body)).event);
  expect(events).toContain('message');
  expect(events).not.toContain('message_ack');
  replay.kill('SIGTERM');
  listener.kill('SIGTERM');
  expect((await listener.exit).code).toBe(0);
  expect(production.requests).toHaveLength(7);
  expect(await vendor.webhook()).toEqual({
    url: `${production.url}/hooks/wa?key=hidden`,
    events: ['message', 'message_ack'],
  });
});

test('what was not sent when it ends is listed', async () => {
  const listener = listen();
  await listener.entry('ready');
  await production.close();
  await vendor.emit({ body: bodyOf('message', 1) });
  await vendor.emit({ body: bodyOf('message_ack', 2) });
  await until(() => listener.entries().filter(({ type }) => type === 'event').length === 2);
  await listener.entry('warning', ({ code }) => code === 'tee_failing');
  listener.kill('SIGINT');
  const { code, stdout } = await listener.exit;
  expect(code).toBe(0);
  const entries = listener.entries();
  const unsent = entries.find(({ code }) => code === 'tee_unsent');
  expect(unsent?.message).toMatch(/^2 events /);
  for (const { id, event } of entries.filter(({ type }) => type === 'event')) {
    expect(unsent?.message).toContain(`${event} [${id}]`);
  }
  expect(entries.at(-1)?.type).toBe('stopped');
  expect(stdout).not.toContain('hidden');
});

test('it is no consent to replace a foreign webhook, and nothing for simulated events', async () => {
  const theirs = { url: 'https://bot.customer.example/hook', events: ['message'] };
  await vendor.setWebhook(theirs.url, theirs.events);
  for (const more of [[], ['--yes'], ['--replace', 'other.example']]) {
    const { code, stderr } = await listen(...more).exit;
    expect(code).toBe(2);
    expect(stderr).toContain('--replace bot.customer.example --tee');
    expect(await vendor.webhook()).toEqual(theirs);
  }
  const simulated = await here.run(['listen', '--simulate', '--tee']).exit;
  expect(simulated.code).toBe(2);
  expect(simulated.stderr).toContain('--simulate and --tee cannot be used together');
});
