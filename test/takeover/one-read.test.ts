/** One read decides nothing: after a crash, while a listener holds the instance, and for a command. */

import { describe, expect, test } from 'vitest';
import type { WebhookChange } from '../../src/control/protocol.ts';
import type { Webhook } from '../../src/eazewa/client.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { changeUnlistened } from '../../src/takeover/change.ts';
import { claimInstance } from '../../src/takeover/claim.ts';
import { evidenceOf } from '../../src/takeover/evidence.ts';
import type { TakeoverOptions } from '../../src/takeover/hold.ts';
import type { JournalEntry } from '../../src/takeover/journal.ts';
import { holdByReplacing } from '../../src/takeover/replace.ts';
import { restoreUntilSettled, restoreWebhook } from '../../src/takeover/restore.ts';
import { clientOf, INSTANCE, journalEntry } from '../listener/harness.ts';
import { claimOptions } from '../listener/options.ts';
import { failureOf } from '../support/failure.ts';
import { manualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';
import { instanceToHold, lag, MOVED, ORIGINAL, OURS, SECOND, SHORT } from './harness.ts';

const NOW = Date.UTC(2026, 10, 23, 9);
const secondsAgo = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();
const CRASHED = journalEntry({ original: ORIGINAL });

const setUp = (options: Partial<TakeoverOptions> = {}, found: Webhook = ORIGINAL) =>
  instanceToHold(holdByReplacing, found, { original: ORIGINAL, ...options });

/** A clock whose waits are over at once. */
function hurriedClock(): Clock {
  const clock = manualClock();
  return { ...clock, pause: async (ms) => clock.advance(ms) };
}

describe('a claim after a crash', () => {
  const claimOver = async (webhook: Webhook, left: JournalEntry = CRASHED) => {
    const here = await setUp({}, webhook);
    await here.journal.write(left);
    const claim = () =>
      claimInstance(
        clientOf(here.api.apiUrl),
        here.journal,
        claimOptions(),
        new AbortController().signal,
        () => NOW,
        hurriedClock(),
      );
    return { ...here, claim };
  };

  test('carries on the crashed takeover where the first read shows the original', async () => {
    const here = await claimOver(CRASHED.ours);
    lag(here, ORIGINAL, 1);
    expect(await here.claim()).toMatchObject({
      found: CRASHED.ours,
      original: ORIGINAL,
      resumed: CRASHED,
      formerPathTokens: [CRASHED.pathToken],
    });
  });

  test('carries it on where every read of the claim shows the original, and ours comes later', async () => {
    const original = { url: 'http://127.0.0.1:9/old', events: ['message'] };
    const left = { ...CRASHED, original };
    const here = await claimOver(left.ours, left);
    lag(here, original, 1000);
    const claim = await here.claim();
    expect(claim).toMatchObject({ found: original, original, resumed: left });
    here.api.disturb(() => null);
    const { wanted: _, ...claimed } = claim;
    const held = await here.hold(claimed);
    expect(await here.current()).toEqual(OURS);
    await here.change(left.ours);
    expect(held.holds(left.ours.url)).toBe(true);
    expect(await held.release()).toBe(true);
    expect(await here.current()).toEqual(original);
  });

  test('asks for consent where the original stands and is foreign', async () => {
    const here = await claimOver(ORIGINAL);
    expect(await failureOf(here.claim())).toMatchObject({ code: 'foreign_webhook' });
  });

  test('believes reads that agree on another webhook', async () => {
    const other = { url: 'http://127.0.0.1:9/other', events: ['call'] };
    const here = await claimOver(other);
    expect(await here.claim()).toMatchObject({ original: other, resumed: null });
    expect(here.api.asked.length).toBeGreaterThan(2);
  });

  test.each([
    [5, 'carries it on', { original: ORIGINAL, resumed: { since: CRASHED.since } }],
    [3600, 'believes it', { original: { url: 'http://127.0.0.1:9/other' }, resumed: null }],
  ])('that finds a webhook of before the crashed listener %i s later %s', async (ago, _, found) => {
    const other = { url: 'http://127.0.0.1:9/other', events: ['call'] };
    const here = await claimOver(other, { ...CRASHED, at: secondsAgo(ago), older: [other] });
    expect(await here.claim()).toMatchObject(found);
  });

  test('is refused where another webhook stands, and the last request may replace it yet', async () => {
    const step = { step: 'about-to-set', at: secondsAgo(5) } as const;
    const here = await claimOver(SECOND, { ...CRASHED, ...step });
    expect(await failureOf(here.claim())).toMatchObject({ code: 'not_settled' });
    expect(await here.journal.read()).not.toBe(null);
  });

  test('looks once where nothing is left to carry on', async () => {
    const here = await claimOver(ORIGINAL, { ...CRASHED, step: 'restored' });
    expect(await failureOf(here.claim())).toMatchObject({ code: 'foreign_webhook' });
    expect(here.api.asked).toHaveLength(1);
  });

  test.each([
    [ORIGINAL, secondsAgo(5)],
    [CRASHED.ours, ''],
  ])(
    'has its request in doubt in the new journal, too, unless it was carried out: %j',
    async (found, doubtAt) => {
      const resumed = { ...CRASHED, step: 'about-to-set' as const, at: secondsAgo(5) };
      const here = await setUp({ resumed, found, formerPathTokens: [CRASHED.pathToken] }, found);
      await here.hold();
      expect(await here.journal.read()).toMatchObject({ doubtAt });
    },
  );
});

describe('while a listener holds the instance, a read of the original', () => {
  test.each([1, 2, 3])('does not keep it from another url, at %i lagging reads', async (reads) => {
    const here = await setUp();
    const held = await here.hold();
    lag(here, ORIGINAL, reads);
    await held.move(MOVED);
    expect(await here.current()).toEqual({ url: MOVED, events: OURS.events });
    expect(await here.journal.read()).toMatchObject({ staleReads: true, ours: { url: MOVED } });
  });

  test('does not keep it from other events', async () => {
    const here = await setUp();
    const held = await here.hold();
    lag(here, ORIGINAL, 1);
    expect(await held.subscribe(['call'])).toEqual(['call']);
    expect(await here.current()).toEqual({ url: OURS.url, events: ['call'] });
  });

  test('does so for longer right after a write', async () => {
    const here = await setUp({ patience: { ...SHORT, settleMs: 20, readBackMs: 10_000 } });
    const held = await here.hold();
    lag(here, ORIGINAL, 5);
    await held.move(MOVED);
    expect((await here.current()).url).toBe(MOVED);
  });

  test('is believed when the others agree', async () => {
    const here = await setUp();
    const held = await here.hold();
    await here.change(ORIGINAL);
    await held.move(MOVED);
    expect(await here.current()).toEqual(ORIGINAL);
    expect((await here.journal.read())?.ours).toEqual(OURS);
  });

  test('does not make the watch say that somebody else has changed it', async () => {
    const clock = manualClock();
    const here = await setUp({ clock });
    await here.hold();
    lag(here, ORIGINAL, 1);
    const { length } = here.api.asked;
    clock.advance(30_000);
    await until(() => here.api.asked.length === length + 1);
    await until(() => {
      clock.advance(SHORT.pauseMs);
      return here.api.asked.length === length + 2;
    });
    await here.change(SECOND);
    await until(() => {
      clock.advance(SHORT.settleMs);
      return here.codes().includes('webhook changed-elsewhere');
    });
    expect(here.codes()).toEqual(['webhook set', 'webhook changed-elsewhere']);
    expect(here.posted.at(-1)).toMatchObject(SECOND);
  });

  test('does not send a change to the instance itself', async () => {
    const here = await setUp();
    const held = await here.hold();
    lag(here, ORIGINAL, 1);
    const url = 'https://new.example.com/hook';
    expect(await held.change({ url })).toMatchObject({ held: true, after: { url } });
    expect(await here.current()).toEqual(OURS);
    expect(await here.journal.read()).toMatchObject({ original: { url }, ours: OURS });
  });

  test('that shows an older url of ours does not bring that url back', async () => {
    const here = await setUp();
    const held = await here.hold();
    await held.move(MOVED);
    lag(here, OURS, 1);
    await held.change({ events: { add: ['call'], remove: [] } });
    const ours = { url: MOVED, events: [...OURS.events, 'call'] };
    expect(await here.current()).toEqual(ours);
    expect(await here.journal.read()).toMatchObject({ ours });
  });
});

describe('a release', () => {
  const OTHERS = {
    url: `https://dev.example.com/webhooks/whatsapp/ehk_${'x'.repeat(43)}`,
    events: ['message'],
  };

  test("restores the own webhook where a read shows the other listener's webhook of before", async () => {
    const here = await setUp({ found: OTHERS }, OTHERS);
    const held = await here.hold();
    expect(await here.journal.read()).toMatchObject({ original: ORIGINAL, older: [OTHERS] });
    lag(here, OTHERS, 1);
    expect(await held.release()).toBe(true);
    expect(await here.current()).toEqual(ORIGINAL);
    expect(here.codes()).toEqual(['webhook set', 'vendor_lags', 'webhook restored']);
  });

  test("does not believe reads that show the other listener's webhook soon after ours was set", async () => {
    const here = await setUp({ original: OTHERS, found: OTHERS }, OTHERS);
    const held = await here.hold();
    // For longer than reads must agree, and shorter than they may lag.
    lag(here, OTHERS, (2 * SHORT.settleMs) / SHORT.pauseMs);
    expect(await held.release()).toBe(false);
    expect(await here.journal.read()).toMatchObject({ step: 'about-to-restore', ours: OURS });
  });

  test('restores what was set meanwhile where a read shows the original of before', async () => {
    const here = await setUp();
    const held = await here.hold();
    const url = 'https://new.example.com/hook';
    await held.change({ url });
    expect(await here.journal.read()).toMatchObject({ older: [ORIGINAL] });
    lag(here, ORIGINAL, 1);
    expect(await held.release()).toBe(true);
    expect(await here.current()).toEqual({ ...ORIGINAL, url });
  });

  test('restores it also where a read of before the release has shown that original', async () => {
    const here = await setUp();
    const held = await here.hold();
    const url = 'https://new.example.com/hook';
    await held.change({ url });
    lag(here, ORIGINAL, 1);
    await held.move(MOVED);
    expect(await here.journal.read()).toMatchObject({ original: { url }, before: null });
    expect(await held.release()).toBe(true);
    expect(await here.current()).toEqual({ ...ORIGINAL, url });
  });

  test("leaves the other listener's webhook that comes back later", async () => {
    const clock = manualClock();
    const here = await setUp({ found: OTHERS, clock }, OTHERS);
    const held = await here.hold();
    clock.advance(SHORT.readBackMs);
    await here.change(OTHERS);
    expect(await held.release()).toBe(true);
    expect(await here.current()).toEqual(OTHERS);
  });

  test('is the same for the guard: the journal tells when ours was written', async () => {
    const here = await setUp({}, CRASHED.ours);
    const entry = { ...CRASHED, older: [OTHERS], at: secondsAgo(5) };
    lag(here, OTHERS, 1);
    const restored = (left: JournalEntry) =>
      restoreWebhook(clientOf(here.api.apiUrl), left, undefined, evidenceOf(left, NOW));
    expect(await restored(entry)).toBe('restored');
    expect(await here.current()).toEqual(ORIGINAL);
    await here.change(OTHERS);
    expect(await restored({ ...entry, at: secondsAgo(20) })).toBe('changed');
    expect(await here.current()).toEqual(OTHERS);
  });
});

describe('a command that changes what a crashed listener left', () => {
  const ADD = { events: { add: ['call'], remove: [] } };
  const left = async (webhook: Webhook = CRASHED.ours, parts: Partial<JournalEntry> = {}) => {
    const here = await setUp({}, webhook);
    const entry = { ...CRASHED, ...parts };
    await here.journal.write(entry);
    const change = (what: WebhookChange) =>
      changeUnlistened(clientOf(here.api.apiUrl), here.journal, INSTANCE, what, {
        now: () => NOW,
        patience: SHORT,
      });
    return { ...here, entry, change };
  };

  test('leaves the time of a request that was cut, so that it is looked for when it is carried out late', async () => {
    const here = await left(ORIGINAL);
    let cut = 0;
    here.api.disturb(({ method }) => (method === 'PUT' && cut++ === 0 ? 'cut' : null));
    await here.change(ADD);
    const entry = await here.journal.read();
    expect(entry).toMatchObject({ step: 'renewed', doubtAt: secondsAgo(0) });
    const evidence = evidenceOf(entry as JournalEntry, NOW, SHORT);
    let late: Promise<unknown> | null = null;
    const restored = restoreUntilSettled(here.direct, entry as JournalEntry, {
      ...{ evidence, retries: { forMs: 5000, pauseMs: 20 }, patience: SHORT },
      failed() {},
      settling() {
        late = here.direct.updateWebhook(INSTANCE, CRASHED.ours);
      },
    });
    expect(await restored).toBe('restored');
    expect(late).not.toBe(null);
    expect(await here.current()).toEqual({ ...ORIGINAL, events: [...ORIGINAL.events, 'call'] });
  });

  test('leaves it also when no attempt had an answer, and the original as it was', async () => {
    const here = await left(ORIGINAL);
    here.api.disturb(({ method }) => (method === 'PUT' ? 'cut' : null));
    await failureOf(here.change(ADD));
    expect(await here.journal.read()).toMatchObject({
      original: ORIGINAL,
      ours: CRASHED.ours,
      doubtAt: secondsAgo(0),
    });
  });

  test('says in the journal that a request is under way, before it is sent', async () => {
    const here = await left(ORIGINAL);
    const seen: unknown[] = [];
    here.api.disturb(async ({ method }) => {
      if (method === 'PUT') seen.push(await here.journal.read());
      return null;
    });
    await here.change(ADD);
    expect(seen).toMatchObject([{ step: 'about-to-renew', at: secondsAgo(0) }]);
    expect(await here.journal.read()).toMatchObject({ step: 'renewed', doubtAt: '' });
  });

  test('that the vendor refuses leaves nothing in doubt', async () => {
    const here = await left(ORIGINAL);
    here.api.disturb(({ method }) => (method === 'PUT' ? { status: 422 } : null));
    expect(await failureOf(here.change(ADD))).toMatchObject({ code: 'vendor_refused' });
    const { at: _, ...before } = CRASHED;
    expect(await here.journal.read()).toMatchObject(before);
  });

  test('never writes its url: nobody receives there, and the read may be older than the restore', async () => {
    const here = await left(ORIGINAL);
    lag(here, CRASHED.ours, 1);
    const after = { ...ORIGINAL, events: [...ORIGINAL.events, 'call'] };
    expect(await here.change(ADD)).toEqual({ before: ORIGINAL, after, held: true });
    expect(here.api.short()).toEqual(['GET']);
    const entry = (await here.journal.read()) as JournalEntry;
    expect(entry).toMatchObject({ step: 'renewed', original: after, ours: CRASHED.ours });
    const evidence = evidenceOf(entry, NOW, SHORT);
    expect(await restoreWebhook(here.direct, entry, undefined, evidence)).toBe('restored');
    expect(await here.current()).toEqual(after);
  });

  test('reads again where the journal says that it is restored, and its url shows', async () => {
    const here = await left(ORIGINAL, { step: 'restored' });
    lag(here, CRASHED.ours, 2);
    const after = { ...ORIGINAL, events: [...ORIGINAL.events, 'call'] };
    expect(await here.change(ADD)).toEqual({ before: ORIGINAL, after, held: false });
    expect(await here.current()).toEqual(after);
    expect(await here.journal.read()).toMatchObject({ step: 'restored' });
  });

  test("keeps the doubt about the crashed listener's own request", async () => {
    const here = await left(CRASHED.ours, { step: 'about-to-set', at: secondsAgo(5) });
    await here.change(ADD);
    expect(await here.journal.read()).toMatchObject({ step: 'renewed', doubtAt: secondsAgo(5) });
  });

  test('is a change of the original where the first read shows that', async () => {
    const here = await left();
    lag(here, ORIGINAL, 1);
    const url = 'https://new.example.com/hook';
    expect(await here.change({ url, from: ORIGINAL.url })).toMatchObject({ held: true });
    expect(await here.current()).toEqual(CRASHED.ours);
    expect((await here.journal.read())?.original.url).toBe(url);
  });

  test('is what is restored if a late request of the crashed listener replaces it', async () => {
    const here = await left(ORIGINAL);
    const url = 'https://new.example.com/hook';
    expect(await here.change({ url })).toMatchObject({ held: false });
    expect(await here.current()).toEqual({ ...ORIGINAL, url });
    expect((await here.journal.read())?.original).toEqual({ ...ORIGINAL, url });
  });
});
