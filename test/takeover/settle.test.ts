import { describe, expect, test } from 'vitest';
import type { Webhook } from '../../src/eazewa/client.ts';
import { claimInstance } from '../../src/takeover/claim.ts';
import { fileJournal, type JournalEntry } from '../../src/takeover/journal.ts';
import type { ClaimOptions } from '../../src/takeover/options.ts';
import {
  clientOf,
  INSTANCE,
  journalEntry,
  simulator,
  subscriptionsOf,
} from '../listener/harness.ts';
import { claimOptions } from '../listener/options.ts';
import { failureOf } from '../support/failure.ts';
import { temporaryFolder } from '../support/resources.ts';

const NOW = Date.UTC(2026, 10, 23, 9);
const FOREIGN: Webhook = { url: 'https://bot.example.com/hook', events: ['message', 'qr'] };

/** An instance with this webhook, what a crashed listener left of it, and the claim of another one. */
async function setUp(webhook: Webhook, left?: Partial<JournalEntry>) {
  const vendor = await simulator(webhook);
  const client = clientOf(vendor.apiUrl);
  const folder = temporaryFolder();
  const journal = fileJournal(folder);
  if (left !== undefined) await journal.write(journalEntry(left));
  const claim = (parts: Partial<ClaimOptions>) =>
    claimInstance(client, journal, claimOptions(parts), new AbortController().signal, () => NOW);
  return {
    client,
    journal,
    claim,
    own: async () => (await client.getInstance(INSTANCE)).webhook,
    subscriptions: () => subscriptionsOf(vendor.apiUrl),
  };
}

describe('a claim side by side', () => {
  test('needs no consent for a foreign webhook, and takes its events', async () => {
    const { claim } = await setUp(FOREIGN);
    expect(await claim({ sideBySide: true })).toMatchObject({
      original: FOREIGN,
      events: FOREIGN.events,
      resumed: null,
      settled: null,
    });
    expect(await failureOf(claim({}))).toMatchObject({ code: 'foreign_webhook' });
  });

  test('takes message where the instance has no events', async () => {
    const { claim } = await setUp({ url: null, events: [] });
    expect((await claim({ sideBySide: true })).events).toEqual(['message']);
  });

  test('is refused for a protected instance', async () => {
    const { claim } = await setUp(FOREIGN);
    const claiming = claim({ sideBySide: true, protectedInstance: true });
    expect(await failureOf(claiming)).toMatchObject({ code: 'protected_instance' });
  });

  test('first restores the webhook of a crashed takeover, which nobody would otherwise', async () => {
    const crashed = journalEntry({ original: FOREIGN });
    const { claim, journal, own } = await setUp(crashed.ours, crashed);
    const { original, settled, formerPathTokens } = await claim({ sideBySide: true });
    expect(await own()).toEqual(FOREIGN);
    expect(original).toEqual(FOREIGN);
    expect(settled).toEqual(crashed);
    expect(formerPathTokens).toEqual([crashed.pathToken]);
    expect(await journal.read()).toBe(null);
  });
});

describe('a claim after a crashed listener side by side', () => {
  const ours = { url: 'https://x.ngrok.app/webhooks/whatsapp/the-crashed-token', events: ['qr'] };

  test.each([true, false])(
    'ends its subscription and forgets its journal (side by side: %s)',
    async (sideBySide) => {
      const own = { url: null, events: [] };
      const { claim, client, journal, subscriptions, ...there } = await setUp(own);
      const id = await client.addSubscription(INSTANCE, ours);
      const subscribed = [{ id, url: ours.url }];
      const crashed = journalEntry({ kind: 'side-by-side', ours, subscriptions: subscribed });
      await journal.write(crashed);
      const claimed = await claim({ sideBySide });
      expect(claimed).toMatchObject({ original: own, resumed: null, settled: crashed });
      expect(claimed.formerPathTokens).toEqual([crashed.pathToken]);
      expect(await subscriptions()).toEqual([]);
      expect(await journal.read()).toBe(null);
      expect(await there.own()).toEqual(own);
    },
  );

  test('is refused while the last request of that listener may still arrive', async () => {
    const { claim, journal, subscriptions } = await setUp(FOREIGN, {
      kind: 'side-by-side',
      step: 'about-to-set',
      at: new Date(NOW - 1000).toISOString(),
      ours,
      subscriptions: [{ id: null, url: ours.url }],
    });
    expect(await failureOf(claim({ sideBySide: true }))).toMatchObject({ code: 'not_settled' });
    expect(await subscriptions()).toEqual([]);
    const left = await journal.read();
    await journal.write({ ...left, at: '2026-11-23T08:00:00.000Z' } as JournalEntry);
    expect((await claim({ sideBySide: true })).settled).not.toBe(null);
    expect(await journal.read()).toBe(null);
  });

  test('keeps the journal when the vendor does not answer', async () => {
    const { journal } = await setUp(FOREIGN, {
      kind: 'side-by-side',
      subscriptions: [{ id: '7', url: ours.url }],
    });
    const away = clientOf('http://127.0.0.1:1/api/v1');
    const claiming = claimInstance(
      away,
      journal,
      claimOptions(),
      new AbortController().signal,
      Date.now,
    );
    expect(await failureOf(claiming)).toMatchObject({ exit: 'vendor' });
    expect(await journal.read()).toMatchObject({ kind: 'side-by-side' });
  });
});
