import { describe, expect, test } from 'vitest';
import { parseChatId } from '../../src/eazewa/chat-id.ts';

describe('a chat', () => {
  test.each([
    ['12025550123', '12025550123@c.us'],
    ['+1 (202) 555-0123', '12025550123@c.us'],
    ['0012025550123', '12025550123@c.us'],
    [' 12025550123@c.us ', '12025550123@c.us'],
    ['12025550123@s.whatsapp.net', '12025550123@c.us'],
    ['120363001234567890@g.us', '120363001234567890@g.us'],
    ['12025550123-1609459200@g.us', '12025550123-1609459200@g.us'],
    ['123456789012345@lid', '123456789012345@lid'],
    ['120363001234567890@newsletter', '120363001234567890@newsletter'],
    ['status@broadcast', 'status@broadcast'],
  ])('%j is %s', (typed, jid) => {
    expect(parseChatId(typed)).toBe(jid);
  });

  test.each([
    '',
    'Ada',
    '@c.us',
    '12025550123@c.uk',
    'ada@c.us',
    '120363001234567890',
    '12345',
    '12025550123,12025550124',
    '12025550123@c.us\u001b[2J',
  ])('%j is refused, and the error says what a chat is', (typed) => {
    expect(refusal(typed)).toMatchObject({
      exit: 'usage',
      code: 'not_a_chat',
      hint: expect.stringContaining('@c.us'),
    });
    expect(refusal(typed).message).not.toContain('\u001b');
  });

  test('a number without its country code is refused by that name', () => {
    expect(refusal('0202 5550123')).toMatchObject({
      hint: expect.stringContaining('country code'),
    });
  });
});

function refusal(typed: string): Error {
  try {
    parseChatId(typed);
  } catch (error) {
    return error as Error;
  }
  throw new Error(`${typed} is taken for a chat`);
}
