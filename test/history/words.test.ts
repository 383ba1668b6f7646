import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/history/driver.ts';
import { ftsQuery, gramsOf, hasWords } from '../../src/history/words.ts';
import { queryWords, wordsOf } from '../../src/platform/folded-text.ts';

test.each([
  [['hello'], 'hel ell llo lo o h e l o'],
  [['ab', 'b'], 'ab b b a b'],
  [['你好'], '你好 好 你 好'],
  [['👍👍👍👍'], '👍👍👍 👍👍👍 👍👍 👍 👍'],
  [[], ''],
])('the grams of %j', (words, grams) => {
  expect(gramsOf(words)).toBe(grams);
});

async function openIndex() {
  const db = await openDatabase(':memory:');
  onTestFinished(() => db.close());
  db.exec(
    "CREATE VIRTUAL TABLE s USING fts5(w, content='', contentless_delete=1, detail=full, tokenize='ascii')",
  );
  const insert = db.prepare('INSERT INTO s (rowid, w) VALUES (1, ?)');
  const match = db.prepare('SELECT rowid FROM s WHERE s MATCH ?');
  const remove = db.prepare('DELETE FROM s WHERE rowid = 1');
  return (stored: string, query: readonly string[]) => {
    insert.run(gramsOf(wordsOf(stored)));
    const found = match.all(ftsQuery(query)).length === 1;
    remove.run();
    return found;
  };
}

test('the index answers as reading does, whatever the text and the query', async () => {
  const finds = await openIndex();
  const words = ['red', 'reddish', 'Äpfel', 'apfel', 'banana', 'anan', '"', 'OR', 'NEAR('];
  const signs = [
    '👍',
    '👩‍💻',
    '🇩🇪',
    '🇪🇸',
    '٣',
    'ß',
    '你好',
    '你',
    '好吗',
    'สวัสดี',
    'วัส',
    'ខ្មែរ',
    '한국',
    'が',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.array(fc.constantFrom(...words, ...signs), { maxLength: 8 }).map((parts) => parts.join(' ')),
    fc
      .array(fc.constantFrom(...'aabn好', ...signs), { maxLength: 12 })
      .map((parts) => parts.join('')),
  );
  let count = 0;
  fc.assert(
    fc.property(text, text, fc.nat(20), fc.nat(6), (stored, asked, from, length) => {
      // Two texts have little in common: a part of the stored one is a query as well.
      for (const one of [asked, stored.slice(from, from + length)]) {
        const query = queryWords(one);
        if (query.length === 0) continue;
        const found = finds(stored, query);
        if (found) count++;
        expect(found).toBe(hasWords(wordsOf(stored), query));
      }
    }),
  );
  expect(count).toBeGreaterThan(0);
});

test('a query of hundreds of words is answered', async () => {
  const finds = await openIndex();
  const long = Array.from({ length: 300 }, (_, i) => i.toString(36).padStart(3, 'a')).join(' ');
  const query = queryWords(long);
  expect(query.length).toBeGreaterThan(200);
  expect(finds(long, query)).toBe(true);
  expect(finds(long, [...query, 'zzz'])).toBe(false);
});
