import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factsOf, messageText } from '../../src/eazewa/facts.ts';
import { readWebhook, type Webhook } from '../../src/eazewa/webhook.ts';

/** The facts of a built-in fixture, by their names. */
function facts(fixture: string): Record<string, string> {
  const bytes = readFileSync(new URL(`../../fixtures/${fixture}.json`, import.meta.url));
  return Object.fromEntries(factsOf(readWebhook(bytes) as Webhook));
}

test('of a text message say who, where, when and which', () => {
  const told = facts('message.chat');
  expect(told).toMatchObject({ chat: '12025550142@c.us', from: '12025550142@c.us', type: 'chat' });
  expect(told.sent).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(told['message id']).toMatch(/^false_12025550142@c\.us_/);
});

test('of media say what it is and how large', () => {
  expect(facts('message.image')).toMatchObject({ 'media type': 'image/jpeg' });
  expect(facts('message.image').size).toMatch(/^[\d.]+ (?:B|kB|MB)$/);
  expect(facts('message.document').file).toMatch(/\.pdf$/);
  expect(facts('message.ptt').duration).toMatch(/^\d+:\d\d$/);
});

test('of a reply, a forward, a mention and a group message say what is special', () => {
  expect(facts('message.reply').quotes).toBeDefined();
  expect(facts('message.forwarded').forwarded).toBeDefined();
  expect(facts('message.mention').mentions).toContain('@');
  expect(facts('message.group').author).toContain('@');
});

test('the text of a message keeps its line ends; what is no text of a person is none', () => {
  const of = (message: object) => messageText({ data: { message } });
  expect(of({ type: 'chat', body: 'one\ntwo' })).toBe('one\ntwo');
  expect(of({ type: 'image', body: 'a caption' })).toBe('a caption');
  expect(of({ type: 'image', _data: { caption: 'a caption' } })).toBe('a caption');
  expect(of({ type: 'image', body: 'QUFB'.repeat(500) })).toBeNull();
  expect(of({ type: 'chat', body: ' ' })).toBeNull();
  expect(of({ type: 'vcard', body: 'BEGIN:VCARD' })).toBeNull();
  expect(messageText({ data: {} })).toBeNull();
  expect(of({ type: 'chat', body: 'long '.repeat(10_000) })?.length).toBe(4096);
});

test('of an acknowledgement say its number and what it means', () => {
  expect(facts('message_ack.read').ack).toBe('3 read');
  expect(facts('message_ack.error').ack).toBe('-1 error');
});

test('whatever a body holds, they are texts within a bound', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 4 }), (data) => {
      const body = Buffer.from(
        JSON.stringify({ event: 'message', data: { message: data, media: data } }),
      );
      const webhook = readWebhook(body);
      if ('reason' in webhook) return;
      for (const [name, value] of factsOf(webhook)) {
        expect(name).not.toBe('');
        expect(value.length).toBeLessThanOrEqual(4096);
      }
    }),
  );
});
