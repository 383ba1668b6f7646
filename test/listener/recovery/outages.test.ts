/** Outages: reported, stored, recovered. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { NewFeedEntry } from '../../../src/feed/feed.ts';
import { type OutageOptions, openOutages } from '../../../src/listener/recovery/outages.ts';
import { temporaryFolder } from '../../support/resources.ts';
import { until } from '../../support/until.ts';

/** Long ago: nothing of it is on its way any more. */
const FROM = Date.UTC(2026, 10, 23, 12);
const TO = FROM + 60_000;

async function setUp(options: Partial<OutageOptions> = {}) {
  const asked: [number, number][] = [];
  const posted: NewFeedEntry[] = [];
  const folder = options.folder ?? temporaryFolder();
  const answer = { ok: true };
  const outages = await openOutages({
    recover: true,
    folder,
    post: (entry) => posted.push(entry),
    now: Date.now,
    ...options,
  });
  outages.start({
    async recover(from, to) {
      asked.push([from, to]);
      return answer.ok;
    },
  });
  onTestFinished(() => outages.stop());
  const path = join(folder, 'outages.json');
  return {
    outages,
    asked,
    answer,
    posted,
    folder,
    path,
    left: () => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).times : []),
  };
}

describe('an outage', () => {
  test('is reported and recovered, and then deleted', async () => {
    const { outages, asked, posted, left } = await setUp();
    outages.add(FROM, TO);
    expect(posted).toMatchObject([{ type: 'warning', code: 'events_may_be_lost' }]);
    await until(() => asked.length === 1);
    expect(asked).toEqual([[FROM, TO]]);
    await until(() => left().length === 0);
  });

  test('is stored for the next listener that recovers', async () => {
    const first = await setUp({ recover: false });
    first.outages.add(FROM, TO);
    await first.outages.stop();
    expect(first.asked).toEqual([]);
    expect(first.left()).toEqual([{ from: FROM, to: TO }]);
    const { folder } = first;
    const second = await setUp({ folder });
    await until(() => second.asked.length === 1);
    expect(second.asked).toEqual([[FROM, TO]]);
    await until(() => second.left().length === 0);
  });

  test('at the end of a listener is reported and left for the next one', async () => {
    const { outages, asked, posted, left } = await setUp();
    outages.add(FROM, TO, false);
    await outages.stop();
    expect(posted).toHaveLength(1);
    expect(asked).toEqual([]);
    expect(left()).toEqual([{ from: FROM, to: TO }]);
  });

  test('that could not be recovered stays stored', async () => {
    const { outages, asked, answer, left } = await setUp();
    answer.ok = false;
    outages.add(FROM, TO);
    await until(() => asked.length === 1);
    await outages.stop();
    expect(left()).toEqual([{ from: FROM, to: TO }]);
  });

  test('is not stored without a folder', async () => {
    const { outages, path } = await setUp({ recover: false, folder: null });
    outages.add(FROM, TO);
    await outages.stop();
    expect(existsSync(path)).toBe(false);
  });

  test('is recovered after late events have arrived, and may grow meanwhile', async () => {
    const { outages, asked, left } = await setUp();
    const now = Date.now();
    outages.add(now - 3000, now - 2000);
    outages.add(now - 2000, now - 1000);
    expect(asked).toEqual([]);
    await until(() => asked.length > 0);
    expect(Date.now() - now).toBeGreaterThanOrEqual(2900);
    expect(asked).toEqual([[now - 3000, now - 1000]]);
    await until(() => left().length === 0);
  });

  test('is one of at most 20', async () => {
    const { outages, left } = await setUp({ recover: false });
    for (let i = 0; i < 30; i++) outages.add(FROM + i * 600_000, TO + i * 600_000);
    await outages.stop();
    expect(left()).toHaveLength(20);
    expect(left().at(-1)).toEqual({ from: FROM + 29 * 600_000, to: TO + 29 * 600_000 });
  });

  test('in a file that cannot be read is ignored', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'outages.json'), '{"times":[{"from":"x"}]}');
    const { asked, outages } = await setUp({ folder });
    await outages.stop();
    expect(asked).toEqual([]);
  });
});

test('connections closed within two seconds are one outage', async () => {
  const { outages, posted } = await setUp({ recover: false });
  for (let i = 0; i < 50; i++) outages.addNow();
  expect(posted).toEqual([]);
  await until(() => posted.length > 0);
  expect(posted).toMatchObject([{ code: 'events_may_be_lost' }]);
});

test('a connection closed right before the end is reported as well', async () => {
  const { outages, posted, left } = await setUp({ recover: false });
  outages.addNow();
  await outages.stop();
  expect(posted).toHaveLength(1);
  expect(left()).toHaveLength(1);
});
