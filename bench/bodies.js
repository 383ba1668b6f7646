/** Numbered bodies in the vendor's shape, each of about 2 kB. */

import { readFileSync } from 'node:fs';

const CHATS = 100;
const MARK = '#number#';
const DIGITS = 10;

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/message.chat.json', import.meta.url), 'utf8'),
);
// Without these 280 bytes a body has about 2 kB.
delete fixture.data.message._data.messageSecret;
const text = JSON.stringify(fixture)
  .replaceAll('3EB0C5A1D27F40B69E13', `3EB0${MARK}`)
  .replaceAll('the blue bicycle', `the bicycle ${MARK}`);

/** For each chat, the pieces of text around the number. */
const pieces = Array.from({ length: CHATS }, (_, chat) =>
  text.replaceAll('12025550142', `120255${10_000 + chat}`).split(MARK),
);

/** The body with this number: ASCII, always the same length. */
export function bodyOf(number) {
  return pieces[number % CHATS].join(String(number).padStart(DIGITS, '0'));
}

/** The number of a body, or null for another body. */
export function numberOf(body) {
  const found = /_3EB0(\d{10})"/.exec(body);
  return found === null ? null : Number(found[1]);
}
