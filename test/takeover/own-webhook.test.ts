import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Webhook } from '../../src/eazewa/client.ts';
import type { FeedEntry } from '../../src/feed/feed.ts';
import { runListener } from '../../src/listener/run.ts';
import { fileJournal } from '../../src/takeover/journal.ts';
import { readOwnWebhook, rememberOwnWebhook } from '../../src/takeover/own-webhook.ts';
import { restoreWebhook } from '../../src/takeover/restore.ts';
import {
  API_TOKEN,
  between,
  clientOf,
  INSTANCE,
  journalEntry,
  simulator,
} from '../listener/harness.ts';
import { listenerOptions } from '../listener/options.ts';
import { failureOf } from '../support/failure.ts';
import { temporaryFolder } from '../support/resources.ts';
import { until } from '../support/until.ts';

const OWN = { url: 'https://bot.example.com/hook', events: ['message', 'qr'] };
/** What a listener on another machine has set, and its host: the first is of an earlier version. */
const OTHERS = [
  [`https://abc.ngrok.app/webhooks/whatsapp/${'x'.repeat(43)}`, 'abc.ngrok.app'],
  [`https://dev.example.com/webhooks/whatsapp/ehk_${'x'.repeat(43)}`, 'dev.example.com'],
  [`http://127.0.0.1:4000/webhooks/whatsapp/ehk_${'x'.repeat(43)}`, '127.0.0.1'],
] as const;
const ABOUT = { apiUrl: 'https://api.example/v1', instanceId: '33', now: () => 0 };

describe('the own webhook of an instance', () => {
  const path = () => join(temporaryFolder(), 'config', 'own-webhooks', 'one.json');

  test('is remembered as it was seen last, in a file for nobody else', async () => {
    const at = path();
    expect(await readOwnWebhook(at)).toBe(null);
    await rememberOwnWebhook(at, ABOUT, OWN);
    expect(await readOwnWebhook(at)).toEqual(OWN);
    if (process.platform !== 'win32') expect(statSync(at).mode & 0o777).toBe(0o600);
    const moved = { ...OWN, url: 'https://new.example.com/hook' };
    await rememberOwnWebhook(at, ABOUT, moved);
    expect(await readOwnWebhook(at)).toEqual(moved);
  });

  test.each([null, ...OTHERS.map(([url]) => url), 'https://mine.ngrok-free.app/hook'])(
    'is not %s: what was remembered stays',
    async (url) => {
      const at = path();
      await rememberOwnWebhook(at, ABOUT, OWN);
      await rememberOwnWebhook(at, ABOUT, { url, events: ['message'] });
      expect(await readOwnWebhook(at)).toEqual(OWN);
    },
  );

  test('is not written again when nothing has changed', async () => {
    const at = path();
    await rememberOwnWebhook(at, ABOUT, OWN);
    const before = readFileSync(at, 'utf8');
    await rememberOwnWebhook(at, { ...ABOUT, now: () => 5 }, { ...OWN, events: ['qr', 'message'] });
    expect(readFileSync(at, 'utf8')).toBe(before);
  });

  test('that is known does not give way to what may be a listener of somebody', async () => {
    const at = path();
    await rememberOwnWebhook(at, ABOUT, OWN);
    const url = `https://dev.example.com/webhooks/whatsapp/${'x'.repeat(43)}`;
    await rememberOwnWebhook(at, ABOUT, { url, events: ['message'] });
    expect(await readOwnWebhook(at)).toEqual(OWN);
  });

  test('at the path of the SDK is remembered again when its events or its token change', async () => {
    const at = path();
    const withToken = (letter: string) =>
      `https://bot.example.com/webhooks/whatsapp/${letter.repeat(43)}`;
    const events = ['message', 'qr'];
    await rememberOwnWebhook(at, ABOUT, { url: withToken('x'), events: ['message'] });
    for (const webhook of [
      { url: withToken('x'), events },
      { url: withToken('y'), events },
    ]) {
      await rememberOwnWebhook(at, ABOUT, webhook);
      expect(await readOwnWebhook(at)).toEqual(webhook);
    }
  });

  test('that cannot be understood is an error that names the file', async () => {
    const at = path();
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, '{"webhook": 1}');
    expect(await failureOf(readOwnWebhook(at))).toMatchObject({
      exit: 'state',
      code: 'own_webhook_unreadable',
      message: expect.stringContaining(at),
    });
  });
});

describe.each(OTHERS)('an instance that points at another listener, %s', (url, host) => {
  const anothers: Webhook = { url, events: ['message'] };

  async function listener(options: { ownWebhookPath?: string } = {}) {
    const vendor = await simulator(anothers);
    const folder = join(temporaryFolder(), 'data', 'instance');
    const entries: FeedEntry[] = [];
    const take = async (batch: readonly FeedEntry[]) => void entries.push(...batch);
    const wanted = { takeover: { replace: host, ...options } };
    const handle = runListener(listenerOptions(vendor.apiUrl, API_TOKEN, folder, wanted), take, {
      now: Date.now,
      random: randomBytes,
    });
    onTestFinished(() => handle.stop());
    await until(() => entries.some(({ type }) => type === 'ready'), 'ready');
    return {
      handle,
      folder,
      says: (code: string) =>
        entries.flatMap((one) =>
          one.type === 'warning' && one.code === code ? [one.message] : [],
        ),
      current: async () => (await clientOf(vendor.apiUrl).getInstance(INSTANCE)).webhook,
    };
  }

  test('gets its own webhook in the end, and never that url again', async () => {
    const ownWebhookPath = join(temporaryFolder(), 'own-webhooks', 'one.json');
    await rememberOwnWebhook(ownWebhookPath, ABOUT, OWN);
    const one = await listener({ ownWebhookPath });
    expect(one.says('another_listener')).toEqual([expect.stringContaining('bot.example.com')]);
    one.handle.stop();
    expect(await one.handle.stopped).toMatchObject({ restored: true });
    expect(await one.current()).toEqual(OWN);
    expect(await readOwnWebhook(ownWebhookPath)).toEqual(OWN);
  });

  test('and whose own webhook is not known is not restored, which is said from the start', async () => {
    const one = await listener();
    expect(one.says('another_listener')).toEqual([expect.stringContaining('webhook set <url>')]);
    one.handle.stop();
    expect(await one.handle.stopped).toMatchObject({ restored: false });
    expect(one.says('not_restored')).toEqual([expect.stringContaining('webhook set <url> -i 33')]);
    // No attempt can help, so there was none for half a minute.
    expect(one.says('restore_retry')).toEqual([]);
    expect((await one.current()).url).not.toBe(url);
    expect(await fileJournal(one.folder).read()).toMatchObject({ original: anothers });
  });
});

test('what a listener left that crashed before it set its own url is recognised by the path token before', async () => {
  const crashed = journalEntry({ pathToken: 'first-token' });
  const vendor = await simulator({
    url: 'http://x.example/webhooks/whatsapp/first-token',
    events: [],
  });
  const second = journalEntry({
    pathToken: 'second-token',
    formerPathTokens: [crashed.pathToken],
    original: OWN,
  });
  const client = clientOf(vendor.apiUrl);
  expect(await restoreWebhook(client, second)).toBe('restored');
  expect((await client.getInstance(INSTANCE)).webhook).toEqual(OWN);
});

describe('restoring', () => {
  test('believes no other account that the instance is gone: its journal is the only copy', async () => {
    const vendor = await simulator({ url: null, events: [] });
    const client = clientOf(vendor.apiUrl);
    const unknown = journalEntry({ instanceId: '99', account: client.account });
    expect(await restoreWebhook(client, unknown)).toBe('gone');
    const others = { ...unknown, account: 'of-another-token' };
    expect(await failureOf(restoreWebhook(client, others))).toMatchObject({
      exit: 'auth',
      code: 'other_account',
    });
    const subscriptions = [{ id: '7', url: 'https://x.example/' }];
    const sideBySide = { ...others, kind: 'side-by-side' as const, subscriptions };
    expect(await failureOf(restoreWebhook(client, sideBySide))).toMatchObject({
      code: 'other_account',
    });
  });

  test('an original that has our own path token is there as soon as it is set', async () => {
    const token = 'a-token-of-the-developers-own-0123456789';
    const own = { url: `https://dev.example.com/webhooks/whatsapp/${token}`, events: ['message'] };
    const ours = { ...own, events: ['message', 'qr'] };
    const vendor = await simulator(ours);
    const client = clientOf(vendor.apiUrl);
    const entry = journalEntry({ pathToken: token, original: own, ours });
    expect(await restoreWebhook(client, entry)).toBe('restored');
    expect(await restoreWebhook(client, entry)).toBe('there');
  });

  test('over an older url of ours says that the newer one may come yet', async () => {
    const older = { url: 'https://old.example/webhooks/whatsapp/the-token', events: ['message'] };
    const newer = { ...older, url: 'https://new.example/webhooks/whatsapp/the-token' };
    const vendor = await simulator(older);
    const client = clientOf(vendor.apiUrl);
    const entry = journalEntry({
      pathToken: 'the-token',
      original: OWN,
      ours: newer,
      step: 'about-to-set',
    });
    expect(await restoreWebhook(client, entry)).toBe('overtaken');
    await client.updateWebhook(INSTANCE, newer);
    expect(await restoreWebhook(client, entry)).toBe('restored');
  });

  test('does not write a second time without having read', async () => {
    const vendor = await simulator({
      url: 'https://x.example/webhooks/whatsapp/the-token',
      events: [],
    });
    const api = await between(vendor.apiUrl);
    api.disturb(({ method }) => (method === 'PUT' ? { status: 503 } : null));
    const entry = journalEntry({ pathToken: 'the-token', original: OWN });
    await failureOf(restoreWebhook(clientOf(api.apiUrl), entry));
    expect(api.short()).toEqual(['GET', `PUT ${OWN.url}`]);
  });
});
