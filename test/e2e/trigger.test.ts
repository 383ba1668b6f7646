import { beforeEach, describe, expect, test } from 'vitest';
import { type App, startApp } from '../support/app.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { API_TOKEN, startVendor } from '../support/vendor.ts';

let here: Place;
let app: App;
beforeEach(async () => {
  here = place();
  app = await startApp();
});

const trigger = (...args: string[]) => here.run(['trigger', ...args]).exit;

async function listen(...more: string[]) {
  const args = ['listen', ...more, '--simulate', '--scenario', 'none', '--json'];
  const listener = here.run(args);
  await listener.entry('ready');
  return listener;
}

describe('trigger', () => {
  test('sends a fixture into the running listener: as a new event, with its targets', async () => {
    const listener = await listen(`${app.port}/hook`, '-i', '44');
    const set = 'data.message.body=Look';
    const one = await trigger('message.image', '--set', set);
    expect(one, one.stderr).toMatchObject({ code: 0 });
    expect(one.stdout).toMatch(/--> message \[evt_\w+\] .*\n.*<-- \[200\] POST /);
    expect(one.stderr).toContain('Triggered message.image: 1');
    await trigger('message.image');
    // The beginning of a name is completed where only one fixture has it.
    expect((await trigger('message.stick')).stderr).toContain('Triggered message.sticker: 1');
    const [first, second] = app.requests.map(({ body }) => JSON.parse(String(body)));
    expect(app.requests.map(({ url }) => url)).toEqual(['/hook', '/hook', '/hook']);
    expect(first).toMatchObject({ instanceId: '44', data: { message: { body: 'Look' } } });
    // New ids: the second is no duplicate of the first.
    expect(second.data.message.id._serialized).not.toBe(first.data.message.id._serialized);
    await until(
      () => listener.entries().filter(({ origin }) => origin === 'replay').length === 3,
      'the listener shows all three, each marked as a replay',
    );
  });

  test('needs no target: the listener stores and shows the event', async () => {
    const listener = await listen();
    const { code, stderr } = await trigger('message_ack.read', '--json');
    expect(code, stderr).toBe(0);
    await listener.entry('event', ({ event }) => event === 'message_ack');
    expect(listener.entries().filter(({ type }) => type === 'warning')).toEqual([]);
    expect((await trigger('message.chat')).stderr).toContain('no target gets it');
    // A replay is for the app: without a target it is refused.
    expect((await here.run(['replay', 'message.chat']).exit).stderr).toContain('--to 3000');
  });

  test('where no listener runs, has a simulator send the event to its webhook', async () => {
    const vendor = await startVendor(here, { url: `${app.url}/hook` });
    const env = { EAZEWA_API_TOKEN: API_TOKEN, EAZEWA_API_URL: vendor.apiUrl };
    const sent = await here.run(['trigger', 'message.image', '-i', '33'], env).exit;
    expect(sent, sent.stderr).toMatchObject({ code: 0 });
    expect(sent.stderr).toContain('Triggered message.image: the simulator at 127.0.0.1:');
    await app.received(1);
    expect(app.requests[0]?.url).toBe('/hook');

    const unheard = await here.run(['trigger', 'message_ack.read'], env).exit;
    expect(unheard.code).toBe(2);
    expect(unheard.stderr).toContain('instance 33 is not subscribed to message_ack');
    const unknown = await here.run(['trigger', 'message.chat', '-i', '34'], env).exit;
    expect(unknown.stderr).toContain('There is no instance "34"');
    const wrong = { ...env, EAZEWA_API_TOKEN: 'wrong' };
    const refused = await here.run(['trigger', 'message.chat'], wrong).exit;
    expect(refused.code).toBe(10);
    expect(refused.stderr).toContain('EAZEWA_API_TOKEN');
  });

  test('without a listener and a simulator, says how to start one', async () => {
    const none = await trigger('message.image');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('eazewa-hooks listen 3000 --simulate');
    expect(none.stderr).toContain('eazewa-hooks replay message.image --to 3000');
    const env = { EAZEWA_API_TOKEN: 'x', EAZEWA_API_URL: `${app.url}/api/v1` };
    const elsewhere = await here.run(['trigger', 'message.image'], env).exit;
    expect(elsewhere.code).toBe(2);
    expect(elsewhere.stderr).toContain('no simulator answers');
  });

  test('without a name lists the fixtures, and for a wrong name says the nearest', async () => {
    const all = await trigger();
    expect(all.code).toBe(0);
    expect(all.stdout).toContain('message.image');
    const wrong = await trigger('message.imgae');
    expect(wrong.code).toBe(12);
    expect(wrong.stderr).toContain('Did you mean message.image');
  });
});
