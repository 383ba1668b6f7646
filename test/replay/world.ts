/** What the tests of replay share: a real history, a deliverer, and a world that can be looked into. */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { createTurns } from '../../src/delivery/turns.ts';
import type { NewFeedEntry } from '../../src/feed/feed.ts';
import { createIds } from '../../src/history/ids.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { createWriter } from '../../src/history/writer.ts';
import type { ReplayItem } from '../../src/replay/item.ts';
import type { ReplayWorld } from '../../src/replay/send.ts';
import { temporaryFolder } from '../support/resources.ts';

/** A world over a new history file, whose events go to `targets`. */
export async function world(targets: readonly string[], parts: Partial<ReplayWorld> = {}) {
  const history = await openHistory(join(temporaryFolder(), 'history.db'));
  const writer = createWriter(history);
  const deliverer = createDeliverer();
  onTestFinished(async () => {
    writer.close();
    await deliverer.close();
    history.close();
  });
  const entries: NewFeedEntry[] = [];
  const abort = new AbortController();
  const made: ReplayWorld = {
    history,
    writer,
    deliverer,
    turns: createTurns(),
    targetsFor: () => targets,
    headers: [],
    timeoutMs: 60_000,
    now: Date.now,
    random: randomBytes,
    secret: null,
    newId: createIds(randomBytes),
    post: (entry) => void entries.push(entry),
    bodies: 'none',
    window: () => null,
    signal: abort.signal,
    ...parts,
  };
  return { world: made, history, entries, abort };
}

/** An item that is due at once and changes nothing. */
export function item(
  source: { event: string } | { body: string | object },
  parts: Partial<ReplayItem> = {},
): ReplayItem {
  const { body = null, event = '' } = { ...source } as { body?: string | object; event?: string };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    source: body === null ? { event } : { body: Buffer.from(text).toString('base64') },
    due: 0,
    set: [],
    remove: [],
    fresh: false,
    ...parts,
  };
}
