import { describe, expect, onTestFinished, test } from 'vitest';
import { parseRoute, parseTarget } from '../../src/delivery/target.ts';
import { signatureFor } from '../../src/eazewa/signature.ts';
import { readWebhook } from '../../src/eazewa/webhook.ts';
import type { NewFeedEntry } from '../../src/feed/feed.ts';
import type { Batch, History } from '../../src/history/history.ts';
import { createMemoryHistory } from '../../src/history/memory.ts';
import { createWriter } from '../../src/history/writer.ts';
import { createIntake, type IntakeOptions } from '../../src/listener/intake.ts';
import { createMarker } from '../../src/listener/marks.ts';
import { until } from '../support/until.ts';

const CHAT = '12025550142@c.us';
const BODY = {
  event: 'message',
  instanceId: 33,
  data: {
    message: {
      id: { fromMe: false, remote: CHAT, id: '1', _serialized: 'm1' },
      ...{ type: 'chat', body: 'Hello', timestamp: 1_767_254_460, from: CHAT, to: CHAT },
      ...{ fromMe: false, ack: 1, hasMedia: false },
    },
    media: { mimetype: 'image/png', data: 'A'.repeat(2000) },
  },
};

type EventEntry = Extract<NewFeedEntry, { type: 'event' }>;

/** An intake over a history that can be made to fail. */
function setUp(options: Partial<IntakeOptions> = {}) {
  const history: History = createMemoryHistory();
  let failing = false;
  const commits = {
    commit(batch: Batch) {
      if (failing) throw new Error('disk full');
      return history.commit(batch);
    },
  };
  const writer = createWriter(commits, { retryMs: 5 });
  onTestFinished(() => writer.close());
  const order: string[] = [];
  const posted: EventEntry[] = [];
  let ids = 0;
  const keep = createIntake({
    writer,
    marker: createMarker(),
    newId: () => `evt_${++ids}`,
    now: () => 1_767_254_460_000,
    targets: [],
    secret: null,
    only: null,
    isForApp: () => true,
    bodies: 'none',
    post(entry) {
      order.push('posted');
      if (entry.type === 'event') posted.push(entry);
    },
    stored: ({ waitFor }) => order.push(`waits for ${waitFor.length}`),
    ...options,
  });
  const come = (body: unknown, givenUp = () => false, headers = ['A', 'b']) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const webhook = readWebhook(bytes);
    if ('reason' in webhook) throw new Error(webhook.reason);
    keep({ webhook, headers, body: bytes }, () => order.push('answered'), givenUp);
    return bytes;
  };
  return {
    history,
    writer,
    order,
    posted,
    come,
    fail: (how: boolean) => {
      failing = how;
    },
  };
}

describe('an event', () => {
  test('is stored first, then answered, then shown and forwarded', async () => {
    const { come, writer, order, history } = setUp({ targets: [parseTarget('3000')] });
    come(BODY);
    expect(order).toEqual([]);
    await writer.flush();
    expect(history.lastSeq()).toBe(1);
    expect(order).toEqual(['answered', 'posted', 'waits for 1']);
  });

  test('is stored with its exact bytes and headers, and its facts', async () => {
    const { come, writer, history } = setUp({
      targets: [parseTarget('3000/a'), parseRoute('qr=3000/b')],
    });
    const body = come(BODY);
    await writer.flush();
    const event = history.event(1);
    expect(event).toMatchObject({
      id: 'evt_1',
      at: 1_767_254_460_000,
      event: 'message',
      origin: 'live',
      chat: CHAT,
      messageId: 'm1',
      ack: null,
      issues: [],
      headers: ['A', 'b'],
    });
    expect(body.equals(event?.body ?? Buffer.alloc(0))).toBe(true);
    expect(history.waitingTargets(1)).toEqual(['http://localhost:3000/a']);
  });

  test('comes to the feed with its summary, its marks and its issues', async () => {
    const { come, writer, posted } = setUp();
    const { length } = come(BODY);
    come(BODY);
    come({ event: 'brand_new' });
    await writer.flush();
    expect(posted).toEqual([
      {
        type: 'event',
        id: 'evt_1',
        instanceId: '33',
        event: 'message',
        origin: 'live',
        chat: '12025550142@c.us',
        messageId: 'm1',
        ack: null,
        size: length,
        duplicateOf: null,
        repeats: null,
        ackWentBack: false,
        issues: [],
        summary: '12025550142: "Hello"',
        direction: 'in',
        name: null,
        text: 'Hello',
        targets: [],
      },
      expect.objectContaining({ id: 'evt_2', duplicateOf: 'evt_1' }),
      expect.objectContaining({
        instanceId: null,
        summary: '',
        issues: ["an event that is not in the vendor's list", 'no instanceId'],
      }),
    ]);
  });

  test('is judged by the secret, stored and shown with the result, and answered whatever that is', async () => {
    const { come, writer, history, posted, order } = setUp({ secret: 'the secret' });
    const signature = signatureFor(Buffer.from(JSON.stringify(BODY)), 'the secret');
    come(BODY, undefined, ['x-waapi-hmac', signature]);
    come({ ...BODY, event: 'message_create' }, undefined, ['x-waapi-hmac', signature]);
    come({ event: 'ready' });
    await writer.flush();
    const states = ['signed', 'wrongly-signed', 'unsigned'];
    expect(posted.map((entry) => entry.signature)).toEqual(states);
    expect([1, 2, 3].map((seq) => history.head(seq)?.signature)).toEqual(states);
    expect(order.filter((what) => what === 'answered')).toHaveLength(3);
  });

  test('of which nobody told the secret is not judged', async () => {
    const { come, writer, history, posted } = setUp();
    come(BODY, undefined, ['x-waapi-hmac', '0'.repeat(64)]);
    await writer.flush();
    expect(posted[0]).not.toHaveProperty('signature');
    expect(history.event(1)).not.toHaveProperty('signature');
    expect(history.event(1)?.headers).toEqual(['x-waapi-hmac', '0'.repeat(64)]);
  });

  test.each([
    ['none', undefined],
    ['elided', '[base64, 2000 characters]'],
    ['full', 'A'.repeat(2000)],
  ] as const)('comes to the feed with bodies: %s', async (bodies, media) => {
    const { come, writer, posted } = setUp({ bodies });
    come(BODY);
    await writer.flush();
    const [entry] = posted;
    if (media === undefined) expect(entry).not.toHaveProperty('body');
    else expect(entry).toHaveProperty('body.data.media.data', media);
  });

  test('of another chat than that of --only is stored and shown, and waits for no target', async () => {
    const targets = [parseTarget('3000')];
    const { come, writer, order, history } = setUp({ targets, only: 'other@c.us' });
    come(BODY);
    await writer.flush();
    expect(order).toEqual(['answered', 'posted', 'waits for 0']);
    expect(history.countWaiting()).toBe(0);
    const same = setUp({ targets, only: CHAT });
    same.come(BODY);
    same.come({ event: 'ready', instanceId: '33' });
    await same.writer.flush();
    expect(same.order.filter((what) => what.startsWith('waits'))).toEqual([
      'waits for 1',
      'waits for 0',
    ]);
  });
});

describe('while history cannot be written', () => {
  test('no request is answered; events of waiting clients are stored as soon as possible', async () => {
    const { come, writer, order, fail, history } = setUp();
    fail(true);
    let gone = false;
    come(BODY, () => gone);
    come({ ...BODY, event: 'message_create' });
    await new Promise(setImmediate);
    expect(order).toEqual([]);
    gone = true;
    fail(false);
    await writer.flush();
    expect(history.lastSeq()).toBe(1);
    expect(history.event(1)?.event).toBe('message_create');
    expect(order).toEqual(['answered', 'posted', 'waits for 0']);
  });

  test('a later event is no duplicate of one that was given up', async () => {
    const { come, writer, fail, posted } = setUp();
    fail(true);
    let asked = 0;
    come(BODY, () => ++asked > 1);
    // Its client hung up while it waited; then the vendor sends it again.
    await until(() => asked > 1);
    fail(false);
    come(BODY);
    come({ ...BODY, event: 'message_create' });
    await writer.flush();
    expect(posted).toMatchObject([
      { id: 'evt_2', duplicateOf: null },
      { id: 'evt_3', repeats: 'evt_2' },
    ]);
  });
});
