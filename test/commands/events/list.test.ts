import { expect, test } from 'vitest';
import { run } from '../../../src/commands/events/list.ts';
import type { Deps } from '../../../src/commands/shared/deps.ts';
import type { History } from '../../../src/history/history.ts';
import {
  attempted,
  maintainAll,
  NOON,
  newAttempt,
  newEvent,
  OTHER,
  store,
  TARGET,
  textBody,
} from '../../history/support.ts';
import { world } from '../../views/harness.ts';
import { storedHistory } from './place.ts';

/** A history, and `events` as it lists it. */
async function place(): Promise<{
  history: History;
  events: (options?: object) => Promise<string>;
}> {
  const { history, env } = await storedHistory();
  return {
    history,
    async events(options = {}) {
      const { io, stdout } = world({ env });
      const deps = { io } as Deps;
      expect(await run({ instance: 'simulator', color: false, ...options }, deps)).toBe(0);
      return stdout.text;
    },
  };
}

test('--failed shows the failure of an event that another target took later', async () => {
  const { history, events } = await place();
  const [failed = 0, mended = 0] = store(history, newEvent(), newEvent());
  attempted(
    history,
    newAttempt(failed, { target: TARGET, status: 500 }),
    newAttempt(failed, { target: OTHER, status: 200 }),
    newAttempt(mended, { status: null, error: 'connection reset' }),
    newAttempt(mended, { status: 204 }),
  );
  const lines = (await events({ failed: true })).trimEnd().split('\n');
  expect(lines).toEqual([expect.stringContaining('✗ 500 message')]);
  expect(await events()).toContain('✓ 204 message');
});

test('a line has the outcome of its event, and entries have that of each target', async () => {
  const { history, events } = await place();
  const skipped = [{ url: OTHER, reason: '--route' }];
  const [skips = 0] = store(
    history,
    newEvent({ waitFor: [TARGET], skipped }),
    newEvent({ skipped }),
  );
  const lines = (await events()).trimEnd().split('\n');
  // No listener runs: nothing is sent by itself.
  expect(lines).toEqual([
    expect.stringContaining('… held message'),
    expect.stringContaining(' - message'),
  ]);
  attempted(history, newAttempt(skips, { status: null, error: 'connection reset' }));
  expect(await events()).toContain('✗ no answer message');
  const entries = (await events({ json: true }))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries.map(({ targets }) => targets)).toEqual([
    [
      { url: OTHER, outcome: 'skipped', reason: '--route' },
      { url: TARGET, outcome: 'failed' },
    ],
    [{ url: OTHER, outcome: 'skipped', reason: '--route' }],
  ]);
});

test.each(['lodz', 'ŁÓDŹ', 'จอง', 'ห้องพัก odz'])('--search finds %j', async (search) => {
  const { history, events } = await place();
  store(
    history,
    newEvent({ body: textBody('Łódź: อยากจองห้องพัก') }),
    newEvent({ body: textBody('Lod: ห้อง') }),
  );
  for (const _ of ['not indexed', 'indexed']) {
    const lines = (await events({ search: [search] })).trimEnd().split('\n');
    expect(lines).toEqual([expect.stringContaining('Łódź')]);
    maintainAll(history, NOON);
  }
});
