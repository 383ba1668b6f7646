/** Starts of a listener that are stopped or fail: everything is undone. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseTarget } from '../../src/delivery/target.ts';
import { historyPath } from '../../src/platform/paths.ts';
import { journalPath } from '../../src/takeover/journal.ts';
import { lockInstance } from '../../src/takeover/lock.ts';
import { failureOf } from '../support/failure.ts';
import { app, closedPort, closedUrl, temporaryFolder } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { INSTANCE } from './harness.ts';
import type { Overrides } from './options.ts';
import { expectNothingOpen, FOREIGN, OWN, openSockets, setUp } from './set-up.ts';

describe('a start that is stopped', () => {
  /** The listener left no trace. */
  async function expectNothing(
    { listen, current, journal, locked }: Awaited<ReturnType<typeof setUp>>,
    listener: ReturnType<typeof listen>,
    before: string[],
  ) {
    expect(await listener.stopped).toEqual({
      ...{ received: 0, forwarded: 0, failed: 0, waiting: 0, restored: true },
    });
    expect(listener.types()).not.toContain('ready');
    expect(listener.types().at(-1)).toBe('stopped');
    expect(await current()).toEqual(OWN);
    expect(await journal.read()).toBe(null);
    expect(await locked()).toBe(false);
    await expectNothingOpen(before);
  }

  // What is asked of the vendor: the instance, and again with its lock, write-back, ours, read-back.
  test.each([1, 2, 3, 4, 5])('at request %i of the vendor', async (at) => {
    const here = await setUp();
    await here.current();
    const before = openSockets();
    const listener = here.listen();
    here.api.disturb((_, number) => {
      if (number === at) listener.stop();
      return null;
    });
    await expectNothing(here, listener, before);
  });

  test.each([1, 2, 3, 4, 5])(
    'before request %i of the vendor is answered, which then never is',
    async (at) => {
      const here = await setUp();
      const listener = here.listen();
      here.api.disturb((_, number) => {
        if (number !== at) return null;
        listener.stop();
        // The client is told to stop by the time that the connection breaks.
        return 'cut';
      });
      expect(await listener.stopped).toMatchObject({ received: 0, restored: true });
      await until(async () => (await here.current()).url === OWN.url);
      expect(await here.journal.read()).toBe(null);
      expect(await here.locked()).toBe(false);
    },
  );

  test('at once', async () => {
    const here = await setUp();
    await here.current();
    const before = openSockets();
    const listener = here.listen();
    listener.stop();
    await expectNothing(here, listener, before);
    expect(here.api.asked).toEqual([]);
  });

  test.each([0, 1, 2, 4, 6, 9])('after %i turns of the loop', async (turns) => {
    const here = await setUp();
    const listener = here.listen();
    for (let i = 0; i < turns * turns; i++) await new Promise(setImmediate);
    listener.stop();
    expect(await listener.stopped).toMatchObject({ received: 0, restored: true });
    expect(await here.current()).toEqual(OWN);
    expect(await here.journal.read()).toBe(null);
    expect(await here.locked()).toBe(false);
  });

  // It looks every 50 ms whether the lock is free: any moment of its waiting must do.
  test.each([0, 40, 120, 260])(
    'while it waits for the lock that another holds, after %i ms',
    async (ms) => {
      const here = await setUp();
      const unlock = await lockInstance(here.folder, INSTANCE);
      onTestFinished(unlock);
      const listener = here.listen();
      const at = performance.now() + ms;
      await until(() => performance.now() >= at);
      listener.stop();
      expect(await listener.stopped).toMatchObject({ restored: true });
      expect(here.api.asked).toEqual([]);
    },
  );

  test('while the loop is proven', async () => {
    const here = await setUp();
    const listener: ReturnType<typeof here.listen>[] = [];
    const hanging = await app(() => listener[0]?.stop());
    await here.current();
    const before = openSockets();
    listener.push(here.listen({ ingress: { kind: 'public-url', url: hanging.url } }));
    const [one] = listener;
    if (one === undefined) throw new Error('no listener');
    await expectNothing(here, one, before);
    expect(here.puts()).toEqual([]);
  });

  test('several times, also after its end', async () => {
    const here = await setUp();
    const listener = here.listen();
    await listener.entry('ready');
    for (let i = 0; i < 3; i++) listener.stop();
    expect(await listener.stopped).toMatchObject({ restored: true });
    listener.stop();
    expect(here.puts()).toHaveLength(3);
    expect(listener.types().filter((type) => type === 'stopped')).toHaveLength(1);
  });
});

describe('a start that fails', () => {
  type Here = Awaited<ReturnType<typeof setUp>>;

  /** The error of a start, after which all is as it was and the instance was not written to. */
  async function failureAt(here: Here, options: Overrides) {
    const original = await here.current();
    const before = openSockets();
    const listener = here.listen(options);
    const error = await failureOf(listener.stopped);
    expect(listener.types()).not.toContain('ready');
    expect(here.puts()).toEqual([]);
    expect(await here.current()).toEqual(original);
    await expectNothingOpen(before);
    return error;
  }

  test('for a port in use', async () => {
    const here = await setUp();
    const { port } = await app();
    expect(await failureAt(here, { receiver: { port } })).toMatchObject({
      exit: 'usage',
      code: 'port_in_use',
    });
    expect(await here.locked()).toBe(false);
  });

  test('for a foreign webhook, until its host is named', async () => {
    const here = await setUp(FOREIGN);
    expect(await failureAt(here, {})).toMatchObject({
      code: 'foreign_webhook',
      facts: { host: 'bot.example.com' },
    });
    expect(await here.locked()).toBe(false);
    const listener = here.listen({ takeover: { replace: 'bot.example.com' } });
    await listener.entry('ready');
    listener.stop();
    await listener.stopped;
    expect(await here.current()).toEqual(FOREIGN);
  });

  test('for a protected instance', async () => {
    const here = await setUp();
    expect(await failureAt(here, { takeover: { protectedInstance: true } })).toMatchObject({
      code: 'protected_instance',
    });
  });

  test('for an unknown instance, naming those that exist', async () => {
    const here = await setUp();
    const error = await failureAt(here, { instance: { id: '34' } });
    expect(error).toMatchObject({ exit: 'notFound', code: 'no_such_instance' });
    expect(error.hint).toContain('33 (Shop)');
  });

  test('for an API token that is refused', async () => {
    const here = await setUp();
    const api = { apiToken: 'wrong', tokenName: 'MY_TOKEN' };
    const error = await failureAt(here, { api });
    expect(error).toMatchObject({ exit: 'auth', code: 'api_token_refused' });
    expect(error.message).toContain('MY_TOKEN');
    expect(await here.locked()).toBe(false);
  });

  test.each([
    ['that does not exist', OWN, { instance: { id: '34' } }, 'no_such_instance'],
    ['whose webhook may not be replaced', FOREIGN, {}, 'foreign_webhook'],
    ['of another API token', OWN, { api: { apiToken: 'another' } }, 'api_token_refused'],
  ])('for an instance %s, and leaves no folder', async (_, webhook, options, code) => {
    const here = await setUp(webhook);
    expect(await failureAt(here, options)).toMatchObject({ code });
    expect(existsSync(here.folder)).toBe(false);
  });

  test('for a state folder that cannot be used', async () => {
    const here = await setUp();
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(await failureAt(here, { instance: { folder: join(file, 'instance') } })).toMatchObject({
      exit: 'state',
      code: 'state_folder',
    });
    expect(here.api.asked).toEqual([]);
  });

  test('for a history file that is no database', async () => {
    const here = await setUp();
    mkdirSync(here.folder, { recursive: true });
    writeFileSync(
      historyPath(here.folder),
      'this is no database, and that for over a hundred bytes'.repeat(9),
    );
    expect(await failureAt(here, {})).toMatchObject({ exit: 'state', code: 'history_unusable' });
    expect(here.api.asked).toEqual([]);
    expect(await here.locked()).toBe(false);
  });

  test('for a journal that cannot be read', async () => {
    const here = await setUp();
    mkdirSync(here.folder, { recursive: true });
    writeFileSync(journalPath(here.folder), '{');
    expect(await failureAt(here, {})).toMatchObject({ code: 'journal_unreadable' });
    expect(await here.locked()).toBe(false);
  });

  test('for a public url that leads to somebody else', async () => {
    const here = await setUp();
    const other = await app((_, response) => response.end('hello'));
    const error = await failureAt(here, { ingress: { kind: 'public-url', url: other.url } });
    expect(error).toMatchObject({ exit: 'tunnel', code: 'loop_not_proven' });
    expect(error.message).toContain('answered by another server');
    expect(error.hint).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
    expect(here.puts()).toEqual([]);
    expect(await here.locked()).toBe(false);
  });

  test('for a public url that leads nowhere', async () => {
    const here = await setUp();
    const url = await closedUrl();
    expect(await failureAt(here, { ingress: { kind: 'public-url', url } })).toMatchObject({
      code: 'loop_not_proven',
    });
  });

  test('for a target that is the listener itself', async () => {
    const here = await setUp();
    const port = await closedPort();
    for (const host of ['127.0.0.1', 'localhost']) {
      const targets = [parseTarget(`${host}:${port}/x`)];
      expect(await failureAt(here, { receiver: { port }, forwarding: { targets } })).toMatchObject({
        exit: 'usage',
        code: 'target_is_receiver',
      });
    }
  });

  test('for no event left to subscribe to', async () => {
    const here = await setUp();
    expect(await failureAt(here, { takeover: { ignoreEvents: ['message', 'qr'] } })).toMatchObject({
      exit: 'usage',
      code: 'no_events',
    });
  });

  test('for an original webhook that the vendor refuses to write', async () => {
    const here = await setUp();
    here.api.disturb(({ method }) => (method === 'PUT' ? { status: 422 } : null));
    const listener = here.listen();
    expect(await failureOf(listener.stopped)).toMatchObject({ code: 'restore_would_fail' });
    expect(here.puts()).toHaveLength(1);
    expect(await here.current()).toEqual(OWN);
    expect(await here.locked()).toBe(false);
    expect(await here.journal.read()).toBe(null);
  });
});
