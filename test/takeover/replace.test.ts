import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Webhook } from '../../src/eazewa/client.ts';
import { NO_GUARD } from '../../src/takeover/guard/start.ts';
import type { TakeoverOptions } from '../../src/takeover/hold.ts';
import { type JournalEntry, journalPath } from '../../src/takeover/journal.ts';
import { holdByReplacing } from '../../src/takeover/replace.ts';
import { restoreWebhook } from '../../src/takeover/restore.ts';
import {
  API_TOKEN,
  between,
  clientOf,
  INSTANCE,
  journalEntry,
  simulator,
} from '../listener/harness.ts';
import { failureOf } from '../support/failure.ts';
import { manualClock, passing } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';
import { vendorStub } from '../support/vendor-stub.ts';
import {
  instanceToHold,
  MOVED,
  ORIGINAL,
  OURS,
  PATH_TOKEN,
  RESTORE,
  SECOND,
  SHORT,
  shows,
} from './harness.ts';

const setUp = (original: Webhook = ORIGINAL, options: Partial<TakeoverOptions> = {}) =>
  instanceToHold(holdByReplacing, original, options);

describe('taking an instance', () => {
  test('writes the original back, journals it, reads once more, sets ours and reads that back, in this order', async () => {
    const { api, hold, journal, current, posted } = await setUp();
    const seen: unknown[] = [];
    api.disturb(async ({ method, webhook }) => {
      seen.push([method, webhook?.url ?? null, (await journal.read()) !== null, posted.length]);
      return null;
    });
    await hold();
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

  test('journals all that is needed to restore the original', async () => {
    const { api, hold, journal } = await setUp();
    await hold();
    expect(await journal.read()).toEqual({
      v: 1,
      kind: 'takeover',
      step: 'set',
      at: '2026-11-23T09:00:00.000Z',
      formerPathTokens: [],
      origins: ['http://127.0.0.1:4000'],
      older: [],
      staleReads: false,
      doubtAt: '',
      subscriptions: [],
      account: expect.stringMatching(/^[0-9a-f]{16}$/),
      apiUrl: api.apiUrl,
      apiUrlSource: 'flag',
      instanceId: INSTANCE,
      original: ORIGINAL,
      before: null,
      ours: OURS,
      pathToken: PATH_TOKEN,
      since: '2026-11-23T09:00:00.000Z',
      host: expect.any(String),
      pid: process.pid,
    });
  });

  test('journals the origins of crashed listeners, the one that was asked for, and the one it got', async () => {
    const { hold, journal } = await setUp(ORIGINAL, {
      formerOrigins: ['https://crashed.ngrok.app'],
      askedFor: 'https://mine.ngrok.app',
    });
    await hold();
    expect((await journal.read())?.origins).toEqual([
      'https://crashed.ngrok.app',
      'https://mine.ngrok.app',
      'http://127.0.0.1:4000',
    ]);
  });

  test('takes what the vendor has in another order for the same', async () => {
    const { api, hold, change, current } = await setUp();
    api.disturb(async ({ method }, number) => {
      if (method === 'GET' && number > 4)
        await change({ ...OURS, events: [...OURS.events].reverse() });
      return null;
    });
    await hold();
    expect((await current()).url).toBe(OURS.url);
  });

  test('shows no path token', async () => {
    const { hold, posted } = await setUp();
    await (await hold()).release();
    expect(posted.length).toBeGreaterThan(1);
    expect(JSON.stringify(posted)).not.toContain(PATH_TOKEN);
  });
});

describe("an instance at another listener's tunnel", () => {
  const others = (host: string) => ({
    url: `https://${host}/webhooks/whatsapp/${'0123456789abcdef'.repeat(3)}`,
    events: ['message'],
  });
  const TUNNEL = others('laptop.ngrok.app');
  const writes = (asked: readonly { method: string; webhook: Webhook | null }[]) =>
    asked.filter(({ method }) => method === 'PUT').map(({ webhook }) => webhook);

  test('is taken without the proof, which would write what is never restored', async () => {
    const { api, hold, current } = await setUp(TUNNEL);
    await hold();
    expect(writes(api.asked)).toEqual([OURS]);
    expect(await current()).toEqual(OURS);
  });

  test('stays as the other listener restores it before ours is set', async () => {
    const { api, hold, change, current, journal } = await setUp(TUNNEL);
    api.disturb(async (_, number) => {
      if (number === 2) await change(ORIGINAL);
      return null;
    });
    expect(await failureOf(hold())).toMatchObject({ code: 'changed_meanwhile' });
    expect(writes(api.asked)).toEqual([]);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
  });

  test('is not given its own webhook for the proof, either', async () => {
    const { api, hold, current } = await setUp(TUNNEL, { original: ORIGINAL });
    const held = await hold();
    expect(writes(api.asked)).toEqual([OURS]);
    expect(await held.release()).toBe(true);
    expect(await current()).toEqual(ORIGINAL);
  });

  test('is not given that tunnel where a crashed listener of ours had found it', async () => {
    const formerPathTokens = ['crashed-0123456789abcdef0123456789abcdef'];
    const crashed = {
      url: `https://old.ngrok.app/webhooks/whatsapp/${formerPathTokens[0]}`,
      events: ['message'],
    };
    const { api, hold } = await setUp(crashed, { original: TUNNEL, formerPathTokens });
    await hold();
    expect(writes(api.asked)).toEqual([OURS]);
  });

  test('is taken without the proof on any host where its path token has the prefix', async () => {
    const url = `https://dev.example.com/webhooks/whatsapp/ehk_${'x'.repeat(43)}`;
    const { api, hold } = await setUp({ url, events: ['message'] });
    await hold();
    expect(writes(api.asked)).toEqual([OURS]);
  });

  test('is told from our own by its origin, where both have the same fixed path token', async () => {
    const url = OURS.url.replace('127.0.0.1:4000', 'laptop.ngrok.app');
    const { api, hold, change, current } = await setUp();
    const held = await hold();
    await change({ url, events: ['message'] });
    expect(held.holds(url)).toBe(false);
    await held.move(MOVED);
    expect(await held.release()).toBe(true);
    expect(writes(api.asked)).toEqual([ORIGINAL, OURS]);
    expect(await current()).toEqual({ url, events: ['message'] });
  });

  test("is proven where production has a listener's path", async () => {
    const production = others('bot.example.com');
    const { api, hold } = await setUp(production);
    await hold();
    expect(writes(api.asked)).toEqual([production, OURS]);
  });
});

describe('an instance that cannot be taken', () => {
  test('is not touched when the vendor refuses its own webhook', async () => {
    const { api, hold, journal, current, codes } = await setUp();
    const json = { message: 'no', errors: { 'webhook.url': ['must use https'] } };
    api.disturb(({ method }) => (method === 'PUT' ? { status: 422, json } : null));
    const error = await failureOf(hold());
    expect(error).toMatchObject({ exit: 'vendor', code: 'restore_would_fail' });
    expect(error.message).toContain('must use https');
    expect(api.short()).toEqual(['GET', `PUT ${ORIGINAL.url}`]);
    expect(await journal.read()).toBe(null);
    expect(await current()).toEqual(ORIGINAL);
    expect(codes()).toEqual([]);
  });

  test('is not touched when the vendor fails before', async () => {
    const { api, hold, journal } = await setUp();
    api.disturb(({ method }) => (method === 'PUT' ? { status: 503 } : null));
    expect(await failureOf(hold())).toMatchObject({ code: 'vendor_failing' });
    expect(new Set(api.short())).toEqual(new Set(['GET', `PUT ${ORIGINAL.url}`]));
    expect(await journal.read()).toBe(null);
  });

  test('is not touched when the journal cannot be written', async () => {
    const { api, hold, folder, current } = await setUp();
    mkdirSync(journalPath(folder));
    expect(await failureOf(hold())).toMatchObject({ exit: 'state' });
    expect(api.short()).toEqual(['GET', `PUT ${ORIGINAL.url}`]);
    expect(await current()).toEqual(ORIGINAL);
  });

  test('is not touched when somebody else has changed it since it was looked at', async () => {
    const { api, hold, journal, current, change } = await setUp();
    await change(SECOND);
    expect(await failureOf(hold())).toMatchObject({ code: 'changed_meanwhile' });
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
      const { api, hold, journal, current, codes } = await setUp();
      api.disturb(({ webhook }) => (webhook?.url === OURS.url ? { status } : null));
      expect(await failureOf(hold())).toMatchObject({ code });
      expect(await journal.read()).toBe(null);
      expect(await current()).toEqual(ORIGINAL);
      expect(codes()).not.toContain('webhook_changed');
    },
  );

  test.each(['cut', { status: 503 }] as const)(
    'is watched while nobody knows whether ours is set or will be: %j',
    async (answer) => {
      const clock = manualClock();
      const { api, hold, journal, current, change, codes } = await setUp(ORIGINAL, { clock });
      let doubts: string | undefined;
      api.disturb(async ({ method, webhook }, number) => {
        if (webhook?.url === OURS.url) return answer;
        // The request arrives after all, when the original was written again.
        if (method === 'GET' && number === 12) {
          doubts = (await journal.read())?.doubtAt;
          await change(OURS);
        }
        return null;
      });
      const holding = failureOf(hold());
      await until(() => codes().includes('webhook_in_doubt'));
      expect((await passing(clock, holding)).exit).toBe('vendor');
      expect(codes()).toEqual(['webhook_in_doubt', 'webhook restored']);
      expect(await current()).toEqual(ORIGINAL);
      expect(await journal.read()).toBe(null);
      expect(doubts).toBe('2026-11-23T09:00:00.000Z');
    },
  );

  test('is restored when it was set although the vendor failed', async () => {
    const { api, hold, journal, current, change } = await setUp();
    api.disturb(async ({ webhook }) => {
      if (webhook?.url !== OURS.url) return null;
      await change(OURS);
      return { status: 500 };
    });
    expect(await failureOf(hold())).toMatchObject({ code: 'vendor_failing' });
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
  });

  test('is restored when the vendor shows something else than was set', async () => {
    const { api, hold, journal, current, change, codes } = await setUp();
    let reads = 0;
    api.disturb(async ({ method }) => {
      if (method === 'GET' && ++reads === 3) await change({ ...OURS, events: ['message'] });
      return null;
    });
    const error = await failureOf(hold());
    expect(error).toMatchObject({ exit: 'vendor', code: 'read_back_differs' });
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['vendor_lags', 'vendor_lags', 'webhook restored']);
  });

  test('is restored when the vendor shows the old webhook, and may show ours yet', async () => {
    const { api, hold, journal, current, codes } = await setUp();
    api.disturb(({ method }, number) => (method === 'GET' && number > 4 ? shows(ORIGINAL) : null));
    expect(await failureOf(hold())).toMatchObject({ code: 'read_back_differs' });
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['vendor_lags', 'vendor_lags', 'webhook restored']);
  });

  test('is left alone when somebody else set another webhook at that moment', async () => {
    const { api, hold, journal, current, change, codes } = await setUp();
    api.disturb(async ({ method }, number) => {
      if (method === 'GET' && number > 4) await change(SECOND);
      return null;
    });
    expect(await failureOf(hold())).toMatchObject({ code: 'read_back_differs' });
    expect(await current()).toEqual(SECOND);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['vendor_lags', 'webhook_changed']);
  });

  test('is left alone when somebody else set another webhook before ours', async () => {
    const { api, hold, journal, current, change, codes } = await setUp();
    // While the journal was written and the guard started.
    api.disturb(async ({ method }, number) => {
      if (method === 'GET' && number === 3) await change(SECOND);
      return null;
    });
    expect(await failureOf(hold())).toMatchObject({ code: 'changed_meanwhile' });
    expect(await current()).toEqual(SECOND);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook_changed']);
  });

  test('and cannot be restored either is an error of its own, with the command', async () => {
    const { api, hold, journal } = await setUp();
    let set = false;
    api.disturb(({ webhook }) => {
      if (webhook?.url === OURS.url) set = true;
      return set && webhook?.url !== OURS.url ? { status: 503 } : null;
    });
    const error = await failureOf(hold());
    expect(error).toMatchObject({ exit: 'notRestored', code: 'not_restored' });
    expect(error.hint).toContain(RESTORE);
    expect((await journal.read())?.original).toEqual(ORIGINAL);
  });
});

describe('stopping halfway', () => {
  // The requests of a takeover: a look, write-back, ours, read-back.
  test.each([1, 2, 3, 4])('at request %i leaves the instance as it was', async (at) => {
    const { api, hold, stop, journal, current, codes } = await setUp();
    const reason = new Error('stopped by the test');
    api.disturb((_, number) => {
      if (number === at) stop.abort(reason);
      return null;
    });
    await expect(hold()).rejects.toBe(reason);
    await until(async () => (await current()).url === ORIGINAL.url);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(codes()).not.toContain('webhook_changed');
  });

  test('waits for the answer to what it has begun to write, which could arrive after all else', async () => {
    const { api, hold, stop, journal, current } = await setUp();
    const reason = new Error('stopped by the test');
    api.disturb(async ({ webhook }) => {
      if (webhook?.url !== OURS.url) return null;
      stop.abort(reason);
      // Wait for a restore, which must not come before this was answered.
      await until(() => api.asked.length > 2, 'more requests', 100).catch(() => {});
      return null;
    });
    await expect(hold()).rejects.toBe(reason);
    await until(() => api.answered() === api.asked.length);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
  });

  test('before the first request asks nothing', async () => {
    const { api, hold, stop } = await setUp();
    stop.abort(new Error('stopped by the test'));
    await expect(hold()).rejects.toThrow('stopped by the test');
    expect(api.asked).toEqual([]);
  });
});

describe('releasing', () => {
  test('reads the instance, restores exactly what was there, reads that, and removes the journal', async () => {
    const { api, hold, journal, current, posted } = await setUp();
    const held = await hold();
    expect(await held.release()).toBe(true);
    expect(api.short().slice(5)).toEqual(['GET', `PUT ${ORIGINAL.url}`, 'GET']);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(posted.at(-1)).toEqual({ type: 'webhook', state: 'restored', ...ORIGINAL });
  });

  test('restores no webhook where there was none', async () => {
    const none: Webhook = { url: null, events: [] };
    const { hold, current, posted } = await setUp(none);
    await (await hold()).release();
    expect(await current()).toEqual(none);
    expect(posted.at(-1)).toEqual({ type: 'webhook', state: 'restored', ...none });
  });

  test('twice is once', async () => {
    const { api, hold } = await setUp();
    const held = await hold();
    expect(await Promise.all([held.release(), held.release()])).toEqual([true, true]);
    expect(await held.release()).toBe(true);
    expect(api.asked).toHaveLength(8);
  });

  test('leaves alone what somebody else has set, and says so', async () => {
    const { hold, journal, current, change, codes } = await setUp();
    const held = await hold();
    await change(SECOND);
    expect(await held.release()).toBe(true);
    expect(await current()).toEqual(SECOND);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook set', 'vendor_lags', 'webhook_changed']);
  });

  test('is over when the instance is gone and the list does not have it, and says so', async () => {
    const { api, hold, journal, codes } = await setUp();
    const held = await hold();
    api.disturb(({ path }) =>
      path.endsWith('/33') ? { status: 404 } : { status: 200, json: { instances: [] } },
    );
    expect(await held.release()).toBe(true);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook set', 'webhook_gone']);
  });

  test('does not believe that an instance is gone which the list still has', async () => {
    const { api, hold, journal, codes } = await setUp();
    const held = await hold();
    api.disturb(({ path }) => (path.endsWith('/33') ? { status: 404 } : null));
    expect(await held.release()).toBe(false);
    expect((await journal.read())?.original).toEqual(ORIGINAL);
    expect(codes()).not.toContain('webhook_gone');
  });

  test('is tried again while the vendor only says that it did', async () => {
    const { api, hold, journal, current, codes } = await setUp(ORIGINAL, {
      retries: { forMs: 20_000, pauseMs: 10 },
    });
    const held = await hold();
    let lies = 2;
    api.disturb(({ method }) => (method === 'PUT' && lies-- > 0 ? { status: 200 } : null));
    expect(await held.release()).toBe(true);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual([
      'webhook set',
      'restore_retry',
      'restore_retry',
      'vendor_lags',
      'webhook restored',
    ]);
  });

  test('is tried again while the vendor fails', async () => {
    const { api, hold, current, codes } = await setUp(ORIGINAL, {
      retries: { forMs: 20_000, pauseMs: 10 },
    });
    const held = await hold();
    api.disturb((_, number) => (number <= 8 ? { status: 503 } : null));
    expect(await held.release()).toBe(true);
    expect(await current()).toEqual(ORIGINAL);
    expect(codes()).toEqual(['webhook set', 'restore_retry', 'webhook restored']);
  });

  test('that fails for its whole time keeps the journal and names the command', async () => {
    const { api, hold, journal, current, posted, codes } = await setUp(ORIGINAL, {
      retries: { forMs: 60, pauseMs: 40 },
    });
    const held = await hold();
    api.disturb(() => 'cut');
    expect(await held.release()).toBe(false);
    expect(await current()).toEqual(OURS);
    expect((await journal.read())?.original).toEqual(ORIGINAL);
    // How often it was tried in that time is the machine's affair.
    const said = codes().filter((code) => code !== 'restore_retry');
    expect(said).toEqual(['webhook set', 'webhook not-restored', 'not_restored']);
    expect(posted.at(-1)).toHaveProperty('message', expect.stringContaining(RESTORE));
  });

  test('is not tried again when the API token is refused: that does not pass', async () => {
    const { api, hold, journal, codes } = await setUp(ORIGINAL, {
      retries: { forMs: 20_000, pauseMs: 10 },
    });
    const held = await hold();
    api.disturb(() => ({ status: 401 }));
    expect(await held.release()).toBe(false);
    expect(api.asked).toHaveLength(6);
    expect(await journal.read()).not.toBe(null);
    expect(codes()).toEqual(['webhook set', 'webhook not-restored', 'not_restored']);
  });
});

describe('a request that fails', () => {
  /** The first PUT with this url fails, and somebody else sets another webhook before the next one. */
  const overtake = ({ api, change }: Awaited<ReturnType<typeof setUp>>, url: string | null) => {
    let isFirst = true;
    api.disturb(async ({ webhook }) => {
      if (!isFirst || webhook?.url !== url) return null;
      isFirst = false;
      await change(SECOND);
      return { status: 503 };
    });
  };

  test.each([
    ['the proof', ORIGINAL],
    ['the first request that sets ours', OURS],
  ])('is not sent again over the webhook of somebody else: %s', async (_, { url }) => {
    const here = await setUp();
    overtake(here, url);
    expect(await failureOf(here.hold())).toMatchObject({ code: 'changed_meanwhile' });
    expect(await here.current()).toEqual(SECOND);
    expect(await here.journal.read()).toBe(null);
  });

  test('is not sent again over the webhook of somebody else: a renewal', async () => {
    const here = await setUp();
    const held = await here.hold();
    overtake(here, OURS.url);
    expect(await failureOf(held.subscribe(['call']))).toMatchObject({ code: 'changed_elsewhere' });
    expect(await here.current()).toEqual(SECOND);
  });
});

describe('while the instance is held', () => {
  const HALF_A_MINUTE = 30_000;
  const setUpWithClock = async () => {
    const clock = manualClock();
    return { ...(await setUp(ORIGINAL, { clock })), clock };
  };
  type Here = Awaited<ReturnType<typeof setUpWithClock>>;

  /** The answers to all that was asked have been read: two more went there and back since. */
  const settled = async ({ api, current }: Here) => {
    await until(() => api.answered() === api.asked.length);
    for (const _ of [1, 2]) await current();
  };

  /** The instance is read after so many milliseconds, and not before. */
  const expectLookAfter = async (here: Here, ms: number) => {
    await settled(here);
    const before = here.api.asked.length;
    here.clock.advance(ms - 1);
    await settled(here);
    expect(here.api.asked).toHaveLength(before);
    here.clock.advance(1);
    await until(() => here.api.asked.length === before + 1);
    await settled(here);
    // What it saw is in the journal by now.
    await until(() => here.clock.isAwaited());
  };

  test('it is read every 30 s; a webhook of somebody else is told once, and never fought over', async () => {
    const here = await setUpWithClock();
    const { api, hold, change, current, codes, posted } = here;
    await hold();
    const look = async () => {
      await expectLookAfter(here, HALF_A_MINUTE);
      await expectLookAfter(here, HALF_A_MINUTE);
    };
    await look();
    expect(codes()).toEqual(['webhook set']);
    await change(SECOND);
    await expectLookAfter(here, HALF_A_MINUTE);
    expect(codes()).toEqual(['webhook set']);
    here.clock.advance(SHORT.settleMs);
    await until(() => codes().length === 2);
    await look();
    expect(codes()).toEqual(['webhook set', 'webhook changed-elsewhere']);
    expect(posted.at(-1)).toMatchObject(SECOND);
    expect(await current()).toEqual(SECOND);
    await change(OURS);
    await expectLookAfter(here, HALF_A_MINUTE);
    here.clock.advance(SHORT.settleMs);
    await until(() => codes().length === 3);
    expect(codes()).toEqual(['webhook set', 'webhook changed-elsewhere', 'webhook set']);
    expect(new Set(api.short().slice(4))).toEqual(new Set(['GET']));
  });

  test('a proof that is carried out late is told, and the release restores the original', async () => {
    const here = await setUpWithClock();
    const held = await here.hold();
    await here.change(ORIGINAL);
    await expectLookAfter(here, HALF_A_MINUTE);
    here.clock.advance(SHORT.settleMs);
    await until(() => here.codes().length === 2);
    expect(here.posted.at(-1)).toMatchObject({ state: 'changed-elsewhere', ...ORIGINAL });
    expect(await passing(here.clock, held.release())).toBe(true);
    expect(await here.current()).toEqual(ORIGINAL);
    expect(await here.journal.read()).toBe(null);
  });

  test('it is read more seldom while the vendor fails, and nothing is said of it', async () => {
    const here = await setUpWithClock();
    await here.hold();
    here.api.disturb(() => ({ status: 429 }));
    for (const seconds of [30, 60, 120, 240, 300]) await expectLookAfter(here, seconds * 1000);
    here.api.disturb(() => null);
    await expectLookAfter(here, 300_000);
    await expectLookAfter(here, HALF_A_MINUTE);
    expect(here.codes()).toEqual(['webhook set']);
  });

  test('it is not read any more once it is released', async () => {
    const here = await setUpWithClock();
    const held = await here.hold();
    await held.release();
    const asked = here.api.asked.length;
    here.clock.advance(10 * HALF_A_MINUTE);
    await settled(here);
    expect(here.api.asked).toHaveLength(asked);
  });
});

describe('another url of the same listener', () => {
  test.each([true, false])(
    'is set without the folder only where a guard knows it (%s)',
    async (watches) => {
      const told: (string | null)[] = [];
      const guard = {
        ...NO_GUARD,
        watches: () => watches,
        tell: ({ ours }: JournalEntry) => void told.push(ours.url),
      };
      const { folder, hold, current } = await setUp(ORIGINAL, { guard });
      const held = await hold();
      rmSync(folder, { recursive: true });
      const moved = held.move(MOVED);
      if (watches) await moved;
      else expect(await failureOf(moved)).toMatchObject({ code: 'file_not_written' });
      expect((await current()).url).toBe(watches ? MOVED : OURS.url);
      expect(told.at(-1)).toBe(MOVED);
      expect(await held.release()).toBe(true);
      expect(await current()).toEqual(ORIGINAL);
    },
  );

  test('is journalled before the instance gets it, with the events it has by now', async () => {
    const { api, hold, journal, current, change, posted } = await setUp();
    const held = await hold();
    const events = ['message', 'call'];
    await change({ ...OURS, events });
    const journalled: unknown[] = [];
    api.disturb(async ({ method }) => {
      if (method !== 'PUT') return null;
      const { ours, origins } = (await journal.read()) ?? {};
      journalled.push({ ...ours, origins });
      return null;
    });
    await held.move(MOVED);
    expect(await current()).toEqual({ url: MOVED, events });
    const origins = ['http://127.0.0.1:4000', 'https://other.ngrok.example'];
    expect(journalled).toEqual([{ url: MOVED, events, origins }]);
    expect(await journal.read()).toMatchObject({ original: ORIGINAL, pathToken: PATH_TOKEN });
    expect(posted.at(-1)).toMatchObject({ type: 'webhook', state: 'set', events });
    expect(JSON.stringify(posted)).not.toContain(PATH_TOKEN);
    api.disturb(() => null);
    await held.release();
    expect(await current()).toEqual(ORIGINAL);
  });

  test('is not set where somebody else has set theirs', async () => {
    const { hold, current, change, journal } = await setUp();
    const held = await hold();
    await change(SECOND);
    await held.move(MOVED);
    expect(await current()).toEqual(SECOND);
    expect((await journal.read())?.ours).toEqual(OURS);
  });

  test('that the vendor does not take is an error, and the original comes back all the same', async () => {
    const { api, hold, current } = await setUp();
    const held = await hold();
    api.disturb(({ webhook }) => (webhook?.url === MOVED ? { status: 422 } : null));
    await expect(held.move(MOVED)).rejects.toMatchObject({ code: 'vendor_refused' });
    await held.release();
    expect(await current()).toEqual(ORIGINAL);
  });

  test('is not set any more once the original is being restored', async () => {
    const { hold, current } = await setUp();
    const held = await hold();
    await Promise.all([held.release(), held.move(MOVED)]);
    await held.move(MOVED);
    expect(await current()).toEqual(ORIGINAL);
  });

  test('that is being set when the listener stops gives way to the original', async () => {
    const { api, hold, current } = await setUp();
    const held = await hold();
    let released: Promise<boolean> | undefined;
    api.disturb(({ method }) => {
      if (method === 'PUT') released ??= held.release();
      return null;
    });
    await held.move(MOVED);
    expect(await released).toBe(true);
    expect(await current()).toEqual(ORIGINAL);
  });
});

describe('restoring what a crashed listener left', () => {
  const crashed = journalEntry();

  test('writes the original when the instance still holds its url, by whatever tunnel', async () => {
    const url = `https://another.ngrok.app/webhooks/whatsapp/${crashed.pathToken}`;
    const vendor = await simulator({ url, events: ['message'] });
    const client = clientOf(vendor.apiUrl);
    expect(await restoreWebhook(client, crashed)).toBe('restored');
    expect((await client.getInstance(INSTANCE)).webhook).toEqual(crashed.original);
  });

  test('writes nothing when somebody else has set another', async () => {
    const vendor = await simulator(SECOND);
    const client = clientOf(vendor.apiUrl);
    expect(await restoreWebhook(client, crashed)).toBe('changed');
    expect((await client.getInstance(INSTANCE)).webhook).toEqual(SECOND);
  });

  test('writes the original again where it shows already: that read may lag', async () => {
    const vendor = await simulator(crashed.original);
    const api = await between(vendor.apiUrl);
    expect(await restoreWebhook(clientOf(api.apiUrl), crashed)).toBe('there');
    expect(api.short()).toEqual(['GET', `PUT ${crashed.original.url}`, 'GET']);
  });

  test('says when the instance is gone', async () => {
    const stub = await vendorStub({ status: 404 }, { json: { instances: [] } });
    onTestFinished(stub.close);
    expect(await restoreWebhook(clientOf(stub.apiUrl), crashed)).toBe('gone');
    expect(stub.seen[0]?.headers.authorization).toBe(`Bearer ${API_TOKEN}`);
  });

  test('throws what the vendor says otherwise', async () => {
    const stub = await vendorStub({ status: 401 });
    onTestFinished(stub.close);
    expect(await failureOf(restoreWebhook(clientOf(stub.apiUrl), crashed))).toMatchObject({
      exit: 'auth',
    });
  });
});
