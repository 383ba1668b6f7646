import { describe, expect, test } from 'vitest';
import { vCardName } from '../../src/eazewa/vcard.ts';

const card = (...lines: string[]) =>
  ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n');
const photo = `PHOTO;ENCODING=b;TYPE=JPEG:${'/9j/4AAQ'.repeat(5)}\r\n ${'A'.repeat(300_000)}`;

describe('the name in a vCard', () => {
  test.each([
    ['FN', card('N:Doe;Jane;;;', 'FN:Jane Doe'), 'Jane Doe'],
    ['FN after a photo of 300 kB', card(photo, 'FN:Jane Doe'), 'Jane Doe'],
    ['FN folded and escaped', card('FN:Jane D\r\n oe\\, Esq.'), 'Jane Doe, Esq.'],
    ['FN in a group', card('item1.FN:Jane'), 'Jane'],
    ['FN with a colon in a parameter', card('FN;X-NOTE="a:b":Jane'), 'Jane'],
    ['the first FN that is not empty', card('FN:', 'FN:Jane', 'FN:Joe'), 'Jane'],
    ['N where there is no FN', card('N:Doe;Jane;M.;Dr.;PhD'), 'Dr. Jane M. Doe PhD'],
    ['N where FN is empty', card('FN: ', 'N:Doe;Jane;;;'), 'Jane Doe'],
    ['N with an escaped semicolon', card('N:Doe\\;Roe;Jane'), 'Jane Doe;Roe'],
    [
      'quoted-printable',
      card('FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen=20=F0=9F=9A=B2'),
      'Jürgen 🚲',
    ],
    [
      'quoted-printable over two lines',
      card('FN;ENCODING=QUOTED-PRINTABLE:J=C3=\r\n=BCrgen M=C3=BCller'),
      'Jürgen Müller',
    ],
    [
      'N in quoted-printable and Latin-1',
      card('N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=FCrgen;;;'),
      'Jürgen Müller',
    ],
    ['an unknown charset', card('FN;CHARSET=nonsense;ENCODING=QUOTED-PRINTABLE:Ann'), 'Ann'],
    ['no name', card('TEL:+1'), null],
    ['text that is no vCard', 'hello', null],
    ['a note that has such a line', card('NOTE:a\r\n FN:wrong', 'N:;Ann'), 'Ann'],
  ])('is %s', (_, text, name) => {
    expect(vCardName(text)).toBe(name);
  });

  test.each([
    ['semicolons', `FN${';a'.repeat(500_000)}`],
    ['quotes', `FN;${'"'.repeat(1_000_000)}`],
    ['lines', 'FN:\r\n'.repeat(300_000)],
    ['backslashes', `N:${'\\;'.repeat(500_000)}`],
  ])('takes no long time for many %s', (_, text) => {
    // Else the test would time out.
    expect(vCardName(text)?.length ?? 0).toBeLessThanOrEqual(1000);
  });
});
