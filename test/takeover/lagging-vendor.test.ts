import { describe, expect, test } from 'vitest';
import type { Webhook } from '../../src/eazewa/client.ts';
import { evidenceOf, mayBeSetYet, type Patience } from '../../src/takeover/evidence.ts';
import { NO_GUARD } from '../../src/takeover/guard/start.ts';
import type { TakeoverOptions } from '../../src/takeover/hold.ts';
import type { Guard } from '../../src/takeover/options.ts';
import { holdByReplacing } from '../../src/takeover/replace.ts';
import { restoreUntilSettled, restoreWebhook } from '../../src/takeover/restore.ts';
import { holdSideBySide } from '../../src/takeover/side-by-side.ts';
import { clientOf, INSTANCE, journalEntry } from '../listener/harness.ts';
import { failureOf } from '../support/failure.ts';
import { type ManualClock, manualClock, passing } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';
import {
  instanceToHold,
  lag,
  MOVED,
  ORIGINAL,
  OURS,
  PATH_TOKEN,
  RESTORE,
  SECOND,
  SHORT,
  shows,
} from './harness.ts';

const setUp = (options: Partial<TakeoverOptions> = {}) =>
  instanceToHold(holdByReplacing, ORIGINAL, {
    retries: { forMs: 5000, pauseMs: 20 },
    ...options,
  });

/** A guard that watches and does nothing. */
const GUARD: Guard = { ...NO_GUARD, watches: () => true };

type Here = Awaited<ReturnType<typeof setUp>>;

/** A clock of which only the pauses between two reads take time, and no request does. */
function pausesOnly(): ManualClock {
  const clock = manualClock();
  return {
    ...clock,
    async pause(ms, signal) {
      if (ms <= SHORT.pauseMs) clock.advance(ms);
      else await clock.pause(ms, signal);
    },
  };
}

/** The first request that sets ours is cut; the vendor carries it out when the test says so. */
function cutFirst({ api }: Here): void {
  let cut = false;
  api.disturb(({ webhook }) => {
    if (cut || webhook?.url !== OURS.url) return null;
    cut = true;
    return 'cut';
  });
}

describe('a vendor whose reads lag', () => {
  test('is waited for until it shows ours, and that is told once', async () => {
    const here = await setUp({ patience: { ...SHORT, readBackMs: 10_000 } });
    const { api, hold, journal, codes, current } = here;
    let puts = 0;
    let reads = 0;
    api.disturb(({ method, webhook }) => {
      if (method === 'PUT' && webhook?.url === OURS.url) puts++;
      return method === 'GET' && puts > 0 && reads++ < 4 ? shows(ORIGINAL) : null;
    });
    await hold();
    expect(puts).toBe(1);
    expect(codes()).toEqual(['vendor_lags', 'webhook set']);
    expect(await current()).toEqual(OURS);
    expect(await journal.read()).toMatchObject({ step: 'set', staleReads: true });
  });

  test('does not make a release believe that the original is there', async () => {
    const here = await setUp();
    const held = await here.hold();
    lag(here, ORIGINAL, 1);
    expect(await held.release()).toBe(true);
    expect(await here.current()).toEqual(ORIGINAL);
    expect(here.api.short().slice(5, 8)).toEqual(['GET', `PUT ${ORIGINAL.url}`, 'GET']);
    expect(here.codes()).toEqual(['webhook set', 'vendor_lags', 'webhook restored']);
  });

  test('is read until the original shows for the settle time', async () => {
    const clock = pausesOnly();
    const here = await setUp({ clock });
    const held = await here.hold();
    let reads = 0;
    // The second read after the restore shows ours again, and once more later.
    here.api.disturb(({ method }) => {
      if (method !== 'GET') return null;
      reads++;
      return reads === 1 ? shows(ORIGINAL) : reads === 4 || reads === 7 ? shows(OURS) : null;
    });
    const began = clock.monotonic();
    expect(await held.release()).toBe(true);
    expect(clock.monotonic() - began).toBeGreaterThan(SHORT.settleMs);
    expect(reads).toBeGreaterThan(9);
    expect(await here.current()).toEqual(ORIGINAL);
  });

  test('is not believed soon after ours was set when it shows the webhook of somebody else', async () => {
    const here = await setUp({ clock: pausesOnly() });
    const held = await here.hold();
    lag(here, SECOND, 2);
    expect(await held.release()).toBe(true);
    // It is the newer one, and was overwritten by ours.
    expect(await here.current()).toEqual(SECOND);
    expect(here.codes()).toEqual(['webhook set', 'vendor_lags', 'webhook restored']);
  });

  test('is read until a read cannot be older than ours, where one has lagged', async () => {
    const patience = { ...SHORT, readBackMs: 800 };
    const clock = pausesOnly();
    const here = await setUp({ patience, clock });
    const held = await here.hold();
    const began = clock.monotonic();
    let reads = 0;
    // Two that differ: then the second one, for longer than the settle time.
    here.api.disturb(({ method }) => {
      if (method !== 'GET' || clock.monotonic() - began > 2 * SHORT.settleMs + 100) return null;
      return shows(reads++ === 0 ? { ...SECOND, url: 'https://third.example.com/' } : SECOND);
    });
    expect(await held.release()).toBe(true);
    expect(await here.current()).toEqual(SECOND);
  });

  test('does not move the listener back to a url of before when its own webhook changes', async () => {
    const here = await setUp();
    const held = await here.hold();
    await held.move(MOVED);
    lag(here, OURS, 1);
    await held.change({ url: SECOND.url });
    expect(held.ours().url).toBe(MOVED);
    expect(await here.current()).toMatchObject({ url: MOVED });
    expect(held.original().url).toBe(SECOND.url);
  });

  test('that shows the original of a crashed listener is written to, and read for the settle time', async () => {
    const here = await setUp();
    await here.change(OURS);
    lag(here, ORIGINAL, 1);
    const entry = journalEntry({ original: ORIGINAL, ours: OURS, pathToken: PATH_TOKEN });
    const clock = pausesOnly();
    const evidence = evidenceOf(entry, Date.now(), SHORT, clock);
    let settling = 0;
    const restoring = restoreUntilSettled(clientOf(here.api.apiUrl), entry, {
      ...{ evidence, retries: { forMs: 5000, pauseMs: 20 }, patience: SHORT, clock },
      failed() {},
      settling: () => settling++,
    });
    expect(await restoring).toBe('there');
    expect(settling).toBe(1);
    expect(here.api.asked.length).toBeGreaterThan(4);
    expect(await here.current()).toEqual(ORIGINAL);
  });

  test('gets no wait where every read agreed', async () => {
    const here = await setUp();
    const held = await here.hold();
    expect(await held.release()).toBe(true);
    expect(here.api.asked).toHaveLength(8);
    expect(here.codes()).toEqual(['webhook set', 'webhook restored']);
  });
});

describe('a request that was cut and is carried out late', () => {
  test('keeps the release going until the doubt is over, and is undone', async () => {
    const clock = manualClock();
    const here = await setUp({ clock });
    cutFirst(here);
    const held = await here.hold();
    expect(await here.journal.read()).toMatchObject({ doubtAt: '2026-11-23T09:00:00.000Z' });
    const released = held.release();
    await until(() => here.codes().includes('webhook_in_doubt'));
    expect(await here.current()).toEqual(ORIGINAL);
    await here.change(OURS);
    expect(await passing(clock, released)).toBe(true);
    expect(await here.current()).toEqual(ORIGINAL);
    expect(await here.journal.read()).toBe(null);
    expect(here.codes().at(-1)).toBe('webhook restored');
  });

  test('is waited for where a crashed listener had sent it before', async () => {
    const clock = manualClock();
    const crashed = journalEntry({ original: ORIGINAL });
    const at = new Date(Date.UTC(2026, 10, 23, 9) - 1000).toISOString();
    const resumed = { ...crashed, step: 'about-to-set' as const, at };
    const here = await setUp({ clock, resumed, formerPathTokens: [crashed.pathToken] });
    const held = await here.hold();
    const released = held.release();
    await until(() => here.codes().includes('webhook_in_doubt'));
    await here.change(resumed.ours);
    expect(await passing(clock, released)).toBe(true);
    expect(await here.current()).toEqual(ORIGINAL);
  });

  test.each([
    ['about-to-set', false],
    ['about-to-renew', true],
  ] as const)(
    'at the step %s may be what shows already, or not: in doubt %s',
    async (step, isInDoubt) => {
      const here = await setUp();
      await here.change(OURS);
      const at = new Date(Date.now() - 1000).toISOString();
      const entry = journalEntry({ original: ORIGINAL, ours: OURS, step, at });
      const evidence = evidenceOf(entry, Date.now());
      expect(await restoreWebhook(here.direct, entry, undefined, evidence)).toBe('restored');
      expect(evidence.isInDoubt).toBe(isInDoubt);
    },
  );

  test('that would set what is set already keeps the next listener in doubt as well', async () => {
    const clock = manualClock();
    const at = new Date(Date.UTC(2026, 10, 23, 9) - 1000).toISOString();
    const resumed = {
      ...journalEntry({ original: ORIGINAL }),
      step: 'about-to-renew' as const,
      at,
    };
    const { ours: found, pathToken } = resumed;
    const here = await setUp({ clock, resumed, found, formerPathTokens: [pathToken] });
    await here.change(found);
    const released = (await here.hold()).release();
    await until(() => here.codes().includes('webhook_in_doubt'));
    await here.change(found);
    expect(await passing(clock, released)).toBe(true);
    expect(await here.current()).toEqual(ORIGINAL);
  });

  test('is left to the guard when the time of the release is over', async () => {
    const clock = manualClock();
    const here = await setUp({ clock, guard: GUARD, retries: { forMs: 200, pauseMs: 20 } });
    cutFirst(here);
    const held = await here.hold();
    expect(await passing(clock, held.release())).toBe(false);
    expect(here.codes()).toEqual([
      'webhook set',
      'webhook_in_doubt',
      'webhook not-restored',
      'not_restored',
    ]);
    const { message } = here.posted.at(-1) as { message: string };
    expect(message).toContain('The guard finishes this');
    expect(message).toContain(RESTORE);
    expect(await here.journal.read()).toMatchObject({ step: 'about-to-restore' });
  });

  test('is waited for without a guard, also longer than the time of the release', async () => {
    const clock = manualClock();
    const here = await setUp({ clock, retries: { forMs: 200, pauseMs: 20 } });
    cutFirst(here);
    const held = await here.hold();
    expect(await passing(clock, held.release())).toBe(true);
    expect(here.codes()).toEqual(['webhook set', 'webhook_in_doubt', 'webhook restored']);
  });

  describe('over the webhook of somebody else', () => {
    /** Their webhook is read while a request of ours is in doubt, in a release that goes on. */
    const changed = async (patience: Partial<Patience> = {}, theirs: Webhook = SECOND) => {
      const clock = manualClock();
      const here = await setUp({
        ...{ clock, retries: { forMs: 120_000, pauseMs: 20 } },
        patience: { ...SHORT, doubtMs: 60_000, ...patience },
      });
      cutFirst(here);
      const held = await here.hold();
      await here.change(theirs);
      let result: boolean | null = null;
      void held.release().then((done) => {
        result = done;
      });
      await until(() => here.codes().includes('webhook_in_doubt'));
      return {
        ...here,
        /** The release reads so often again. */
        async looks(times: number) {
          const before = here.api.answered();
          await until(() => {
            clock.advance(SHORT.pauseMs);
            return here.api.answered() >= before + times;
          });
        },
        async ends() {
          await until(() => {
            clock.advance(5000);
            return result !== null;
          });
          expect(result).toBe(true);
        },
      };
    };

    test('is undone: theirs is restored, which the journal remembers', async () => {
      const here = await changed();
      await until(async () => (await here.journal.read())?.before != null);
      expect(await here.journal.read()).toMatchObject({ original: SECOND, before: ORIGINAL });
      await here.change(OURS);
      await here.ends();
      expect(await here.current()).toEqual(SECOND);
      expect(here.posted.at(-1)).toMatchObject({ state: 'restored', url: SECOND.url });
    });

    test('that stays leaves theirs alone, and names what was there before', async () => {
      const here = await changed();
      await here.ends();
      expect(await here.current()).toEqual(SECOND);
      expect(here.api.short()).not.toContain(`PUT ${SECOND.url}`);
      expect(here.posted.at(-1)).toMatchObject({
        code: 'webhook_changed',
        message: expect.stringContaining('https://bot.example.com'),
      });
    });

    test('that was read before the release is undone, too', async () => {
      const here = await setUp();
      cutFirst(here);
      const held = await here.hold();
      await here.change(SECOND);
      await held.move(MOVED);
      await here.change(OURS);
      expect(await held.release()).toBe(true);
      expect(await here.current()).toEqual(SECOND);
    });

    test('is undone to theirs although a read showed the original once more', async () => {
      const here = await changed();
      lag(here, ORIGINAL, 1);
      await here.looks(2);
      await here.change(OURS);
      await here.ends();
      expect(await here.current()).toEqual(SECOND);
    });

    test('is undone to the original where they have set that again', async () => {
      const here = await changed({ readBackMs: 0 });
      await here.change(ORIGINAL);
      await here.looks(2);
      await here.change(OURS);
      await here.ends();
      expect(await here.current()).toEqual(ORIGINAL);
    });

    test("is undone to the original where theirs is another listener's", async () => {
      const url = `https://ab12.ngrok-free.app/webhooks/whatsapp/ehk_${'x'.repeat(43)}`;
      const here = await changed({}, { url, events: ['message'] });
      await here.change(OURS);
      await here.ends();
      expect(await here.current()).toEqual(ORIGINAL);
    });
  });

  test('side by side, its subscription is removed', async () => {
    const clock = manualClock();
    const here = await instanceToHold(holdSideBySide, ORIGINAL, {
      clock,
      retries: { forMs: 5000, pauseMs: 20 },
    });
    cutFirst(here);
    const held = await here.hold();
    const released = held.release();
    await until(() => here.codes().includes('webhook_in_doubt'));
    await here.direct.addSubscription(INSTANCE, OURS);
    expect(await passing(clock, released)).toBe(true);
    expect(await here.subscriptions()).toEqual([]);
  });

  test('that the vendor has refused is in no doubt', async () => {
    const here = await setUp();
    here.api.disturb(({ webhook }) => (webhook?.url === OURS.url ? { status: 422 } : null));
    await failureOf(here.hold());
    expect(here.codes()).not.toContain('webhook_in_doubt');
  });
});

describe('the journal', () => {
  const NOW = Date.UTC(2026, 10, 23, 9);
  const at = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

  test.each([
    ['set', '', at(5), false],
    ['set', at(5), at(5), true],
    ['set', at(90), at(5), false],
    ['about-to-set', '', at(5), true],
    ['about-to-set', '', at(90), false],
    ['about-to-renew', '', at(5), true],
    ['about-to-renew', '', at(90), false],
    ['about-to-restore', at(20), at(1), true],
  ] as const)('at %s, cut at "%s", written at %s: in doubt %s', (step, doubtAt, written, doubt) => {
    const entry = journalEntry({ step, doubtAt, at: written });
    expect(mayBeSetYet(entry, NOW)).toBe(doubt);
    expect(evidenceOf(entry, NOW).isInDoubt).toBe(doubt);
  });
});
