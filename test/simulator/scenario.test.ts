import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../src/eazewa/events.ts';
import { loadFixture, loadScenario } from '../../src/fixtures/load.ts';
import { app } from '../support/resources.ts';
import { call, start } from './harness.ts';

const ALL = Object.keys(EVENTS);
const STEPS = loadScenario('morning').map(({ fixture }) => loadFixture(fixture).event);
const PATH = '/api/v1/instances/33';
const quick = { scenario: 'morning', speed: 200 };

async function target() {
  const started = await app();
  const bodies = () => started.requests.map(({ body }) => JSON.parse(body.toString()));
  return { ...started, bodies };
}

describe('the scenario of a simulator', () => {
  it('starts at once on an instance with a webhook, and runs to its end', async () => {
    const { url, received, bodies } = await target();
    await start({ url, events: ALL }, { ...quick, speed: 50 });
    await received(STEPS.length);
    const events = bodies().map(({ event }) => event);
    expect([...events].sort()).toEqual([...STEPS].sort());
    const of = (event: string) => bodies().filter((body) => body.event === event);
    const sent = of('message_create').find(({ data }) => data.message.fromMe).data.message.id;
    for (const { data } of of('message_ack')) expect(data.message.id).toEqual(sent);
    expect(of('message_reaction')[0].data.reaction.msgId).toEqual(sent);
    const percents = of('loading_screen').map(({ data }) => data.percent);
    expect(percents.sort()).toEqual([100, 50]);
  });

  it('starts with the update that sets both url and events', async () => {
    const { url, received, requests } = await target();
    const simulator = await start({ url: null, events: [] }, quick);
    const put = (webhook: object) => call(simulator, 'PUT', PATH, { webhook });
    const status = async () =>
      (await call(simulator, 'GET', `${PATH}/client/status`)).json.clientStatus.instanceStatus;
    await put({ url: null, events: [] });
    await call(simulator, 'PUT', PATH, { name: 'Another name' });
    await put({ url: null, events: ['message'] });
    await put({ url, events: [] });
    expect(await status()).toBe('booting');
    await put({ url, events: ALL });
    await received(STEPS.length);
    expect(await status()).toBe('ready');
    expect(requests).toHaveLength(STEPS.length);
  });

  it('runs once, however often the webhook is written', async () => {
    const { url, received, bodies } = await target();
    const simulator = await start({ url, events: ALL }, quick);
    await received(3);
    for (let i = 0; i < 3; i++) {
      await call(simulator, 'PUT', PATH, { webhook: { url, events: ALL } });
    }
    await received(STEPS.length);
    simulator.emit('33', 'disconnected.logout');
    await received(STEPS.length + 1);
    expect(bodies().filter(({ event }) => event === 'ready')).toHaveLength(1);
  });

  it('sends only subscribed events', async () => {
    const { url, received, bodies } = await target();
    await start({ url, events: ['qr', 'message_revoke_everyone'] }, quick);
    await received(2);
    expect(bodies().map(({ event }) => event)).toEqual(['qr', 'message_revoke_everyone']);
  });

  it('ends when the simulator is closed', async () => {
    const { url, received, requests } = await target();
    const simulator = await start({ url, events: ALL }, { scenario: 'morning', speed: 1 });
    await received(1);
    await simulator.close();
    expect(requests.length).toBeLessThan(STEPS.length);
  });

  it('must exist', async () => {
    await expect(start(undefined, { scenario: 'evening' })).rejects.toMatchObject({
      exit: 'notFound',
      code: 'no_such_fixture',
    });
  });
});

describe('a requested scenario', () => {
  it('runs with new ids each time', async () => {
    const { url, received, bodies } = await target();
    const simulator = await start({ url, events: ['message_edit'] });
    const run = () =>
      call(simulator, 'POST', '/_simulator/scenario', { name: 'morning', speed: 500 });
    const { status, json } = await run();
    expect(status).toBe(200);
    expect(json).toMatchObject({ instanceId: '33', name: 'morning', steps: STEPS.length });
    await received(1);
    await run();
    await received(2);
    const ids = bodies().map(({ data }) => data.message.id.id);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('replaces the running scenario', async () => {
    const { url, received, bodies } = await target();
    const simulator = await start({ url, events: ALL }, { scenario: 'morning', speed: 1 });
    await received(1);
    await call(simulator, 'POST', '/_simulator/scenario', { name: 'morning', speed: 200 });
    await received(STEPS.length + 1);
    expect(bodies().filter(({ event }) => event === 'ready')).toHaveLength(1);
  });

  it.each([
    [{ name: 'evening' }, 404],
    [{ name: 'morning', instanceId: 'x' }, 404],
    [{ name: 'morning', speed: 0 }, 422],
    [{}, 422],
  ])('%j is answered with %i', async (body, expected) => {
    const simulator = await start();
    expect((await call(simulator, 'POST', '/_simulator/scenario', body)).status).toBe(expected);
  });
});
