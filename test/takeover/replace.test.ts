import { mkdirSync } from 'node:fs';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Webhook } from '../../src/eazewa/client.ts';
import type { NewFeedEntry } from '../../src/feed/feed.ts';
import { NO_GUARD } from '../../src/takeover/guard/start.ts';
import { fileJournal, journalPath } from '../../src/takeover/journal.ts';
import { type Takeover, type TakeoverOptions, takeOver } from '../../src/takeover/replace.ts';
import { restoreWebhook } from '../../src/takeover/restore.ts';
import { createAsked } from '../../src/takeover/wanted-events.ts';
import {
  API_TOKEN,
  between,
  clientOf,
  failureOf,
  INSTANCE,
  journalEntry,
  simulator,
  temporaryFolder,
} from '../listener/harness.ts';
import { until } from '../support/until.ts';
import { vendorStub } from '../support/vendor-stub.ts';

const PATH_TOKEN = 'SecretPathTokenOf43Characters0123456789abcd';
const ORIGINAL: Webhook = { url: 'https://bot.example.com/hook', events: ['message', 'qr'] };
const OURS: Webhook = {
  url: `http://127.0.0.1:4000/webhooks/whatsapp/${PATH_TOKEN}`,
  events: ['message', 'message_ack'],
};
const SECOND: Webhook = { url: 'https://somebody.example.com/else', events: ['call'] };
const RESTORE = 'eazewa-hooks restore -i 33 --api-url http://x';

/** An instance with this webhook, and all that is needed to take it. */
async function setUp(original: Webhook = ORIGINAL, options: Partial<TakeoverOptions> = {}) {
  const vendor = await simulator(original);
  const api = await between(vendor.apiUrl);
  const folder = temporaryFolder();
  const journal = fileJournal(folder);
  const posted: NewFeedEntry[] = [];
  const direct = clientOf(vendor.apiUrl);
  const stop = new AbortController();
  const take = async (): Promise<Takeover> => {
    const taken = await takeOver({
      client: clientOf(api.apiUrl),
      journal,
      api: { apiUrl: api.apiUrl, apiUrlSource: 'flag' },
      instanceId: INSTANCE,
      original,
      found: original,
      ours: OURS,
      asked: createAsked(OURS.events, false),
      pathToken: PATH_TOKEN,
      formerTokens: [],
      since: Date.UTC(2026, 10, 23, 9),
      guard: NO_GUARD,
      now: () => Date.UTC(2026, 10, 23, 9),
      post: (entry) => posted.push(entry),
      restoreCommand: RESTORE,
      signal: stop.signal,
      // No time for a second try.
      retries: { forMs: 900, pauseMs: 1000 },
      ...options,
    });
    onTestFinished(async () => void (await taken.release()));
    return taken;
  };
  return {
    vendor,
    api,
    folder,
    journal,
    posted,
    stop,
    take,
    /** What the instance has now. */
    current: async () => (await direct.getInstance(INSTANCE)).webhook,
    /** Somebody else sets another webhook. */
    change: (webhook: Webhook) => direct.updateWebhook(INSTANCE, webhook),
    codes: () =>
      posted.map((entry) =>
        'code' in entry ? entry.code : `${entry.type} ${'state' in entry ? entry.state : ''}`,
      ),
  };
}

describe('taking an instance', () => {
  test('writes the original back, journals it, reads once more, sets ours and reads that back, in this order', async () => {
    const { api, take, journal, current, posted } = await setUp();
    const seen: unknown[] = [];
    api.disturb(async ({ method, webhook }) => {
      seen.push([method, webhook?.url ?? null, (await journal.read()) !== null, posted.length]);
      return null;
    });
    await take();
    expect(seen).toEqual([
      ['GET', null, false, 0],
      ['PUT', ORIGINAL.url, false, 0],
      ['GET', null, true, 0],
      ['PUT', OURS.url, true, 0],
      ['GET', null, true, 0],
    ]);
    expect(api.asked[1]?.webhook).toEqual(ORIGINAL);
    expect(await current()).toEqual(OURS);
    expect(posted).toMatchObject([{ type: 'webhook', state: 'set', events: OURS.events }]);
  });

  test('journals all that is needed to put the original back', async () => {
    const { api, take, journal } = await setUp();
    await take();
    expect(await journal.read()).toEqual({
      v: 1,
      kind: 'takeover',
      step: 'set',
      at: '2026-11-23T09:00:00.000Z',
      formerTokens: [],
      subscriptions: [],
      account: expect.stringMatching(/^[0-9a-f]{16}$/),
      apiUrl: api.apiUrl,
      apiUrlSource: 'flag',
      instanceId: INSTANCE,
      original: ORIGINAL,
      ours: OURS,
      pathToken: PATH_TOKEN,
      since: '2026-11-23T09:00:00.000Z',
      host: expect.any(String),
      pid: process.pid,
    });
  });

  test('takes what the vendor has in another order for the same', async () => {
    const { api, take, change, current } = await setUp();
    api.disturb(async ({ method }, number) => {
      if (method === 'GET' && number > 4)
        await change({ ...OURS, events: [...OURS.events].reverse() });
      return null;
    });
    await take();
    expect((await current()).url).toBe(OURS.url);
  });

  test('shows no path token', async () => {
    const { take, posted } = await setUp();
    await (await take()).release();
    expect(posted.length).toBeGreaterThan(1);
    expect(JSON.stringify(posted)).not.toContain(PATH_TOKEN);
  });
});

describe('an instance that cannot be taken', () => {
  test('is not touched when the vendor refuses its own webhook', async () => {
    const { api, take, journal, current, codes } = await setUp();
    const json = { message: 'no', errors: { 'webhook.url': ['must use https'] } };
    api.disturb(({ method }) => (method === 'PUT' ? { status: 422, json } : null));
    const error = await failureOf(take());
    expect(error).toMatchObject({ exit: 'vendor', code: 'restore_would_fail' });
    expect(error.message).toContain('must use https');
    expect(api.short()).toEqual(['GET', `PUT ${ORIGINAL.url}`]);
    expect(await journal.read()).toBe(null);
    expect(await current()).toEqual(ORIGINAL);
    expect(codes()).toEqual([]);
  });

  test('is not touched when the vendor fails before', async () => {
    const { api, take, journal } = await setUp();
    api.disturb(({ method }) => (method === 'PUT' ? { status: 503 } : null));
    expect(await failureOf(take())).toMatchObject({ code: 'vendor_failing' });
    expect(new Set(api.short())).toEqual(new Set(['GET', `PUT ${ORIGINAL.url}`]));
    expect(await journal.read()).toBe(null);
  });

  test('is not touched when the journal cannot be written', async () => {
    const { api, take, folder, current } = await setUp();
    mkdirSync(journalPath(folder));
    expect(await failureOf(take())).toMatchObject({ exit: 'state' });
    expect(api.short()).toEqual(['GET', `PUT ${ORIGINAL.url}`]);
    expect(await current()).toEqual(ORIGINAL);
  });

  test('is not touched when somebody else has changed it since it was looked at', async () => {
    const { api, take, journal, current, change } = await setUp();
    await change(SECOND);
    expect(await failureOf(take())).toMatchObject({ code: 'changed_meanwhile' });
    expect(api.short()).toEqual(['GET']);
    expect(await journal.read()).toBe(null);
    expect(await current()).toEqual(SECOND);
  });

  test.each([
    ['refused', 422, 'vendor_refused'],
    ['forbidden', 403, 'api_token_refused'],
  ])(
    'is as it was when setting ours is %s, and nobody is said to have changed it',
    async (_, status, code) => {
      const { api, take, journal, current, codes } = await setUp();
      api.disturb(({ webhook }) => (webhook?.url === OURS.url ? { status } : null));
      expect(await failureOf(take())).toMatchObject({ code });
      expect(await journal.read()).toBe(null);
      expect(await current()).toEqual(ORIGINAL);
      expect(codes()).not.toContain('webhook_changed');
    },
  );

  test.each(['cut', { status: 503 }] as const)(
    'keeps its journal when nobody knows whether ours is set or will be: %j',
    async (answer) => {
      const { api, take, journal, current, change, codes } = await setUp();
      api.disturb(({ webhook }) => (webhook?.url === OURS.url ? answer : null));
      const error = await failureOf(take());
      expect(error.exit).toBe('vendor');
      expect(await current()).toEqual(ORIGINAL);
      expect(codes()).toEqual(['webhook_in_doubt']);
      // It arrives after all: what was kept puts it back.
      await change(OURS);
      const left = await journal.read();
      if (left === null) throw new Error('no journal');
      api.disturb(() => null);
      expect(await restoreWebhook(clientOf(api.apiUrl), left)).toBe('restored');
      expect(await current()).toEqual(ORIGINAL);
    },
  );

  test('is put back when it was set although the vendor failed', async () => {
    const { api, take, journal, current, change } = await setUp();
    api.disturb(async ({ webhook }) => {
      if (webhook?.url !== OURS.url) return null;
      await change(OURS);
      return { status: 500 };
    });
    expect(await failureOf(take())).toMatchObject({ code: 'vendor_failing' });
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
  });

  test('is put back when the vendor shows something else than was set', async () => {
    const { api, take, journal, current, change, codes } = await setUp();
    let reads = 0;
    api.disturb(async ({ method }) => {
      if (method === 'GET' && ++reads === 3) await change({ ...OURS, events: ['message'] });
      return null;
    });
    const error = await failureOf(take());
    expect(error).toMatchObject({ exit: 'vendor', code: 'read_back_differs' });
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook restored']);
  });

  test('keeps its journal when the vendor shows the old webhook, and may show ours yet', async () => {
    const { api, take, journal, current, codes } = await setUp();
    const { url: webhook_url, events: webhook_events } = ORIGINAL;
    const json = { instance: { id: 33, name: 'Shop', webhook_url, webhook_events } };
    api.disturb(({ method }, number) =>
      method === 'GET' && number > 4 ? { status: 200, json } : null,
    );
    expect(await failureOf(take())).toMatchObject({ code: 'read_back_differs' });
    expect(await current()).toEqual(OURS);
    expect(await journal.read()).toMatchObject({ step: 'about-to-set', original: ORIGINAL });
    expect(codes()).toEqual(['webhook_in_doubt']);
  });

  test('is left alone when somebody else set another webhook at that moment', async () => {
    const { api, take, journal, current, change, codes } = await setUp();
    api.disturb(async ({ method }, number) => {
      if (method === 'GET' && number > 4) await change(SECOND);
      return null;
    });
    expect(await failureOf(take())).toMatchObject({ code: 'read_back_differs' });
    expect(await current()).toEqual(SECOND);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook_changed']);
  });

  test('is left alone when somebody else set another webhook before ours', async () => {
    const { api, take, journal, current, change, codes } = await setUp();
    // While the journal was written and the guard started.
    api.disturb(async ({ method }, number) => {
      if (method === 'GET' && number === 3) await change(SECOND);
      return null;
    });
    expect(await failureOf(take())).toMatchObject({ code: 'changed_meanwhile' });
    expect(await current()).toEqual(SECOND);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook_changed']);
  });

  test('and cannot be put back either is an error of its own, with the command', async () => {
    const { api, take, journal } = await setUp();
    let set = false;
    api.disturb(({ webhook }) => {
      if (webhook?.url === OURS.url) set = true;
      return set && webhook?.url !== OURS.url ? { status: 503 } : null;
    });
    const error = await failureOf(take());
    expect(error).toMatchObject({ exit: 'notRestored', code: 'not_restored' });
    expect(error.hint).toContain(RESTORE);
    expect((await journal.read())?.original).toEqual(ORIGINAL);
  });
});

describe('stopping halfway', () => {
  // The requests of a takeover: a look, write-back, ours, read-back.
  test.each([1, 2, 3, 4])('at request %i leaves the instance as it was', async (at) => {
    const { api, take, stop, journal, current, codes } = await setUp();
    const reason = new Error('stopped by the test');
    api.disturb((_, number) => {
      if (number === at) stop.abort(reason);
      return null;
    });
    await expect(take()).rejects.toBe(reason);
    await until(async () => (await current()).url === ORIGINAL.url);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(codes()).not.toContain('webhook_changed');
  });

  test('waits for the answer to what it has begun to write, which could arrive after all else', async () => {
    const { api, take, stop, journal, current } = await setUp();
    const reason = new Error('stopped by the test');
    api.disturb(async ({ webhook }) => {
      if (webhook?.url !== OURS.url) return null;
      stop.abort(reason);
      // Until it is put back, or not before this was answered.
      await until(() => api.asked.length > 2, 'more requests', 100).catch(() => {});
      return null;
    });
    await expect(take()).rejects.toBe(reason);
    await until(() => api.answered() === api.asked.length);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
  });

  test('before the first request asks nothing', async () => {
    const { api, take, stop } = await setUp();
    stop.abort(new Error('stopped by the test'));
    await expect(take()).rejects.toThrow('stopped by the test');
    expect(api.asked).toEqual([]);
  });
});

describe('releasing', () => {
  test('reads the instance, puts back exactly what was there, reads that, and forgets the journal', async () => {
    const { api, take, journal, current, posted } = await setUp();
    const taken = await take();
    expect(await taken.release()).toBe(true);
    expect(api.short().slice(5)).toEqual(['GET', `PUT ${ORIGINAL.url}`, 'GET']);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(posted.at(-1)).toEqual({ type: 'webhook', state: 'restored', ...ORIGINAL });
  });

  test('puts back nothing where there was nothing', async () => {
    const none: Webhook = { url: null, events: [] };
    const { take, current, posted } = await setUp(none);
    await (await take()).release();
    expect(await current()).toEqual(none);
    expect(posted.at(-1)).toEqual({ type: 'webhook', state: 'restored', ...none });
  });

  test('twice is once', async () => {
    const { api, take } = await setUp();
    const taken = await take();
    expect(await Promise.all([taken.release(), taken.release()])).toEqual([true, true]);
    expect(await taken.release()).toBe(true);
    expect(api.asked).toHaveLength(8);
  });

  test('leaves alone what somebody else has set, and says so', async () => {
    const { take, journal, current, change, codes } = await setUp();
    const taken = await take();
    await change(SECOND);
    expect(await taken.release()).toBe(true);
    expect(await current()).toEqual(SECOND);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook set', 'webhook_changed']);
  });

  test('is over when the instance is gone and the list does not have it, and says so', async () => {
    const { api, take, journal, codes } = await setUp();
    const taken = await take();
    api.disturb(({ path }) =>
      path.endsWith('/33') ? { status: 404 } : { status: 200, json: { instances: [] } },
    );
    expect(await taken.release()).toBe(true);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook set', 'webhook_gone']);
  });

  test('does not believe that an instance is gone which the list still has', async () => {
    const { api, take, journal, codes } = await setUp();
    const taken = await take();
    api.disturb(({ path }) => (path.endsWith('/33') ? { status: 404 } : null));
    expect(await taken.release()).toBe(false);
    expect((await journal.read())?.original).toEqual(ORIGINAL);
    expect(codes()).not.toContain('webhook_gone');
  });

  test('is tried again while the vendor only says that it did', async () => {
    const { api, take, journal, current, codes } = await setUp(ORIGINAL, {
      retries: { forMs: 20_000, pauseMs: 10 },
    });
    const taken = await take();
    let lies = 2;
    api.disturb(({ method }) => (method === 'PUT' && lies-- > 0 ? { status: 200 } : null));
    expect(await taken.release()).toBe(true);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook set', 'restore_retry', 'restore_retry', 'webhook restored']);
  });

  test('is tried again while the vendor fails', async () => {
    const { api, take, current, codes } = await setUp(ORIGINAL, {
      retries: { forMs: 20_000, pauseMs: 10 },
    });
    const taken = await take();
    api.disturb((_, number) => (number <= 8 ? { status: 503 } : null));
    expect(await taken.release()).toBe(true);
    expect(await current()).toEqual(ORIGINAL);
    expect(codes()).toEqual(['webhook set', 'restore_retry', 'webhook restored']);
  });

  test('that fails for its whole time keeps the journal and names the command', async () => {
    const { api, take, journal, current, posted, codes } = await setUp(ORIGINAL, {
      retries: { forMs: 60, pauseMs: 40 },
    });
    const taken = await take();
    api.disturb(() => 'cut');
    expect(await taken.release()).toBe(false);
    expect(await current()).toEqual(OURS);
    expect((await journal.read())?.original).toEqual(ORIGINAL);
    // How often it was tried in that time is the machine's affair.
    const said = codes().filter((code) => code !== 'restore_retry');
    expect(said).toEqual(['webhook set', 'webhook not-restored', 'not_restored']);
    expect(posted.at(-1)).toHaveProperty('message', expect.stringContaining(RESTORE));
  });

  test('is not tried again when the API token is refused: that does not pass', async () => {
    const { api, take, journal, codes } = await setUp(ORIGINAL, {
      retries: { forMs: 20_000, pauseMs: 10 },
    });
    const taken = await take();
    api.disturb(() => ({ status: 401 }));
    expect(await taken.release()).toBe(false);
    expect(api.asked).toHaveLength(6);
    expect(await journal.read()).not.toBe(null);
    expect(codes()).toEqual(['webhook set', 'webhook not-restored', 'not_restored']);
  });
});

describe('while the instance is held', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    return () => void vi.useRealTimers();
  });

  const HALF_A_MINUTE = 30_000;
  type Here = Awaited<ReturnType<typeof setUp>>;

  /** The answers to all that was asked have been read: two more went there and back since. */
  const settled = async ({ api, current }: Here) => {
    await until(() => api.answered() === api.asked.length);
    for (const _ of [1, 2]) await current();
  };

  /** The instance is read after so many milliseconds, and not before. */
  const expectLookAfter = async (here: Here, ms: number) => {
    await settled(here);
    const before = here.api.asked.length;
    vi.advanceTimersByTime(ms - 1);
    await settled(here);
    expect(here.api.asked).toHaveLength(before);
    vi.advanceTimersByTime(1);
    await until(() => here.api.asked.length === before + 1);
    await settled(here);
  };

  test('it is read every 30 s; a webhook of somebody else is told once, and never fought over', async () => {
    const here = await setUp();
    const { api, take, change, current, codes, posted } = here;
    await take();
    const look = async () => {
      await expectLookAfter(here, HALF_A_MINUTE);
      await expectLookAfter(here, HALF_A_MINUTE);
    };
    await look();
    expect(codes()).toEqual(['webhook set']);
    await change(SECOND);
    await look();
    expect(codes()).toEqual(['webhook set', 'webhook changed-elsewhere']);
    expect(posted.at(-1)).toMatchObject(SECOND);
    expect(await current()).toEqual(SECOND);
    await change(OURS);
    await look();
    expect(codes()).toEqual(['webhook set', 'webhook changed-elsewhere', 'webhook set']);
    expect(new Set(api.short().slice(4))).toEqual(new Set(['GET']));
  });

  test('it is read more seldom while the vendor fails, and nothing is said of it', async () => {
    const here = await setUp();
    await here.take();
    here.api.disturb(() => ({ status: 429 }));
    for (const seconds of [30, 60, 120, 240, 300]) await expectLookAfter(here, seconds * 1000);
    here.api.disturb(() => null);
    await expectLookAfter(here, 300_000);
    await expectLookAfter(here, HALF_A_MINUTE);
    expect(here.codes()).toEqual(['webhook set']);
  });

  test('it is not read any more once it is released', async () => {
    const here = await setUp();
    const taken = await here.take();
    await taken.release();
    const asked = here.api.asked.length;
    vi.advanceTimersByTime(10 * HALF_A_MINUTE);
    await settled(here);
    expect(here.api.asked).toHaveLength(asked);
  });
});

describe('another url of the same listener', () => {
  const MOVED = `https://other.ngrok.example/webhooks/whatsapp/${PATH_TOKEN}`;

  test('is journalled before the instance gets it, with the events it has by now', async () => {
    const { api, take, journal, current, change, posted } = await setUp();
    const taken = await take();
    const events = ['message', 'call'];
    await change({ ...OURS, events });
    const journalled: unknown[] = [];
    api.disturb(async ({ method }) => {
      if (method === 'PUT') journalled.push((await journal.read())?.ours);
      return null;
    });
    await taken.move(MOVED);
    expect(await current()).toEqual({ url: MOVED, events });
    expect(journalled).toEqual([{ url: MOVED, events }]);
    expect(await journal.read()).toMatchObject({ original: ORIGINAL, pathToken: PATH_TOKEN });
    expect(posted.at(-1)).toMatchObject({ type: 'webhook', state: 'set', events });
    expect(JSON.stringify(posted)).not.toContain(PATH_TOKEN);
    api.disturb(() => null);
    await taken.release();
    expect(await current()).toEqual(ORIGINAL);
  });

  test('is not set where somebody else has set theirs', async () => {
    const { take, current, change, journal } = await setUp();
    const taken = await take();
    await change(SECOND);
    await taken.move(MOVED);
    expect(await current()).toEqual(SECOND);
    expect((await journal.read())?.ours).toEqual(OURS);
  });

  test('that the vendor does not take is an error, and the original comes back all the same', async () => {
    const { api, take, current } = await setUp();
    const taken = await take();
    api.disturb(({ webhook }) => (webhook?.url === MOVED ? { status: 422 } : null));
    await expect(taken.move(MOVED)).rejects.toMatchObject({ code: 'vendor_refused' });
    await taken.release();
    expect(await current()).toEqual(ORIGINAL);
  });

  test('is not set any more once the original is being put back', async () => {
    const { take, current } = await setUp();
    const taken = await take();
    await Promise.all([taken.release(), taken.move(MOVED)]);
    await taken.move(MOVED);
    expect(await current()).toEqual(ORIGINAL);
  });

  test('that is being set when the listener stops gives way to the original', async () => {
    const { api, take, current } = await setUp();
    const taken = await take();
    let released: Promise<boolean> | undefined;
    api.disturb(({ method }) => {
      if (method === 'PUT') released ??= taken.release();
      return null;
    });
    await taken.move(MOVED);
    expect(await released).toBe(true);
    expect(await current()).toEqual(ORIGINAL);
  });
});

describe('putting back what a dead listener left', () => {
  const dead = journalEntry();

  test('writes the original when the instance still holds its url, by whatever tunnel', async () => {
    const url = `https://another.ngrok.app/webhooks/whatsapp/${dead.pathToken}`;
    const vendor = await simulator({ url, events: ['message'] });
    const client = clientOf(vendor.apiUrl);
    expect(await restoreWebhook(client, dead)).toBe('restored');
    expect((await client.getInstance(INSTANCE)).webhook).toEqual(dead.original);
  });

  test('writes nothing when somebody else has set another', async () => {
    const vendor = await simulator(SECOND);
    const client = clientOf(vendor.apiUrl);
    expect(await restoreWebhook(client, dead)).toBe('changed');
    expect((await client.getInstance(INSTANCE)).webhook).toEqual(SECOND);
  });

  test('writes nothing when the original is there already', async () => {
    const vendor = await simulator(dead.original);
    const api = await between(vendor.apiUrl);
    expect(await restoreWebhook(clientOf(api.apiUrl), dead)).toBe('there');
    expect(api.short()).toEqual(['GET']);
  });

  test('says when the instance is gone', async () => {
    const stub = await vendorStub({ status: 404 }, { json: { instances: [] } });
    onTestFinished(stub.close);
    expect(await restoreWebhook(clientOf(stub.apiUrl), dead)).toBe('gone');
    expect(stub.seen[0]?.headers.authorization).toBe(`Bearer ${API_TOKEN}`);
  });

  test('throws what the vendor says otherwise', async () => {
    const stub = await vendorStub({ status: 401 });
    onTestFinished(stub.close);
    expect(await failureOf(restoreWebhook(clientOf(stub.apiUrl), dead))).toMatchObject({
      exit: 'auth',
    });
  });
});
