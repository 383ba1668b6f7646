import { describe, expect, test } from 'vitest';
import { CliError } from '../../src/errors.ts';
import { NO_GUARD } from '../../src/takeover/guard/start.ts';
import type { Takeover, TakeoverOptions } from '../../src/takeover/hold.ts';
import { restoreWebhook } from '../../src/takeover/restore.ts';
import { holdSideBySide } from '../../src/takeover/side-by-side.ts';
import { clientOf, INSTANCE, journalEntry } from '../listener/harness.ts';
import { failureOf } from '../support/failure.ts';
import { manualClock, passing } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';
import { instanceToHold, MOVED, ORIGINAL, OURS, PATH_TOKEN, RESTORE } from './harness.ts';

const setUp = (options: Partial<TakeoverOptions> = {}) =>
  instanceToHold(holdSideBySide, ORIGINAL, options);

describe('holding an instance side by side', () => {
  test('journals, waits for the guard, and adds a subscription: nothing else is asked', async () => {
    const order: string[] = [];
    const guard = { ...NO_GUARD, armed: async () => void order.push('armed') };
    const { api, hold, journal, current, subscriptions, posted } = await setUp({ guard });
    api.disturb(async ({ method }) => {
      order.push(method);
      expect(await journal.read()).toMatchObject({
        kind: 'side-by-side',
        step: 'about-to-set',
        subscriptions: [{ id: null, url: OURS.url }],
      });
      return null;
    });
    const held = await hold();
    expect(order).toEqual(['armed', 'POST']);
    expect(api.asked[0]).toMatchObject({ webhook: OURS });
    const [subscription] = await subscriptions();
    expect(subscription).toMatchObject(OURS);
    expect(await journal.read()).toMatchObject({
      kind: 'side-by-side',
      step: 'set',
      original: ORIGINAL,
      ours: OURS,
      subscriptions: [{ id: String(subscription?.id), url: OURS.url }],
    });
    expect(await current()).toEqual(ORIGINAL);
    expect(posted).toMatchObject([
      { type: 'webhook', state: 'set', events: OURS.events, sideBySide: true },
    ]);
    expect(JSON.stringify(posted)).not.toContain(PATH_TOKEN);
    expect(held.original()).toEqual(ORIGINAL);
    expect(held.ours()).toEqual(OURS);
  });

  test.each([422, 403, 404])('that is refused with %i leaves nothing to do', async (status) => {
    const { api, hold, journal, subscriptions } = await setUp();
    api.disturb(() => ({ status }));
    await failureOf(hold());
    expect(api.short()).toEqual([`POST ${OURS.url}`]);
    expect(await journal.read()).toBe(null);
    expect(await subscriptions()).toEqual([]);
  });

  test('is not believed to be gone while nothing of the instance can be found', async () => {
    const { api, hold, subscriptions, journal, codes } = await setUp({
      retries: { forMs: 5000, pauseMs: 20 },
    });
    const held = await hold();
    let failing = 3;
    api.disturb(() => (failing-- > 0 ? { status: 404 } : null));
    expect(await held.release()).toBe(true);
    expect(codes()).toContain('restore_retry');
    expect(await subscriptions()).toEqual([]);
    expect(await journal.read()).toBe(null);
  });

  test('is refused where the instance has as many as it may have', async () => {
    const { direct, hold, journal, subscriptions } = await setUp();
    for (let n = 0; n < 25; n++) {
      await direct.addSubscription(INSTANCE, { url: `https://x.example/${n}`, events: ['qr'] });
    }
    expect((await failureOf(hold())).message).toContain('25');
    expect(await journal.read()).toBe(null);
    expect(await subscriptions()).toHaveLength(25);
  });

  test('without a guard to be had asks nothing', async () => {
    const armed = () => Promise.reject(new CliError('state', 'no_guard', 'There is no guard'));
    const { api, hold, journal } = await setUp({ guard: { ...NO_GUARD, armed } });
    expect(await failureOf(hold())).toMatchObject({ code: 'no_guard' });
    expect(api.asked).toEqual([]);
    expect(await journal.read()).toBe(null);
  });

  test('that is stopped before asks nothing, and halfway leaves nothing', async () => {
    const before = await setUp();
    before.stop.abort(new Error('stopped by the test'));
    await expect(before.hold()).rejects.toThrow('stopped by the test');
    expect(before.api.asked).toEqual([]);

    const { api, hold, stop, journal, subscriptions } = await setUp();
    api.disturb(() => {
      stop.abort(new Error('stopped by the test'));
      return null;
    });
    await expect(hold()).rejects.toThrow('stopped by the test');
    expect(api.short()).toEqual([`POST ${OURS.url}`, 'DELETE']);
    expect(await subscriptions()).toEqual([]);
    expect(await journal.read()).toBe(null);
  });

  test.each([false, true])(
    'is watched while nobody knows whether it was added or will be (it was: %s)',
    async (wasAdded) => {
      const clock = manualClock();
      const { api, hold, journal, direct, subscriptions, codes } = await setUp({ clock });
      // Three attempts of the first request; then the subscription is looked up.
      api.disturb(async (_, number) => {
        // The request arrives after all, when the subscription was removed.
        if (number === 6) await direct.addSubscription(INSTANCE, OURS);
        if (number > 3) return null;
        if (wasAdded) await direct.addSubscription(INSTANCE, OURS);
        return 'cut';
      });
      const holding = failureOf(hold());
      await until(() => codes().includes('webhook_in_doubt'));
      expect((await passing(clock, holding)).exit).toBe('vendor');
      expect(await subscriptions()).toEqual([]);
      expect(codes()).toEqual(['webhook_in_doubt', 'webhook restored']);
      expect(await journal.read()).toBe(null);
    },
  );

  test('and not being able to undo it is an error of its own, with the command', async () => {
    const { api, hold, journal } = await setUp();
    api.disturb(() => 'cut');
    const error = await failureOf(hold());
    expect(error).toMatchObject({ exit: 'notRestored', code: 'not_restored' });
    expect(error.hint).toContain(RESTORE);
    expect((await journal.read())?.subscriptions).toEqual([{ id: null, url: OURS.url }]);
  });
});

describe('releasing', () => {
  test('removes the subscription, and touches nothing else', async () => {
    const { api, hold, journal, current, subscriptions, posted } = await setUp();
    const held = await hold();
    expect(await Promise.all([held.release(), held.release()])).toEqual([true, true]);
    expect(api.short()).toEqual([`POST ${OURS.url}`, 'DELETE']);
    expect(await subscriptions()).toEqual([]);
    expect(await current()).toEqual(ORIGINAL);
    expect(await journal.read()).toBe(null);
    expect(posted.at(-1)).toEqual({
      type: 'webhook',
      state: 'restored',
      ...ORIGINAL,
      sideBySide: true,
    });
  });

  test('is fine with a subscription that somebody else has removed', async () => {
    const { hold, direct, journal, subscriptions, codes } = await setUp();
    const held = await hold();
    const [one] = await subscriptions();
    await direct.removeSubscription(INSTANCE, String(one?.id));
    expect(await held.release()).toBe(true);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook set', 'webhook restored']);
  });

  test('leaves a webhook that was set meanwhile as it is', async () => {
    const { hold, direct, current } = await setUp();
    const held = await hold();
    const theirs = { url: 'https://somebody.example.com/else', events: ['call'] };
    await direct.updateWebhook(INSTANCE, theirs);
    await held.release();
    expect(await current()).toEqual(theirs);
  });

  test('is tried again while the vendor fails', async () => {
    const { api, hold, subscriptions, codes } = await setUp({
      retries: { forMs: 20_000, pauseMs: 10 },
    });
    const held = await hold();
    api.disturb((_, number) => (number <= 4 ? { status: 503 } : null));
    expect(await held.release()).toBe(true);
    expect(await subscriptions()).toEqual([]);
    expect(codes()).toEqual(['webhook set', 'restore_retry', 'webhook restored']);
  });

  test('that fails for its whole time keeps the journal and names the command', async () => {
    const { api, hold, journal, posted } = await setUp({ retries: { forMs: 60, pauseMs: 40 } });
    const held = await hold();
    api.disturb(() => 'cut');
    expect(await held.release()).toBe(false);
    expect((await journal.read())?.subscriptions).toHaveLength(1);
    expect(posted.at(-1)).toMatchObject({ code: 'not_restored' });
    expect(posted.at(-1)).toHaveProperty('message', expect.stringContaining(RESTORE));
    expect(posted.at(-1)).toHaveProperty('message', expect.stringContaining('subscription'));
  });
});

describe('another url of the same listener', () => {
  test('is subscribed before the old one is removed', async () => {
    const { api, hold, subscriptions, journal, posted } = await setUp();
    const held = await hold();
    const urls: string[][] = [];
    api.disturb(async () => {
      urls.push((await journal.read())?.subscriptions.map(({ url }) => url) ?? []);
      return null;
    });
    await held.move(MOVED);
    expect(api.short()).toEqual([`POST ${OURS.url}`, `POST ${MOVED}`, 'DELETE']);
    expect(urls).toEqual([
      [OURS.url, MOVED],
      [OURS.url, MOVED],
    ]);
    expect(await subscriptions()).toMatchObject([{ url: MOVED, events: OURS.events }]);
    expect(held.ours().url).toBe(MOVED);
    expect(await journal.read()).toMatchObject({
      step: 'renewed',
      subscriptions: [{ url: MOVED, id: expect.any(String) }],
    });
    expect(posted.at(-1)).toMatchObject({ state: 'set', sideBySide: true });
  });

  test('that the vendor does not take leaves the old one, and is taken when asked for again', async () => {
    const { api, hold, subscriptions } = await setUp();
    const held = await hold();
    api.disturb(({ webhook }) => (webhook?.url === MOVED ? { status: 503 } : null));
    await expect(held.move(MOVED)).rejects.toMatchObject({ code: 'vendor_failing' });
    expect(await subscriptions()).toMatchObject([OURS]);
    api.disturb(() => null);
    await held.move(MOVED);
    expect(await subscriptions()).toMatchObject([{ url: MOVED, events: OURS.events }]);
    await held.release();
    expect(await subscriptions()).toEqual([]);
  });

  test('that the vendor refuses for good does not keep the release from its end', async () => {
    const { api, hold, journal, subscriptions } = await setUp();
    const held = await hold();
    api.disturb(({ webhook }) => (webhook?.url === MOVED ? { status: 422 } : null));
    await expect(held.move(MOVED)).rejects.toMatchObject({ code: 'vendor_refused' });
    expect(await held.release()).toBe(true);
    expect(await subscriptions()).toEqual([]);
    expect(await journal.read()).toBe(null);
  });

  test('is not subscribed any more once it is released', async () => {
    const { hold, subscriptions } = await setUp();
    const held = await hold();
    await Promise.all([held.release(), held.move(MOVED)]);
    await held.move(MOVED);
    expect(await subscriptions()).toEqual([]);
  });

  test('that is being subscribed when the listener stops is removed with the old one', async () => {
    const { api, hold, subscriptions, codes } = await setUp();
    const held = await hold();
    let released: Promise<boolean> | undefined;
    api.disturb(() => {
      released ??= held.release();
      return null;
    });
    await held.move(MOVED);
    expect(await released).toBe(true);
    expect(await subscriptions()).toEqual([]);
    expect(codes()).toContain('change_under_way');
  });
});

describe('other events', () => {
  test('are a new subscription in the place of the old one', async () => {
    const { api, hold, current, subscriptions } = await setUp();
    const held = await hold();
    const [before] = await subscriptions();
    expect(await held.subscribe(['call', 'qr', 'call'])).toEqual(['call', 'qr']);
    expect(api.short()).toEqual([`POST ${OURS.url}`, 'DELETE', `POST ${OURS.url}`]);
    const [after, ...more] = await subscriptions();
    expect(after).toMatchObject({ url: OURS.url, events: ['call', 'qr'] });
    expect(after?.id).not.toBe(before?.id);
    expect(more).toEqual([]);
    expect(held.ours().events).toEqual(['call', 'qr']);
    expect(await current()).toEqual(ORIGINAL);
  });

  test('that the vendor refuses leave those of before', async () => {
    const { hold, subscriptions, codes } = await setUp();
    const held = await hold();
    await expect(held.subscribe(['no_such_event'])).rejects.toMatchObject({
      code: 'vendor_refused',
    });
    expect(await subscriptions()).toMatchObject([OURS]);
    expect(held.ours()).toEqual(OURS);
    expect(codes()).toEqual(['webhook set', 'webhook set']);
  });

  test('that cannot be had are told, and can be asked for again', async () => {
    const { api, hold, subscriptions, codes } = await setUp();
    const held = await hold();
    api.disturb(({ method }) => (method === 'POST' ? 'cut' : null));
    expect(await failureOf(held.subscribe(['call']))).toMatchObject({ exit: 'vendor' });
    expect(codes()).toEqual(['webhook set', 'not_subscribed']);
    api.disturb(() => null);
    await held.subscribe(['call']);
    expect(await subscriptions()).toMatchObject([{ url: OURS.url, events: ['call'] }]);
    await held.release();
    expect(await subscriptions()).toEqual([]);
  });

  test('must be some', async () => {
    const { hold } = await setUp();
    expect(await failureOf((await hold()).subscribe([]))).toMatchObject({ code: 'no_events' });
  });

  test('are not taken any more once it is released', async () => {
    const { hold } = await setUp();
    const held = await hold();
    await held.release();
    for (const late of [held.subscribe(['call']), held.change({ url: null })]) {
      expect(await failureOf(late)).toMatchObject({ code: 'listener_stopping' });
    }
  });
});

describe("a change of the instance's own webhook", () => {
  test('is made at once, and stays', async () => {
    const { hold, current, subscriptions } = await setUp();
    const held = await hold();
    const url = 'https://new.example.com/hook';
    const done = await held.change({ url, events: { add: ['call'], remove: [] } });
    const after = { url, events: [...ORIGINAL.events, 'call'] };
    expect(done).toEqual({ before: ORIGINAL, after, held: false });
    expect(await current()).toEqual(after);
    expect(held.original()).toEqual(after);
    expect(await subscriptions()).toMatchObject([OURS]);
    await held.release();
    expect(await current()).toEqual(after);
  });

  test('to the url of the listener is refused', async () => {
    const { hold, current } = await setUp();
    const changing = (await hold()).change({ url: OURS.url });
    expect(await failureOf(changing)).toMatchObject({ code: 'listeners_url' });
    expect(await current()).toEqual(ORIGINAL);
  });
});

describe('a listener that crashes', () => {
  const life = async (held: Takeover) => {
    await held.move(MOVED);
    await held.subscribe(['call']);
    await held.release();
  };
  const REQUESTS = [1, 2, 3, 4, 5, 6];

  test('has made all requests of this life by then', async () => {
    const { api, hold } = await setUp();
    await life(await hold());
    expect(api.short()).toEqual([
      `POST ${OURS.url}`,
      ...[`POST ${MOVED}`, 'DELETE'],
      ...['DELETE', `POST ${MOVED}`],
      'DELETE',
    ]);
    expect(REQUESTS).toHaveLength(api.asked.length);
  });

  test.each(
    REQUESTS.flatMap((nth) => [
      { nth, arrived: false },
      { nth, arrived: true },
    ]),
  )(
    'at request $nth (arrived: $arrived) leaves nothing that its journal does not remove',
    async ({ nth, arrived }) => {
      const { api, hold, journal, direct, current, subscriptions } = await setUp({
        retries: { forMs: 9000, pauseMs: 10_000 },
      });
      let crash = () => {};
      const crashed = new Promise<void>((resolve) => {
        crash = resolve;
      });
      let end = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      api.disturb(async ({ method, path, webhook }, number) => {
        if (number < nth) return null;
        if (arrived && method === 'POST' && webhook?.url) {
          await direct.addSubscription(INSTANCE, { ...webhook, url: webhook.url });
        }
        if (arrived && method === 'DELETE') {
          await direct.removeSubscription(INSTANCE, path.split('/').at(-1) ?? '');
        }
        crash();
        await ended;
        return 'cut';
      });
      const living = hold()
        .then(life)
        .catch(() => {});
      await crashed;
      const left = await journal.read();
      if (left === null) throw new Error('no journal');
      await restoreWebhook(direct, left);
      expect(await subscriptions()).toEqual([]);
      expect(await current()).toEqual(ORIGINAL);
      api.disturb(() => 'cut');
      end();
      await living;
      await until(() => api.answered() === api.asked.length);
    },
  );
});

describe('restoring what a crashed listener left side by side', () => {
  const left = (subscriptions: { id: string | null; url: string }[]) =>
    journalEntry({ kind: 'side-by-side', original: ORIGINAL, ours: OURS, subscriptions });

  test('removes what is known by its id', async () => {
    const { api, direct, subscriptions, current } = await setUp();
    const id = await direct.addSubscription(INSTANCE, OURS);
    const client = clientOf(api.apiUrl);
    expect(await restoreWebhook(client, left([{ id, url: OURS.url }]))).toBe('restored');
    expect(api.short()).toEqual(['DELETE']);
    expect(await subscriptions()).toEqual([]);
    expect(await restoreWebhook(client, left([{ id, url: OURS.url }]))).toBe('there');
    expect(await current()).toEqual(ORIGINAL);
  });

  test.each([true, false])('looks up an unknown id (there is one: %s)', async (isOne) => {
    const { api, direct, subscriptions } = await setUp();
    if (isOne) await direct.addSubscription(INSTANCE, OURS);
    const entry = left([{ id: null, url: OURS.url }]);
    // Still in doubt: what asked for it may arrive later.
    expect(await restoreWebhook(clientOf(api.apiUrl), entry)).toBe('there');
    expect(api.short()).toEqual([`POST ${OURS.url}`, 'DELETE']);
    expect(await subscriptions()).toEqual([]);
  });

  test('leaves the subscriptions of others', async () => {
    const { direct, subscriptions } = await setUp();
    const theirs = { url: 'https://hooks.example.com/zap', events: ['qr'] };
    await direct.addSubscription(INSTANCE, theirs);
    await restoreWebhook(direct, left([{ id: null, url: OURS.url }]));
    expect(await subscriptions()).toMatchObject([theirs]);
  });

  test('says when the instance is gone', async () => {
    const { api } = await setUp();
    const entry = { ...left([{ id: null, url: OURS.url }]), instanceId: '34' };
    expect(await restoreWebhook(clientOf(api.apiUrl), entry)).toBe('gone');
  });

  test('removes those of a takeover, too, and then restores its webhook', async () => {
    const { direct, subscriptions, current } = await setUp();
    const id = await direct.addSubscription(INSTANCE, OURS);
    await direct.updateWebhook(INSTANCE, OURS);
    const entry = { ...left([{ id, url: OURS.url }]), kind: 'takeover', pathToken: PATH_TOKEN };
    expect(await restoreWebhook(direct, entry as typeof entry & { kind: 'takeover' })).toBe(
      'restored',
    );
    expect(await subscriptions()).toEqual([]);
    expect(await current()).toEqual(ORIGINAL);
  });
});
