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
  world,
} from './harness.ts';

const TIME = '2026-11-23 09:05:09';
const DOWN = `! ${TIME}  the tunnel is down (ngrok does not answer); nothing may have come in since ${TIME}. Trying to get it up again`;

const { TZ } = process.env;
beforeAll(() => {
  process.env.TZ = 'UTC';
});
afterAll(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

/** What is written of these entries. */
async function shown(
  entries: readonly FeedEntry[],
  wanted: Partial<{ quiet: boolean; color: boolean }> = {},
  options: Parameters<typeof world>[0] = {},
) {
  const { io, stdout, stderr } = world(options);
  await createPlainView(io, { quiet: false, color: false, ...wanted }).take(entries);
  return { stdout: stdout.text, stderr: stderr.text };
}

describe('what happens, on stdout', () => {
  const cases: [string, FeedEntry, string][] = [
    ['an event', event(), '--> message [evt_0123456789abcdef] 491511234567: "Hello"'],
    [
      'an event without a summary',
      event({ event: 'ready', summary: '' }),
      '--> ready [evt_0123456789abcdef]',
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
      '--> message [evt_0123456789abcdef] x (repeats evt_b; the ack went back; no data; no instanceId)',
    ],
    [
      'an event that was replayed',
      event({ origin: 'replay', issues: ['no data'] }),
      '--> message [evt_0123456789abcdef] 491511234567: "Hello" (replay; no data)',
    ],
    [
      'a message that was brought back',
      event({ origin: 'recovered' }),
      '--> message [evt_0123456789abcdef] 491511234567: "Hello" (recovered)',
    ],
    [
      'an attempt',
      attempt(),
      '<-- [200] POST http://localhost:3000/hook (45ms) [evt_0123456789abcdef]',
    ],
    [
      'an answer that is no success',
      attempt({ status: 503 }),
      '<-- [503] POST http://localhost:3000/hook (45ms) [evt_0123456789abcdef]',
    ],
    [
      'no answer',
      attempt({ status: null, error: 'connection reset', durationMs: 0.2 }),
      '<-- [failed] POST http://localhost:3000/hook connection reset (0ms) [evt_0123456789abcdef]',
    ],
    ['a refusal', rejected('a wrong path token'), '--x [401] a wrong path token (12 bytes)'],
  ];
  test.each(cases)('%s', async (_, entry, line) => {
    expect(await shown([entry])).toEqual({ stdout: `2026-11-23 09:05:09  ${line}\n`, stderr: '' });
  });

  test('a line each, in their order', async () => {
    const { stdout } = await shown([event(), attempt(), event()]);
    expect(stdout.split('\n').map((line) => line.slice(21, 24))).toEqual(['-->', '<--', '-->', '']);
  });

  test('times are those of this place', () => {
    process.env.TZ = 'Asia/Kathmandu';
    expect(localTime('2026-11-23T20:05:09.999Z')).toBe('2026-11-24 01:50:09');
    process.env.TZ = 'UTC';
    expect(localTime('2026-01-02T03:04:05.000Z')).toBe('2026-01-02 03:04:05');
  });
});

describe('what the listener says of itself, on stderr', () => {
  const cases: [string, FeedEntry, string[]][] = [
    [
      'ready',
      ready(),
      [
        '✓ Listening on instance 33 for message, message_ack',
        '  http://127.0.0.1:4000',
        '  → http://localhost:3000/hook',
        '  Ctrl-C puts its webhook back: https://bot.example.com/hook',
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
        '  Ctrl-C puts its webhook back: none',
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
        '  Ctrl-C puts its webhook back: https://bot.example.com/hook',
      ],
    ],
    [
      'ready, without a target',
      ready({ targets: [] }),
      [
        '✓ Listening on instance 33 for message, message_ack',
        '  http://127.0.0.1:4000',
        '  no target: events are kept and shown',
        '  Ctrl-C puts its webhook back: https://bot.example.com/hook',
      ],
    ],
    [
      'ready, beside the webhook',
      ready({ sideBySide: true, targets: [] }),
      [
        '✓ Listening on instance 33 for message, message_ack',
        '  http://127.0.0.1:4000',
        '  no target: events are kept and shown',
        "  the instance's own webhook (https://bot.example.com/hook) is untouched; Ctrl-C removes the subscription",
      ],
    ],
    [
      'a subscription that is removed',
      { ...webhook('restored'), sideBySide: true } as FeedEntry,
      [
        "✓ the subscription is removed; the instance's own webhook is untouched: https://bot.example.com/hook (message, qr)",
      ],
    ],
    [
      'a subscription that is not removed',
      { ...webhook('not-restored'), sideBySide: true } as FeedEntry,
      ['✗ the subscription of this listener was not removed'],
    ],
    ['a warning', warning('something is odd'), ['! something is odd']],
    [
      'a webhook that somebody else set',
      webhook('changed-elsewhere'),
      [
        '! somebody else set the webhook to https://bot.example.com/hook: events no longer come here',
      ],
    ],
    [
      'a webhook that is back',
      webhook('restored'),
      ['✓ the instance is as it was: webhook https://bot.example.com/hook (message, qr)'],
    ],
    [
      'no webhook again',
      webhook('restored', null, []),
      ['✓ the instance is as it was: webhook none (no events)'],
    ],
    [
      'a webhook that is not back',
      webhook('not-restored'),
      ['✗ the webhook was not put back to https://bot.example.com/hook'],
    ],
    ['a tunnel that is down', tunnel('down'), [DOWN]],
    [
      'a tunnel that changed',
      tunnel('changed'),
      [`! ${TIME}  the tunnel has another url, which the instance gets now: https://x.ngrok.app`],
    ],
    ['the end', stopped(), ['Stopped: 3 received, 2 forwarded']],
    [
      'the end, not all well',
      stopped(1, 4),
      ['Stopped: 3 received, 2 forwarded, 1 failed, 4 waiting'],
    ],
    [
      'a tunnel that is up again',
      { ...tunnel('up'), outageFrom: AT, outageTo: AT } as FeedEntry,
      [`✓ ${TIME}  the tunnel is up again: https://x.ngrok.app`],
    ],
    ['nothing of what is as it should be', tunnel('up'), []],
    ['nothing of our own webhook', webhook('set'), []],
  ];
  test.each(cases)('%s', async (_, entry, lines) => {
    expect(await shown([entry])).toEqual({
      stdout: '',
      stderr: lines.map((line) => `${line}\n`).join(''),
    });
  });

  test('only what is not as it should be, when it is to be quiet', async () => {
    const { stdout, stderr } = await shown([...EACH, webhook('not-restored'), tunnel('down')], {
      quiet: true,
    });
    expect(stdout.split('\n')).toHaveLength(5);
    expect(stderr).toBe(
      `! something\n✗ the webhook was not put back to https://bot.example.com/hook\n${DOWN}\n`,
    );
  });
});

describe('text from outside', () => {
  const hostile: [string, FeedEntry][] = [
    ['the name of an event', event({ event: HOSTILE })],
    [
      'the text of a message',
      event({ summary: summarize('message', { message: { type: 'chat', body: HOSTILE } }) }),
    ],
    ['an error', attempt({ status: null, error: HOSTILE })],
    ['a warning', warning(HOSTILE)],
    ['the events that the instance had', webhook('restored', null, [HOSTILE])],
    ['the events that it gets', ready({ events: [HOSTILE] })],
    [
      'the events of a route',
      ready({ targets: [{ url: 'http://localhost/', events: [HOSTILE] }] }),
    ],
  ];
  test.each(hostile)('does nothing to a terminal: %s', async (_, entry) => {
    const { stdout, stderr } = await shown([entry], { color: false });
    const text = stdout + stderr;
    expect(text).toContain('␛[2J');
    expect(obeys(text)).toBe(false);
  });

  test('never takes more than its line', async () => {
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

  test('are there on a terminal', async () => {
    const FORCE_COLOR = '1';
    expect(await escapes(EACH, all, { isTTY: true, env: { FORCE_COLOR } })).toEqual([true, true]);
  });

  test('say nothing that the text does not say', async () => {
    const env = { FORCE_COLOR: '1' };
    const { stdout, stderr } = await shown(EACH, all, { isTTY: true, env });
    const plain = await shown(EACH);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
    const without = (text: string) => text.replace(/\u001b\[\d+m/g, '');
    expect({ stdout: without(stdout), stderr: without(stderr) }).toEqual(plain);
  });

  test.each([
    ['no terminal', {}, true],
    ['NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }, true],
    ['NO_COLOR, though forced', { isTTY: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, true],
    ['FORCE_COLOR=0', { isTTY: true, env: { FORCE_COLOR: '0' } }, true],
    ['--no-color', { isTTY: true, env: { FORCE_COLOR: '1' } }, false],
  ])('are not there with %s', async (_, options, color) => {
    expect(await escapes(EACH, { color }, options)).toEqual([false, false]);
  });
});

test('takes the next batch only when both of its readers have caught up', async () => {
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
