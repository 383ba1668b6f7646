import { describe, expect, onTestFinished, test } from 'vitest';
import type { Webhook } from '../../src/eazewa/client.ts';
import { CliError } from '../../src/errors.ts';
import type { NewFeedEntry } from '../../src/feed/feed.ts';
import { NO_GUARD } from '../../src/takeover/guard/start.ts';
import { fileJournal } from '../../src/takeover/journal.ts';
import type { Takeover, TakeoverOptions } from '../../src/takeover/replace.ts';
import { restoreWebhook } from '../../src/takeover/restore.ts';
import { standBeside } from '../../src/takeover/side-by-side.ts';
import {
  between,
  clientOf,
  failureOf,
  INSTANCE,
  journalEntry,
  simulator,
  subscriptionsOf,
  temporaryFolder,
} from '../listener/harness.ts';
import { until } from '../support/until.ts';

const PATH_TOKEN = 'SecretPathTokenOf43Characters0123456789abcd';
const OWN: Webhook = { url: 'https://bot.example.com/hook', events: ['message', 'qr'] };
const OURS = {
  url: `http://127.0.0.1:4000/webhooks/whatsapp/${PATH_TOKEN}`,
  events: ['message', 'message_ack'],
};
const MOVED = `https://other.ngrok.example/webhooks/whatsapp/${PATH_TOKEN}`;
const RESTORE = 'eazewa-hooks restore -i 33 --api-url http://x';

/** An instance with a webhook of its own, and all that is needed to stand beside it. */
async function setUp(options: Partial<TakeoverOptions> = {}) {
  const vendor = await simulator(OWN);
  const api = await between(vendor.apiUrl);
  const journal = fileJournal(temporaryFolder());
  const posted: NewFeedEntry[] = [];
  const direct = clientOf(vendor.apiUrl);
  const stop = new AbortController();
  const stand = async (): Promise<Takeover> => {
    const standing = await standBeside({
      client: clientOf(api.apiUrl),
      journal,
      api: { apiUrl: api.apiUrl, apiUrlSource: 'flag' },
      instanceId: INSTANCE,
      original: OWN,
      found: OWN,
      ours: OURS,
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
    onTestFinished(async () => void (await standing.release()));
    return standing;
  };
  return {
    api,
    journal,
    posted,
    stop,
    stand,
    direct,
    own: async () => (await direct.getInstance(INSTANCE)).webhook,
    subscriptions: () => subscriptionsOf(vendor.apiUrl),
    codes: () =>
      posted.map((entry) =>
        'code' in entry ? entry.code : `${entry.type} ${'state' in entry ? entry.state : ''}`,
      ),
  };
}

describe('standing beside an instance', () => {
  test('journals, waits for the guard, and adds a subscription: nothing else is asked', async () => {
    const order: string[] = [];
    const guard = { ...NO_GUARD, armed: async () => void order.push('armed') };
    const { api, stand, journal, own, subscriptions, posted } = await setUp({ guard });
    api.disturb(async ({ method }) => {
      order.push(method);
      expect(await journal.read()).toMatchObject({
        kind: 'side-by-side',
        step: 'about-to-set',
        subscriptions: [{ id: null, url: OURS.url }],
      });
      return null;
    });
    const standing = await stand();
    expect(order).toEqual(['armed', 'POST']);
    expect(api.asked[0]).toMatchObject({ webhook: OURS });
    const [subscription] = await subscriptions();
    expect(subscription).toMatchObject(OURS);
    expect(await journal.read()).toMatchObject({
      kind: 'side-by-side',
      step: 'set',
      original: OWN,
      ours: OURS,
      subscriptions: [{ id: String(subscription?.id), url: OURS.url }],
    });
    expect(await own()).toEqual(OWN);
    expect(posted).toMatchObject([
      { type: 'webhook', state: 'set', events: OURS.events, sideBySide: true },
    ]);
    expect(JSON.stringify(posted)).not.toContain(PATH_TOKEN);
    expect(standing.original()).toEqual(OWN);
    expect(standing.ours()).toEqual(OURS);
  });

  test.each([422, 403, 404])('that is refused with %i leaves nothing to do', async (status) => {
    const { api, stand, journal, subscriptions } = await setUp();
    api.disturb(() => ({ status }));
    await failureOf(stand());
    expect(api.short()).toEqual([`POST ${OURS.url}`]);
    expect(await journal.read()).toBe(null);
    expect(await subscriptions()).toEqual([]);
  });

  test('is refused where the instance has as many as it may have', async () => {
    const { direct, stand, journal, subscriptions } = await setUp();
    for (let n = 0; n < 25; n++) {
      await direct.addSubscription(INSTANCE, { url: `https://x.example/${n}`, events: ['qr'] });
    }
    expect((await failureOf(stand())).message).toContain('25');
    expect(await journal.read()).toBe(null);
    expect(await subscriptions()).toHaveLength(25);
  });

  test('without a guard to be had asks nothing', async () => {
    const armed = () => Promise.reject(new CliError('state', 'no_guard', 'There is no guard'));
    const { api, stand, journal } = await setUp({ guard: { ...NO_GUARD, armed } });
    expect(await failureOf(stand())).toMatchObject({ code: 'no_guard' });
    expect(api.asked).toEqual([]);
    expect(await journal.read()).toBe(null);
  });

  test('that is stopped before asks nothing, and halfway leaves nothing', async () => {
    const before = await setUp();
    before.stop.abort(new Error('stopped by the test'));
    await expect(before.stand()).rejects.toThrow('stopped by the test');
    expect(before.api.asked).toEqual([]);

    const { api, stand, stop, journal, subscriptions } = await setUp();
    api.disturb(() => {
      stop.abort(new Error('stopped by the test'));
      return null;
    });
    await expect(stand()).rejects.toThrow('stopped by the test');
    expect(api.short()).toEqual([`POST ${OURS.url}`, 'DELETE']);
    expect(await subscriptions()).toEqual([]);
    expect(await journal.read()).toBe(null);
  });

  test.each([false, true])(
    'keeps its journal when nobody knows whether it was added or will be (it was: %s)',
    async (wasAdded) => {
      const { api, stand, journal, direct, subscriptions, codes } = await setUp();
      // Three tries of the first request; then it is looked for.
      api.disturb(async (_, number) => {
        if (number > 3) return null;
        if (wasAdded) await direct.addSubscription(INSTANCE, OURS);
        return 'cut';
      });
      expect((await failureOf(stand())).exit).toBe('vendor');
      expect(await subscriptions()).toEqual([]);
      expect(codes()).toEqual(['webhook_in_doubt']);
      // It arrives after all: what was kept removes it.
      await direct.addSubscription(INSTANCE, OURS);
      const left = await journal.read();
      if (left === null) throw new Error('no journal');
      await restoreWebhook(direct, left);
      expect(await subscriptions()).toEqual([]);
    },
  );

  test('and not being able to undo it is an error of its own, with the command', async () => {
    const { api, stand, journal } = await setUp();
    api.disturb(() => 'cut');
    const error = await failureOf(stand());
    expect(error).toMatchObject({ exit: 'notRestored', code: 'not_restored' });
    expect(error.hint).toContain(RESTORE);
    expect((await journal.read())?.subscriptions).toEqual([{ id: null, url: OURS.url }]);
  });
});

describe('releasing', () => {
  test('removes the subscription, and touches nothing else', async () => {
    const { api, stand, journal, own, subscriptions, posted } = await setUp();
    const standing = await stand();
    expect(await Promise.all([standing.release(), standing.release()])).toEqual([true, true]);
    expect(api.short()).toEqual([`POST ${OURS.url}`, 'DELETE']);
    expect(await subscriptions()).toEqual([]);
    expect(await own()).toEqual(OWN);
    expect(await journal.read()).toBe(null);
    expect(posted.at(-1)).toEqual({
      type: 'webhook',
      state: 'restored',
      ...OWN,
      sideBySide: true,
    });
  });

  test('is fine with a subscription that somebody else has removed', async () => {
    const { stand, direct, journal, subscriptions, codes } = await setUp();
    const standing = await stand();
    const [one] = await subscriptions();
    await direct.removeSubscription(INSTANCE, String(one?.id));
    expect(await standing.release()).toBe(true);
    expect(await journal.read()).toBe(null);
    expect(codes()).toEqual(['webhook set', 'webhook restored']);
  });

  test('leaves a webhook that was set meanwhile as it is', async () => {
    const { stand, direct, own } = await setUp();
    const standing = await stand();
    const theirs = { url: 'https://somebody.example.com/else', events: ['call'] };
    await direct.updateWebhook(INSTANCE, theirs);
    await standing.release();
    expect(await own()).toEqual(theirs);
  });

  test('is tried again while the vendor fails', async () => {
    const { api, stand, subscriptions, codes } = await setUp({
      retries: { forMs: 20_000, pauseMs: 10 },
    });
    const standing = await stand();
    api.disturb((_, number) => (number <= 4 ? { status: 503 } : null));
    expect(await standing.release()).toBe(true);
    expect(await subscriptions()).toEqual([]);
    expect(codes()).toEqual(['webhook set', 'restore_retry', 'webhook restored']);
  });

  test('that fails for its whole time keeps the journal and names the command', async () => {
    const { api, stand, journal, posted } = await setUp({ retries: { forMs: 60, pauseMs: 40 } });
    const standing = await stand();
    api.disturb(() => 'cut');
    expect(await standing.release()).toBe(false);
    expect((await journal.read())?.subscriptions).toHaveLength(1);
    expect(posted.at(-1)).toMatchObject({ code: 'not_restored' });
    expect(posted.at(-1)).toHaveProperty('message', expect.stringContaining(RESTORE));
    expect(posted.at(-1)).toHaveProperty('message', expect.stringContaining('subscription'));
  });
});

describe('another url of the same listener', () => {
  test('is subscribed before the old one is removed', async () => {
    const { api, stand, subscriptions, journal, posted } = await setUp();
    const standing = await stand();
    const urls: string[][] = [];
    api.disturb(async () => {
      urls.push((await journal.read())?.subscriptions.map(({ url }) => url) ?? []);
      return null;
    });
    await standing.move(MOVED);
    expect(api.short()).toEqual([`POST ${OURS.url}`, `POST ${MOVED}`, 'DELETE']);
    expect(urls).toEqual([
      [OURS.url, MOVED],
      [OURS.url, MOVED],
    ]);
    expect(await subscriptions()).toMatchObject([{ url: MOVED, events: OURS.events }]);
    expect(standing.ours().url).toBe(MOVED);
    expect(await journal.read()).toMatchObject({
      step: 'renewed',
      subscriptions: [{ url: MOVED, id: expect.any(String) }],
    });
    expect(posted.at(-1)).toMatchObject({ state: 'set', sideBySide: true });
  });

  test('that the vendor does not take leaves the old one, and is taken when asked for again', async () => {
    const { api, stand, subscriptions } = await setUp();
    const standing = await stand();
    api.disturb(({ webhook }) => (webhook?.url === MOVED ? { status: 503 } : null));
    await expect(standing.move(MOVED)).rejects.toMatchObject({ code: 'vendor_failing' });
    expect(await subscriptions()).toMatchObject([OURS]);
    api.disturb(() => null);
    await standing.move(MOVED);
    expect(await subscriptions()).toMatchObject([{ url: MOVED, events: OURS.events }]);
    await standing.release();
    expect(await subscriptions()).toEqual([]);
  });

  test('that the vendor refuses for good does not keep the release from its end', async () => {
    const { api, stand, journal, subscriptions } = await setUp();
    const standing = await stand();
    api.disturb(({ webhook }) => (webhook?.url === MOVED ? { status: 422 } : null));
    await expect(standing.move(MOVED)).rejects.toMatchObject({ code: 'vendor_refused' });
    expect(await standing.release()).toBe(true);
    expect(await subscriptions()).toEqual([]);
    expect(await journal.read()).toBe(null);
  });

  test('is not subscribed any more once it is released', async () => {
    const { stand, subscriptions } = await setUp();
    const standing = await stand();
    await Promise.all([standing.release(), standing.move(MOVED)]);
    await standing.move(MOVED);
    expect(await subscriptions()).toEqual([]);
  });

  test('that is being subscribed when the listener stops is removed with the old one', async () => {
    const { api, stand, subscriptions, codes } = await setUp();
    const standing = await stand();
    let released: Promise<boolean> | undefined;
    api.disturb(() => {
      released ??= standing.release();
      return null;
    });
    await standing.move(MOVED);
    expect(await released).toBe(true);
    expect(await subscriptions()).toEqual([]);
    expect(codes()).toContain('change_under_way');
  });
});

describe('other events', () => {
  test('are a new subscription in the place of the old one', async () => {
    const { api, stand, own, subscriptions } = await setUp();
    const standing = await stand();
    const [before] = await subscriptions();
    expect(await standing.subscribe(['call', 'qr', 'call'])).toEqual(['call', 'qr']);
    expect(api.short()).toEqual([`POST ${OURS.url}`, 'DELETE', `POST ${OURS.url}`]);
    const [after, ...more] = await subscriptions();
    expect(after).toMatchObject({ url: OURS.url, events: ['call', 'qr'] });
    expect(after?.id).not.toBe(before?.id);
    expect(more).toEqual([]);
    expect(standing.ours().events).toEqual(['call', 'qr']);
    expect(await own()).toEqual(OWN);
  });

  test('that the vendor refuses leave those of before', async () => {
    const { stand, subscriptions, codes } = await setUp();
    const standing = await stand();
    await expect(standing.subscribe(['no_such_event'])).rejects.toMatchObject({
      code: 'vendor_refused',
    });
    expect(await subscriptions()).toMatchObject([OURS]);
    expect(standing.ours()).toEqual(OURS);
    expect(codes()).toEqual(['webhook set', 'webhook set']);
  });

  test('that cannot be had are told, and can be asked for again', async () => {
    const { api, stand, subscriptions, codes } = await setUp();
    const standing = await stand();
    api.disturb(({ method }) => (method === 'POST' ? 'cut' : null));
    expect(await failureOf(standing.subscribe(['call']))).toMatchObject({ exit: 'vendor' });
    expect(codes()).toEqual(['webhook set', 'not_subscribed']);
    api.disturb(() => null);
    await standing.subscribe(['call']);
    expect(await subscriptions()).toMatchObject([{ url: OURS.url, events: ['call'] }]);
    await standing.release();
    expect(await subscriptions()).toEqual([]);
  });

  test('must be some', async () => {
    const { stand } = await setUp();
    expect(await failureOf((await stand()).subscribe([]))).toMatchObject({ code: 'no_events' });
  });

  test('are not taken any more once it is released', async () => {
    const { stand } = await setUp();
    const standing = await stand();
    await standing.release();
    for (const late of [standing.subscribe(['call']), standing.change({ url: null })]) {
      expect(await failureOf(late)).toMatchObject({ code: 'listener_stopping' });
    }
  });
});

describe("a change of the instance's own webhook", () => {
  test('is made at once, and stays', async () => {
    const { stand, own, subscriptions } = await setUp();
    const standing = await stand();
    const url = 'https://new.example.com/hook';
    const done = await standing.change({ url, events: { add: ['call'], remove: [] } });
    const after = { url, events: [...OWN.events, 'call'] };
    expect(done).toEqual({ before: OWN, after, held: false });
    expect(await own()).toEqual(after);
    expect(standing.original()).toEqual(after);
    expect(await subscriptions()).toMatchObject([OURS]);
    await standing.release();
    expect(await own()).toEqual(after);
  });

  test('to the url of the listener is refused', async () => {
    const { stand, own } = await setUp();
    const changing = (await stand()).change({ url: OURS.url });
    expect(await failureOf(changing)).toMatchObject({ code: 'listeners_url' });
    expect(await own()).toEqual(OWN);
  });
});

describe('a listener that dies', () => {
  const life = async (standing: Takeover) => {
    await standing.move(MOVED);
    await standing.subscribe(['call']);
    await standing.release();
  };
  const REQUESTS = [1, 2, 3, 4, 5, 6];

  test('has made all requests of this life by then', async () => {
    const { api, stand } = await setUp();
    await life(await stand());
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
      const { api, stand, journal, direct, own, subscriptions } = await setUp({
        retries: { forMs: 9000, pauseMs: 10_000 },
      });
      let die = () => {};
      const dead = new Promise<void>((resolve) => {
        die = resolve;
      });
      let bury = () => {};
      const buried = new Promise<void>((resolve) => {
        bury = resolve;
      });
      api.disturb(async ({ method, path, webhook }, number) => {
        if (number < nth) return null;
        if (arrived && method === 'POST' && webhook?.url) {
          await direct.addSubscription(INSTANCE, { ...webhook, url: webhook.url });
        }
        if (arrived && method === 'DELETE') {
          await direct.removeSubscription(INSTANCE, path.split('/').at(-1) ?? '');
        }
        die();
        await buried;
        return 'cut';
      });
      const living = stand()
        .then(life)
        .catch(() => {});
      await dead;
      const left = await journal.read();
      if (left === null) throw new Error('no journal');
      await restoreWebhook(direct, left);
      expect(await subscriptions()).toEqual([]);
      expect(await own()).toEqual(OWN);
      api.disturb(() => 'cut');
      bury();
      await living;
      await until(() => api.answered() === api.asked.length);
    },
  );
});

describe('putting back what was left beside an instance', () => {
  const left = (subscriptions: { id: string | null; url: string }[]) =>
    journalEntry({ kind: 'side-by-side', original: OWN, ours: OURS, subscriptions });

  test('removes what is known by its id', async () => {
    const { api, direct, subscriptions, own } = await setUp();
    const id = await direct.addSubscription(INSTANCE, OURS);
    const client = clientOf(api.apiUrl);
    expect(await restoreWebhook(client, left([{ id, url: OURS.url }]))).toBe('restored');
    expect(api.short()).toEqual(['DELETE']);
    expect(await subscriptions()).toEqual([]);
    expect(await restoreWebhook(client, left([{ id, url: OURS.url }]))).toBe('there');
    expect(await own()).toEqual(OWN);
  });

  test.each([true, false])(
    'looks up the id that is not known (there is one: %s)',
    async (isOne) => {
      const { api, direct, subscriptions } = await setUp();
      if (isOne) await direct.addSubscription(INSTANCE, OURS);
      const entry = left([{ id: null, url: OURS.url }]);
      // Still in doubt: what asked for it may arrive later.
      expect(await restoreWebhook(clientOf(api.apiUrl), entry)).toBe('there');
      expect(api.short()).toEqual([`POST ${OURS.url}`, 'DELETE']);
      expect(await subscriptions()).toEqual([]);
    },
  );

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

  test('removes those of a takeover, too, and then puts its webhook back', async () => {
    const { direct, subscriptions, own } = await setUp();
    const id = await direct.addSubscription(INSTANCE, OURS);
    await direct.updateWebhook(INSTANCE, OURS);
    const entry = { ...left([{ id, url: OURS.url }]), kind: 'takeover', pathToken: PATH_TOKEN };
    expect(await restoreWebhook(direct, entry as typeof entry & { kind: 'takeover' })).toBe(
      'restored',
    );
    expect(await subscriptions()).toEqual([]);
    expect(await own()).toEqual(OWN);
  });
});
