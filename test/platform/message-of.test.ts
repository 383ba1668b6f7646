import { expect, test } from 'vitest';
import { messageOf } from '../../src/errors.ts';
import { plain } from '../../src/platform/plain-error.ts';

const SECRET = 'q7Xw2pRkD0sLm9VbN4';

function thrownBy(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

test.each([`!${SECRET}`, `{"a":"${SECRET}",}`, `{"a":!\n${SECRET}`, `{"a":"\u{1F600}${SECRET}"!`])(
  'the message for the invalid JSON %j quotes none of it',
  (text) => {
    const message = messageOf(thrownBy(text));
    expect(message).toContain('JSON');
    expect(message).not.toContain(SECRET.slice(0, 4));
    expect(JSON.stringify(plain(thrownBy(text)))).not.toContain(SECRET.slice(0, 4));
  },
);

test('other messages stay as they are', () => {
  expect(messageOf(new Error('no, "a" is not valid JSON'))).toBe('no, "a" is not valid JSON');
  expect(messageOf(new SyntaxError('Invalid regular expression'))).toBe(
    'Invalid regular expression',
  );
  expect(messageOf('a text')).toBe('a text');
});
