import { describe, expect, test } from 'vitest';
import { elide, objectIn } from '../../src/eazewa/json.ts';
import { searchText, summarize } from '../../src/eazewa/summary.ts';
import { readWebhook } from '../../src/eazewa/webhook.ts';
import { loadFixture } from '../../src/fixtures/load.ts';
import { createMarker } from '../../src/receiver/marks.ts';
import { anyBody, anyBytes, anyJson, fc } from '../support/arbitrary.ts';

const ANA = '12025550142@c.us';
const GROUP = '120363000000000042@g.us';
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('the summary of a fixture', () => {
  test.each([
    ['authenticated.plain', ''],
    ['call.incoming', 'call from 12025550142'],
    ['change_state.connected', 'CONNECTED'],
    ['disconnected.logout', 'LOGOUT'],
    ['group_join.add', `${GROUP}: add 100000000000163@lid by 12025550117`],
    ['loading_screen.half', '50 %'],
    ['message.chat', '12025550142: "Good morning! Do you still have the blue bicycle?"'],
    ['message.group', `100000000000117@lid in ${GROUP}: "Who comes along on Saturday?"`],
    ['message_ack.delivered', 'delivered to 12025550142'],
    ['message_ack.read', 'read by 12025550142'],
    [
      'message_create.sent',
      'to 12025550142: "Good morning Mia, yes we do. Shall we keep it for you until noon?"',
    ],
    [
      'message_edit.text',
      '12025550142: "Good morning! Do you still have the blue bicycle?" is now "Good morning! Do you still have the blue bicyc…',
    ],
    ['message_reaction.thumbs-up', '12025550142 reacted 👍'],
    ['qr.fresh', 'a new code to scan'],
    ['ready.plain', ''],
    ['vote_update.two', '12025550117 voted "Along the river", "Over the hill"'],
  ])('%s says: %s', (fixture, summary) => {
    const { event, data } = loadFixture(fixture);
    expect(summarize(event, objectIn(data))).toBe(summary);
  });
});

describe('the summary', () => {
  const chat = (message: object) => ({ message: { id: { remote: ANA }, ...message } });
  const cases: [string, string, object, string][] = [
    ['text', 'message', chat({ type: 'chat', body: 'Hi' }), '12025550142: "Hi"'],
    ['empty text', 'message', chat({ type: 'chat' }), '12025550142: ""'],
    [
      'an image with its caption',
      'message',
      chat({ type: 'image', body: 'Look' }),
      '12025550142: image "Look"',
    ],
    ['an image without one', 'message', chat({ type: 'image', body: '' }), '12025550142: image'],
    [
      'media by its type',
      'message',
      { ...chat({ type: 'ptt' }), media: { mimetype: 'audio/ogg' } },
      '12025550142: audio/ogg',
    ],
    [
      'a contact without its vCard',
      'message',
      chat({ type: 'vcard', body: 'BEGIN:VCARD' }),
      '12025550142: vcard',
    ],
    ['no message', 'message', {}, 'somebody: message'],
    [
      'one of our own',
      'message_create',
      { message: { fromMe: true, to: ANA, type: 'chat', body: 'x' } },
      'to 12025550142: "x"',
    ],
    [
      'a wid object as sender',
      'message',
      { message: { from: { _serialized: ANA }, type: 'chat', body: 'x' } },
      '12025550142: "x"',
    ],
    [
      'a deletion',
      'message_revoke_everyone',
      { after: { from: ANA }, before: { body: 'old' } },
      '12025550142: deleted for everyone: "old"',
    ],
    [
      'a deletion of what is not known',
      'message_revoke_everyone',
      { after: { from: ANA } },
      '12025550142: deleted for everyone',
    ],
    [
      'a deletion on the own phone',
      'message_revoke_me',
      chat({ body: 'x' }),
      '12025550142: deleted on the own phone: "x"',
    ],
    ['an ack of -1', 'message_ack', { ...chat({}), ack: -1 }, 'failed for 12025550142'],
    ['an ack of 0', 'message_ack', { ...chat({}), ack: 0 }, 'pending for 12025550142'],
    ['an ack of 1', 'message_ack', { ...chat({}), ack: '1' }, 'sent to 12025550142'],
    ['an ack of 4', 'message_ack', { ...chat({}), acknowledged: 4 }, 'played by 12025550142'],
    ['an ack in the message only', 'message_ack', chat({ ack: 3 }), 'read by 12025550142'],
    ['an ack of tomorrow', 'message_ack', { ...chat({}), ack: 9 }, 'acknowledged by 12025550142'],
    [
      'a reaction removed',
      'message_reaction',
      { reaction: { reaction: '', senderId: ANA } },
      '12025550142 removed a reaction',
    ],
    [
      'a vote withdrawn',
      'vote_update',
      { vote: { voter: ANA, selectedOptions: [] } },
      '12025550142 withdrew a vote',
    ],
    [
      'a vote without names',
      'vote_update',
      { vote: { voter: ANA, selectedOptions: [{ localId: 2 }, {}] } },
      '12025550142 voted "2", "?"',
    ],
    [
      'a vote for objects',
      'vote_update',
      {
        vote: { voter: ANA, selectedOptions: [{ name: {}, localId: { toString: 1, valueOf: 1 } }] },
      },
      '12025550142 voted "?"',
    ],
    [
      'a subject',
      'group_update',
      { notification: { chatId: GROUP, type: 'subject', body: 'New', recipientIds: [] } },
      `${GROUP}: subject New`,
    ],
    ['a video call', 'call', { call: { from: ANA, isVideo: true } }, 'video call from 12025550142'],
    ['no percent', 'loading_screen', {}, '? %'],
    ['an unknown event', 'brand_new', { message: { body: 'x' } }, ''],
  ];
  test.each(cases)('of %s', (_, event, data, summary) => {
    expect(summarize(event, objectIn(data))).toBe(summary);
  });

  test('is one line that a terminal does not obey', () => {
    const body = 'a\u001b[2Jb\r\nc\u0007d\u202ee';
    expect(summarize('message', chat({ type: 'chat', body }))).toBe('12025550142: "a␛[2Jb↵c␇de"');
  });

  test('of a text of 60 MB is made at once', () => {
    const data = chat({ type: 'chat', body: 'x'.repeat(60_000_000) });
    expect(summarize('message', data)).toHaveLength(120);
  });
});

describe('the summary of a list of ten million', () => {
  const cases: [string, () => object][] = [
    [
      'group_join',
      () => ({ notification: { chatId: GROUP, recipientIds: Array(10_000_000).fill(ANA) } }),
    ],
    [
      'vote_update',
      () => ({ vote: { voter: ANA, selectedOptions: Array(10_000_000).fill({ name: 'x' }) } }),
    ],
  ];
  test.each(cases)('is made at once: %s', (event, make) => {
    const data = objectIn(make());
    expect(summarize(event, data)).toMatch(/…$/);
  });
});

describe('the text for searching', () => {
  test('is the summary, then every text, without base64', () => {
    const body = {
      event: 'message',
      data: {
        message: { from: ANA, type: 'chat', body: 'Hello' },
        media: { data: 'A'.repeat(3000) },
      },
    };
    expect(searchText('message', bytes(body))).toBe(
      ['12025550142: "Hello"', ANA, 'chat', 'Hello'].join('\n'),
    );
  });

  test('is 8 kB at most', () => {
    const body = bytes({
      event: 'message',
      data: { a: Array(1000).fill('some words '.repeat(20)) },
    });
    expect(searchText('message', body)).toHaveLength(8192);
  });

  test('is empty for what is no webhook', () => {
    expect(searchText('message', Buffer.from('no JSON'))).toBe('');
  });

  test('is found in a body that is nested a hundred thousand deep', () => {
    const deep = 100_000;
    const body = `{"event":"x","data":{"a":${'['.repeat(deep)}"found"${']'.repeat(deep)}}}`;
    expect(searchText('x', Buffer.from(body))).toBe('\nfound');
  });
});

describe('whatever comes in', () => {
  const summaryIsSafe = (summary: string) => {
    const graphemes = [...new Intl.Segmenter('en').segment(summary)];
    expect(graphemes.length).toBeLessThanOrEqual(120);
    expect(summary).not.toMatch(/\p{Cc}|\p{Cs}|[\u2028-\u202e\u2066-\u2069]/u);
  };

  test('no bytes crash what reads them', () => {
    const marker = createMarker();
    fc.assert(
      fc.property(anyBytes, (body) => {
        const webhook = readWebhook(body);
        if ('reason' in webhook) {
          expect(searchText('message', body)).toBe('');
          return;
        }
        summaryIsSafe(summarize(webhook.event, webhook.data));
        expect(searchText(webhook.event, body).length).toBeLessThanOrEqual(8192);
        JSON.stringify(elide(webhook.body));
        marker.mark(webhook, 'evt_x');
      }),
      { numRuns: 5000 },
    );
  });

  test('any JSON without base64 and depth is shown as it is', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.stringify(elide(value))).toBe(JSON.stringify(value));
      }),
      { numRuns: 1000 },
    );
  });

  test('no summary shows how it was made', () => {
    // Texts of people may say "undefined"; here there are none that do.
    const says = /undefined|\[object|NaN|function/;
    fc.assert(
      fc.property(anyBody, ({ event, data }) => {
        if (says.test(JSON.stringify(data))) return;
        expect(summarize(event, objectIn(data))).not.toMatch(says);
      }),
      { numRuns: 5000 },
    );
  });
});
