import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { summarize } from '../../src/eazewa/summary.ts';
import type { FeedEntry } from '../../src/feed/feed.ts';
import { localTime } from '../../src/platform/local-time.ts';
import { createPlainView } from '../../src/views/plain.ts';
import {
  AT,
  attempt,
  EACH,
  event,
  HOSTILE,
  obeys,
  ready,
  rejected,
  stopped,
  tunnel,
  warning,
  webhook,
  withoutColors,
  world,
} from './harness.ts';

const TIME = '2026-11-23 09:05:09';
const DOWN = `! ${TIME}  the tunnel is down (ngrok does not answer); outage since ${TIME}; reconnecting`;

const { TZ } = process.env;
beforeAll(() => {
  process.env.TZ = 'UTC';
});
afterAll(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

/** What the view writes for these entries. */
async function shown(
  entries: readonly FeedEntry[],
  wanted: Partial<{ quiet: boolean; color: boolean }> = {},
  options: Parameters<typeof world>[0] = {},
) {
  const { io, stdout, stderr } = world(options);
  await createPlainView(io, { quiet: false, color: false, ...wanted }).take(entries);
  return { stdout: stdout.text, stderr: stderr.text };
}

describe('events and attempts, on stdout', () => {
  const cases: [string, FeedEntry, string][] = [
    ['an event', event(), '--> message [evt_0123456789abcdef] 491511234567: "Hello"'],
    [
      'an event without a summary',
      event({ event: 'ready', summary: '' }),
      '--> ready [evt_0123456789abcdef]',
    ],
    [
      'a replay that changed a doubled value',
      event({ origin: 'replay', alsoChanged: ['data.message._data.body'], summary: '' }),
      '--> message [evt_0123456789abcdef]  (replay; also changed data.message._data.body)',
    ],
    [
      'a duplicate',
      event({ duplicateOf: 'evt_a', summary: '' }),
      '--> message [evt_0123456789abcdef]  (duplicate of evt_a)',
    ],
    [
      'marks and issues',
      event({
        repeats: 'evt_b',
        ackWentBack: true,
        issues: ['no data', 'no instanceId'],
        summary: 'x',
      }),
      '--> message [evt_0123456789abcdef] x (repeats evt_b; lower ack than before; no data; no instanceId)',
    ],
    [
      'a signed event',
      event({ signature: 'signed', summary: 'x' }),
      '--> message [evt_0123456789abcdef] x (signed)',
    ],
    [
      'an unsigned duplicate',
      event({ signature: 'unsigned', duplicateOf: 'evt_a', summary: 'x' }),
      '--> message [evt_0123456789abcdef] x (duplicate of evt_a; unsigned)',
    ],
    [
      'a wrongly signed event',
      event({ signature: 'wrongly-signed', issues: ['no data'], summary: 'x' }),
      '--> message [evt_0123456789abcdef] x (wrongly signed) (no data)',
    ],
    [
      'a replayed event',
      event({ origin: 'replay', issues: ['no data'] }),
      '--> message [evt_0123456789abcdef] 491511234567: "Hello" (replay; no data)',
    ],
    [
      'a recovered message',
      event({ origin: 'recovered' }),
      '--> message [evt_0123456789abcdef] 491511234567: "Hello" (recovered)',
    ],
    [
      'an attempt',
      attempt(),
      '<-- [200] POST http://localhost:3000/hook (45ms) [evt_0123456789abcdef]',
    ],
    [
      'an answer other than 2xx',
      attempt({ status: 503 }),
      '<-- [503] POST http://localhost:3000/hook (45ms) [evt_0123456789abcdef]',
    ],
    [
      'no answer',
      attempt({ status: null, error: 'connection reset', durationMs: 0.2 }),
      '<-- [failed] POST http://localhost:3000/hook connection reset (0ms) [evt_0123456789abcdef]',
    ],
    [
      'a rejected request',
      rejected('a wrong path token'),
      '--x [401] a wrong path token (12 bytes)',
    ],
    [
      'many rejected requests',
      rejected('a wrong path token', { count: 17_999 }),
      '--x [401] a wrong path token (17999 requests, 12 bytes)',
    ],
    [
      'a request that broke off',
      rejected('the request broke off', { status: null }),
      '--x [no answer] the request broke off (12 bytes)',
    ],
  ];
  test.each(cases)('%s', async (_, entry, line) => {
    expect(await shown([entry])).toEqual({ stdout: `2026-11-23 09:05:09  ${line}\n`, stderr: '' });
  });

  test('one line an entry, in order', async () => {
    const { stdout } = await shown([event(), attempt(), event()]);
    expect(stdout.split('\n').map((line) => line.slice(21, 24))).toEqual(['-->', '<--', '-->', '']);
  });

  test('times are local', () => {
    process.env.TZ = 'Asia/Kathmandu';
    expect(localTime('2026-11-23T20:05:09.999Z')).toBe('2026-11-24 01:50:09');
    process.env.TZ = 'UTC';
    expect(localTime('2026-01-02T03:04:05.000Z')).toBe('2026-01-02 03:04:05');
  });
});

describe('notices about the listener, on stderr', () => {
  const cases: [string, FeedEntry, string[]][] = [
    [
      'ready',
      ready(),
      [
        '✓ Listening on instance 33 for message, message_ack',
        '  http://127.0.0.1:4000',
        '  → http://localhost:3000/hook',
        '  Ctrl-C restores the webhook: https://bot.example.com/hook',
      ],
    ],
    [
      'ready, with a public url, routes, many events and no webhook before',
      ready({
        publicUrl: 'https://x.ngrok.app',
        events: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
        targets: [
          { url: 'http://localhost:3000/a', events: ['message*', 'qr'] },
          { url: 'http://localhost:3000/b', events: null },
        ],
        previous: { url: null, events: [] },
      }),
      [
        '✓ Listening on instance 33 for 7 events',
        '  https://x.ngrok.app → http://127.0.0.1:4000',
        '  → http://localhost:3000/a (message*, qr)',
        '  → http://localhost:3000/b',
        '  Ctrl-C restores the webhook: the instance had none',
      ],
    ],
    [
      'ready, with a tee',
      ready({ tee: 'https://bot.example.com/hook' }),
      [
        '✓ Listening on instance 33 for message, message_ack',
        '  http://127.0.0.1:4000',
        '  → http://localhost:3000/hook',
        '  tee → https://bot.example.com/hook',
        '  Ctrl-C restores the webhook: https://bot.example.com/hook',
      ],
    ],
    [
      'ready, with a new history',
      ready({ newHistory: '/home/ada/history.db' }),
      [
        '✓ Listening on instance 33 for message, message_ack',
        '  http://127.0.0.1:4000',
        '  → http://localhost:3000/hook',
        '  events are stored for 7 days or 1 GiB in /home/ada/history.db (--no-history stores nothing)',
        '  Ctrl-C restores the webhook: https://bot.example.com/hook',
      ],
    ],
    [
      'ready, without a target',
      ready({ targets: [] }),
      [
        '✓ Listening on instance 33 for message, message_ack',
        '  http://127.0.0.1:4000',
        '  no target: events are stored and shown',
        '  Ctrl-C restores the webhook: https://bot.example.com/hook',
      ],
    ],
    [
      'ready, side by side',
      ready({ sideBySide: true, targets: [] }),
      [
        '✓ Listening on instance 33 for message, message_ack',
        '  http://127.0.0.1:4000',
        '  no target: events are stored and shown',
        "  the instance's own webhook (https://bot.example.com/hook) is untouched; Ctrl-C removes the subscription",
      ],
    ],
    [
      'a removed subscription',
      { ...webhook('restored'), sideBySide: true } as FeedEntry,
      [
        '✓ the subscription is removed; the instance has webhook https://bot.example.com/hook (message, qr)',
      ],
    ],
    [
      'a subscription that was not removed',
      { ...webhook('not-restored'), sideBySide: true } as FeedEntry,
      ['✗ the subscription was not removed'],
    ],
    ['a warning', warning('something is odd'), ['! something is odd']],
    [
      'a webhook set by somebody else',
      webhook('changed-elsewhere'),
      [
        '! somebody else set the webhook to https://bot.example.com/hook: events no longer arrive here',
      ],
    ],
    [
      'a restored webhook',
      webhook('restored'),
      [
        '✓ the webhook is restored; the instance has webhook https://bot.example.com/hook (message, qr)',
      ],
    ],
    [
      'a restored webhook of none',
      webhook('restored', null, []),
      ['✓ the webhook is restored: the instance has none, as before'],
    ],
    [
      'a webhook that was changed while the listener ran',
      { ...webhook('restored'), changed: true } as FeedEntry,
      [
        '✓ the webhook was changed while this listener ran; the instance has webhook https://bot.example.com/hook (message, qr)',
      ],
    ],
    [
      'a webhook that was not restored',
      webhook('not-restored'),
      ['✗ the webhook was not restored to https://bot.example.com/hook'],
    ],
    ['a tunnel that is down', tunnel('down'), [DOWN]],
    [
      'a tunnel with a new url',
      tunnel('changed'),
      [`! ${TIME}  the tunnel has a new url; updating the instance: https://x.ngrok.app`],
    ],
    ['the end', stopped(), ['Stopped: 3 events received; 2 deliveries']],
    [
      'the end, with failed and waiting events',
      stopped(1, 4),
      ['Stopped: 3 events received, 4 waiting; 3 deliveries, 1 failed'],
    ],
    [
      'a tunnel that is up again',
      { ...tunnel('up'), outageFrom: AT, outageTo: AT } as FeedEntry,
      [`✓ ${TIME}  the tunnel is up again: https://x.ngrok.app`],
    ],
    ['nothing for a tunnel without an outage', tunnel('up'), []],
    ['nothing for setting our own webhook', webhook('set'), []],
  ];
  test.each(cases)('%s', async (_, entry, lines) => {
    expect(await shown([entry])).toEqual({
      stdout: '',
      stderr: lines.map((line) => `${line}\n`).join(''),
    });
  });

  test('only problems with --quiet', async () => {
    const { stdout, stderr } = await shown([...EACH, webhook('not-restored'), tunnel('down')], {
      quiet: true,
    });
    expect(stdout.split('\n')).toHaveLength(5);
    expect(stderr).toBe(
      `! something\n✗ the webhook was not restored to https://bot.example.com/hook\n${DOWN}\n`,
    );
  });
});

describe('text from outside', () => {
  const hostile: [string, FeedEntry][] = [
    ['the name of an event', event({ event: HOSTILE })],
    [
      'the text of a message',
      event(summarize('message', { message: { type: 'chat', body: HOSTILE } })),
    ],
    ['an error', attempt({ status: null, error: HOSTILE })],
    ['a warning', warning(HOSTILE)],
    [
      'the events of the original webhook',
      webhook('restored', 'https://bot.example.com/hook', [HOSTILE]),
    ],
    ['the subscribed events', ready({ events: [HOSTILE] })],
    [
      'the events of a route',
      ready({ targets: [{ url: 'http://localhost/', events: [HOSTILE] }] }),
    ],
  ];
  test.each(hostile)('controls no terminal: %s', async (_, entry) => {
    const { stdout, stderr } = await shown([entry], { color: false });
    const text = stdout + stderr;
    expect(text).toContain('␛[2J');
    expect(obeys(text)).toBe(false);
  });

  test('is cut to a bound', async () => {
    const { stdout } = await shown([event({ event: 'x'.repeat(1_000_000) }), event()]);
    expect(stdout.split('\n')[0]?.length).toBeLessThan(200);
    const { stderr } = await shown([warning('x'.repeat(1_000_000))]);
    expect(stderr.length).toBeLessThan(1100);
  });
});

describe('colours', () => {
  const escapes = async (...asked: Parameters<typeof shown>) => {
    const { stdout, stderr } = await shown(...asked);
    return [stdout, stderr].map((text) => text.includes('\u001b['));
  };
  const all = { color: true };

  test('are used on a terminal', async () => {
    const FORCE_COLOR = '1';
    expect(await escapes(EACH, all, { isTTY: true, env: { FORCE_COLOR } })).toEqual([true, true]);
  });

  test('add nothing to the text', async () => {
    const env = { FORCE_COLOR: '1' };
    const { stdout, stderr } = await shown(EACH, all, { isTTY: true, env });
    const plain = await shown(EACH);
    expect({ stdout: withoutColors(stdout), stderr: withoutColors(stderr) }).toEqual(plain);
  });

  test.each([
    ['no terminal', {}, true],
    ['NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }, true],
    ['NO_COLOR, though forced', { isTTY: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, true],
    ['FORCE_COLOR=0', { isTTY: true, env: { FORCE_COLOR: '0' } }, true],
    ['--no-color', { isTTY: true, env: { FORCE_COLOR: '1' } }, false],
  ])('are not used with %s', async (_, options, color) => {
    expect(await escapes(EACH, { color }, options)).toEqual([false, false]);
  });
});

test('takes the next batch only after both streams have drained', async () => {
  const { io, stdout, stderr } = world();
  const view = createPlainView(io, { quiet: false, color: false });
  stdout.full = true;
  stderr.full = true;
  let taken = false;
  const take = view.take([event(), warning('x')]).then(() => {
    taken = true;
  });
  stdout.drain();
  await new Promise(setImmediate);
  expect(taken).toBe(false);
  stderr.drain();
  await take;
});
