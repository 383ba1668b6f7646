/** A compressed event, from the request to the app, the search and the views. */

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { askListener } from '../../src/control/client.ts';
import { fullEventEntryOf } from '../../src/history/entries.ts';
import { findEvent } from '../../src/history/find.ts';
import { detailOf } from '../../src/history/inspect.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { historyPath } from '../../src/platform/paths.ts';
import { app } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { message, setUp } from './set-up.ts';

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
])(
  'an event in %s is stored and forwarded as it came, and shown decoded',
  async (coding, encode) => {
    const target = await app();
    const { listen, folder } = await setUp();
    const targets = [{ url: target.url, events: null, hasPath: true }];
    const listener = listen({ forwarding: { targets }, feed: { bodies: 'full' } });
    const { webhookUrl } = await listener.entry('ready');
    const sent = message('ana@c.us', 'true_ana@c.us_1');
    const body = encode(JSON.stringify(sent));
    const headers = { 'content-encoding': coding, connection: 'close' };
    const response = await fetch(webhookUrl, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
    const shown = await listener.entry('event');
    expect(shown).toMatchObject({ event: 'message', size: body.length, body: sent });
    await until(() => target.requests.length === 1);
    expect(target.requests[0]?.body.equals(body)).toBe(true);
    expect(target.requests[0]?.headers['content-encoding']).toBe(coding);
    await listener.entry('attempt');
    const edited = await askListener(folder, { action: 'body', id: shown.id });
    expect(edited).toBe(JSON.stringify(sent));
    listener.stop();
    await listener.stopped;

    const history = await openHistory(historyPath(folder));
    try {
      const stored = findEvent(history, shown.id);
      expect(Buffer.from(stored.body).equals(body)).toBe(true);
      expect(fullEventEntryOf(stored, [], 'full').body).toEqual(sent);
      const window = { after: 0, since: 0 };
      expect(JSON.parse((await detailOf(history, shown.id, window)).body)).toEqual(sent);
    } finally {
      history.close();
    }
  },
);
