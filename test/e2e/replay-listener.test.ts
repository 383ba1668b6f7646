import { beforeEach, describe, expect, test } from 'vitest';
import { type App, startApp } from '../support/app.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

let here: Place;
let vendor: Vendor;
let app: App;
beforeEach(async () => {
  here = place();
  vendor = await startVendor(here, { url: 'http://127.0.0.1:9/hook', events: 'message' });
  app = await startApp();
});

async function listen(...more: string[]) {
  const listener = here.run(['listen', ...more, ...vendor.args, '--json'], vendor.env);
  await listener.entry('ready');
  return listener;
}

describe('with a listener running, replay', () => {
  test('has it send to its targets, and both show it', async () => {
    const listener = await listen(`${app.port}`, '-H', 'x-added: 1');
    const replay = await here.run(['replay', 'message.chat', '--json']).exit;
    expect(replay.code).toBe(0);
    // The path is that of the webhook which was set before, and the headers are the listener's.
    expect(app.requests.map(({ url }) => url)).toEqual(['/hook']);
    expect(app.requests[0]?.headers).toMatchObject({
      'x-added': '1',
      'x-eazewa-hooks-replay': 'true',
    });

    const entries = replay.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries).toMatchObject([
      { v: 1, type: 'event', event: 'message', origin: 'replay', body: { instanceId: '33' } },
      { v: 1, type: 'attempt', replay: true, status: 200, number: 1 },
    ]);
    await listener.entry('event', ({ id, origin }) => id === entries[0].id && origin === 'replay');
    await listener.entry('attempt', ({ eventId }) => eventId === entries[0].id);
    const shown = await here.run(['events', 'show', entries[0].id]).exit;
    expect(shown.stdout).toMatch(/replay 1 .* 200 \(/);

    listener.kill('SIGINT');
    expect((await listener.exit).code).toBe(0);
    // A replay is nothing that was received.
    expect(listener.entries().at(-1)).toMatchObject({ type: 'stopped', received: 0 });
  });

  test('gives an event of history an attempt more, and no second row', async () => {
    const listener = await listen(`${app.url}/app`);
    await vendor.emit({ fixture: 'message.chat' });
    const { id } = await listener.entry('event');
    await app.received(1);
    await listener.entry('attempt');
    const replay = await here.run(['replay', 'last']).exit;
    expect(replay.code).toBe(0);
    expect(app.requests[1]?.body.equals(app.requests[0]?.body ?? Buffer.alloc(0))).toBe(true);
    expect(app.requests[1]?.headers['x-eazewa-hooks-attempt']).toBe('2');
    const again = await listener.entry('attempt', ({ replay: again }) => again);
    expect(again).toMatchObject({ eventId: id, number: 2 });
    expect(listener.entries().filter(({ type }) => type === 'event')).toHaveLength(1);
  });

  test('reaches what is only in its memory, and another target than its own', async () => {
    const other = await startApp();
    const listener = await listen(`${app.port}`, '--no-history');
    await vendor.emit({ fixture: 'message.chat' });
    await app.received(1);
    await listener.entry('attempt');
    const replay = await here.run(['replay', 'last', '--to', `${other.port}`]).exit;
    expect(replay).toMatchObject({ code: 0 });
    expect(other.requests.map(({ url }) => url)).toEqual(['/hook']);
    expect(app.requests).toHaveLength(1);
  });

  test('speaks for its instance, inside listen --simulate too', async () => {
    const args = [
      'listen',
      `${app.port}`,
      '--simulate',
      '-i',
      '44',
      '--scenario',
      'none',
      '--json',
    ];
    const listener = here.run(args);
    await listener.entry('ready');
    expect((await here.run(['replay', 'message.chat']).exit).code).toBe(0);
    expect(JSON.parse(String(app.requests[0]?.body)).instanceId).toBe('44');
  });

  test('tells its errors as its own: no such event, no target, an app that is not there', async () => {
    await listen();
    const told = async (...args: string[]) => {
      const { code, stderr } = await here.run(['replay', ...args]).exit;
      return [code, stderr] as const;
    };
    expect(await told('evt_none')).toEqual([12, expect.stringContaining('evt_none')]);
    expect(await told('message.chat')).toEqual([2, expect.stringContaining('--to')]);
    expect(await told('message.chat', '--set', 'data.nothing=1')).toEqual([
      2,
      expect.stringContaining('data.nothing'),
    ]);
    await app.close();
    expect(await told('message.chat', '--to', `${app.port}`)).toEqual([
      16,
      expect.stringContaining('refused'),
    ]);
  });

  test('of a backlog tells that the app is back: what comes next does not wait', async () => {
    const { port } = app;
    await app.close();
    const listener = await listen(`${port}`);
    await vendor.emit({ fixture: 'message.chat', count: 5 });
    await listener.entry('warning', ({ code }) => code === 'target_down');
    const kept = () => listener.entries().filter(({ type }) => type === 'event');
    await until(() => kept().length === 5);
    const events = kept();
    app = await startApp(undefined, port);
    const replay = await here.run(['replay', ...events.map(({ id }) => id), '--yes', '--json'])
      .exit;
    expect(replay.code).toBe(0);
    await listener.entry('warning', ({ code }) => code === 'target_up');
    await vendor.emit({ fixture: 'message.chat' });
    await app.received(6);
    // Each came once, by hand or by itself, and never twice.
    const ids = app.requests.map(({ headers }) => headers['x-eazewa-hooks-event']);
    expect(new Set(ids.slice(0, 5)).size).toBe(5);
  });

  test('of an event that waits is not sent beside the forwarder', async () => {
    const { port } = app;
    await app.close();
    const listener = await listen(`${port}`);
    await vendor.emit({ fixture: 'message.chat' });
    await listener.entry('warning', ({ code }) => code === 'target_down');
    let answer = () => {};
    app = await startApp((_, response) => {
      answer = () => void response.end('ok');
    }, port);
    const replay = here.run(['replay', 'last']);
    await app.received(1);
    answer();
    expect((await replay.exit).code).toBe(0);
    await listener.entry('warning', ({ code }) => code === 'target_up');
    expect(app.requests).toHaveLength(1);
  });

  test('stopped by Ctrl-C gives up in the listener, which goes on', async () => {
    const silent = await startApp(() => {});
    const listener = await listen(`${silent.port}`);
    const replay = here.run(['replay', 'message.chat']);
    await silent.received(1);
    replay.kill('SIGINT');
    expect((await replay.exit).code).toBe(130);
    const { error } = await listener.entry('attempt');
    expect(error).toContain('stopped before an answer came');
    await vendor.emit({ fixture: 'message.chat' });
    await silent.received(2);
  });

  test('is told when the listener stops before it has answered', async () => {
    const silent = await startApp(() => {});
    const listener = await listen(`${silent.port}`);
    const replay = here.run(['replay', 'message.chat']);
    await silent.received(1);
    listener.kill('SIGINT');
    expect((await replay.exit).code).toBe(18);
    expect((await listener.exit).code).toBe(0);
    expect((await vendor.webhook()).url).toBe('http://127.0.0.1:9/hook');
  });
});
