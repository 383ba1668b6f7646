/** A listener in this thread, at a simulator whose requests a test can see and disturb. */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Webhook } from '../../src/eazewa/client.ts';
import { type FeedEntry, feedEntry } from '../../src/feed/feed.ts';
import { openDatabase } from '../../src/history/driver.ts';
import { runListener } from '../../src/listener/run.ts';
import { isLocked } from '../../src/platform/lock.ts';
import { fileJournal } from '../../src/takeover/journal.ts';
import { lockPath } from '../../src/takeover/lock.ts';
import type { Guard } from '../../src/takeover/options.ts';
import { temporaryFolder } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { API_TOKEN, between, clientOf, INSTANCE, simulator } from './harness.ts';
import { listenerOptions, type Overrides } from './options.ts';

export const FOREIGN: Webhook = {
  url: 'https://bot.example.com/hooks/wa',
  events: ['message', 'qr'],
};
export const OWN: Webhook = { url: 'http://localhost:9/hooks/wa', events: ['message', 'qr'] };

/** An instance with this webhook, a state folder, and listeners that run in this thread. */
export async function setUp(webhook: Webhook = OWN) {
  const vendor = await simulator(webhook);
  const api = await between(vendor.apiUrl);
  const folder = join(temporaryFolder(), 'data', 'instance');
  const direct = clientOf(vendor.apiUrl);
  const listen = (options: Overrides = {}, guard: Guard | null = null) => {
    const entries: FeedEntry[] = [];
    const handle = runListener(
      listenerOptions(api.apiUrl, API_TOKEN, folder, options),
      async (batch) => {
        for (const entry of batch) {
          expect(feedEntry.parse(entry)).toEqual(entry);
          entries.push(entry);
        }
      },
      { now: Date.now, random: randomBytes, ...(guard && { guard: () => guard }) },
    );
    const failed: { error: unknown } = { error: null };
    handle.stopped.catch((error: unknown) => {
      failed.error = error;
    });
    onTestFinished(async () => {
      handle.stop();
      await handle.stopped.catch(() => {});
    });
    const entry = <T extends FeedEntry['type']>(type: T, nth = 0) =>
      until(
        () => {
          if (failed.error !== null) throw failed.error;
          const all = entries.filter(
            (one): one is Extract<FeedEntry, { type: T }> => one.type === type,
          );
          return all[nth];
        },
        () => `${type} in ${JSON.stringify(entries)}`,
      );
    return { ...handle, entries, entry, types: () => entries.map(({ type }) => type) };
  };
  return {
    vendor,
    api,
    folder,
    listen,
    journal: fileJournal(folder),
    current: async () => (await direct.getInstance(INSTANCE)).webhook,
    change: (to: Webhook) => direct.updateWebhook(INSTANCE, to),
    puts: () => api.asked.filter(({ method }) => method === 'PUT'),
    locked: () => isLocked(lockPath(folder), openDatabase),
  };
}

/** The sockets of this process, listening or connected. What else may be left is looked for in closing.test.ts. */
export function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP'));
}

/** Waits until no more is open than was before; not so long that idle connections go by themselves. */
export async function expectNothingOpen(before: readonly string[]): Promise<void> {
  const same = () => openSockets().length <= before.length;
  await until(same, () => `${before}; open are ${openSockets()}`, 3000);
}

/** A POST of this body to a webhook url. */
export async function post(url: string, body: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  await response.arrayBuffer();
  return response.status;
}

export const event = (more: object = {}) => ({
  event: 'message',
  instanceId: 33,
  data: {},
  ...more,
});
export const message = (chat: string, id: string) =>
  event({ data: { message: { id: { remote: chat, _serialized: id }, type: 'chat', body: 'Hi' } } });
