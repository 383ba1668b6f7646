import { describe, expect, test } from 'vitest';
import { NO_GUARD } from '../../src/takeover/guard/start.ts';
import type { Guard } from '../../src/takeover/options.ts';
import { until } from '../support/until.ts';
import { OWN, setUp } from './set-up.ts';

/** A guard that watches and does nothing. */
const GUARD: Guard = { ...NO_GUARD, watches: () => true };
const guarded = { guard: true };

type Here = Awaited<ReturnType<typeof setUp>>;

/** From now on the vendor does not answer; resolves when a request waits for it. */
function silence({ api }: Here): { asked: Promise<unknown>; end(): void } {
  let answer = () => {};
  const over = new Promise<null>((resolve) => {
    answer = () => resolve(null);
  });
  const before = api.asked.length;
  api.disturb(() => over);
  return { asked: until(() => api.asked.length > before), end: () => answer() };
}

describe('a second signal to stop', () => {
  test('before anything is taken finds nothing that is held', async () => {
    const here = await setUp();
    const { asked, end } = silence(here);
    const listener = here.listen(guarded, GUARD);
    await asked;
    listener.stop();
    expect(await listener.handOver()).toBe('nothing');
    end();
  });

  test('while the vendor does not answer leaves the rest to the guard, and the feed ends with that', async () => {
    const here = await setUp();
    const listener = here.listen(guarded, GUARD);
    await listener.entry('ready');
    const { asked, end } = silence(here);
    listener.stop();
    await asked;
    expect(await listener.handOver()).toBe('guard');
    expect(await listener.stopped).toMatchObject({ restored: false });
    const [notRestored, warning, stopped] = listener.entries.slice(-3);
    expect(notRestored).toMatchObject({ type: 'webhook', state: 'not-restored' });
    expect(warning).toMatchObject({
      code: 'not_restored',
      message: expect.stringContaining('The guard finishes this'),
    });
    expect(stopped).toMatchObject({ type: 'stopped', restored: false });
    expect(await here.journal.read()).toMatchObject({ step: 'about-to-restore' });
    expect(await here.locked()).toBe(false);
    end();
  });

  test('while the first request is under way leaves it to the guard, as the journal has it', async () => {
    const here = await setUp();
    let isAsked = false;
    here.api.disturb(({ webhook }) => {
      if (webhook?.url?.includes('/webhooks/whatsapp/') !== true) return null;
      isAsked = true;
      return new Promise(() => {});
    });
    const listener = here.listen(guarded, GUARD);
    await until(() => isAsked);
    listener.stop();
    expect(await listener.handOver()).toBe('guard');
    expect(await listener.stopped).toMatchObject({ restored: false });
    expect(listener.entries.at(-1)).toMatchObject({ type: 'stopped', restored: false });
    expect(await here.journal.read()).toMatchObject({ step: 'about-to-set' });
  });

  test('without a guard waits for the vendor, and says so', async () => {
    const here = await setUp();
    const listener = here.listen();
    await listener.entry('ready');
    const { asked, end } = silence(here);
    listener.stop();
    await asked;
    expect(await listener.handOver()).toBe('waits');
    await until(() =>
      listener.entries.some((one) => 'code' in one && one.code === 'release_waits'),
    );
    end();
    expect(await listener.stopped).toMatchObject({ restored: true });
    expect(await here.current()).toEqual(OWN);
  });

  test('after the release finds nothing that is held', async () => {
    const here = await setUp();
    const listener = here.listen(guarded, GUARD);
    await listener.entry('ready');
    listener.stop();
    await listener.stopped;
    expect(await listener.handOver()).toBe('nothing');
  });
});
