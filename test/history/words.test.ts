import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/history/driver.ts';
import { ftsQuery, hasWords, wordsOf } from '../../src/history/words.ts';

test.each([
  ['Hello, World!', ['hello', 'world']],
  ['a-b_c.d@e', ['a', 'b', 'c', 'd', 'e']],
  ['491511234567@c.us', ['491511234567', 'c', 'us']],
  ['Ünïcödé ﬁn', ['unicode', 'fin']],
  ['ok👍🏽ok', ['ok', '👍', 'ok']],
  ['', []],
  ['"*^', []],
])('the words of %j', (text, words) => {
  expect([...wordsOf(text)]).toEqual(words);
});

test('the index answers as reading does, whatever the text and the query', async () => {
  const db = await openDatabase(':memory:');
  onTestFinished(() => db.close());
  db.exec(
    "CREATE VIRTUAL TABLE s USING fts5(w, content='', contentless_delete=1, detail=none, tokenize='ascii')",
  );
  const insert = db.prepare('INSERT INTO s (rowid, w) VALUES (1, ?)');
  const match = db.prepare('SELECT rowid FROM s WHERE s MATCH ?');
  const remove = db.prepare('DELETE FROM s WHERE rowid = 1');
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc
      .array(
        fc.constantFrom(
          'red',
          'reddish',
          'Äpfel',
          'apfel',
          '"',
          'OR',
          'NEAR(',
          '👍',
          '٣',
          'ß',
          '你好',
        ),
      )
      .map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(text, text, (stored, asked) => {
      const query = wordsOf(asked);
      if (query.length === 0) return;
      insert.run(wordsOf(stored).join(' '));
      const found = match.all(ftsQuery(query)).length === 1;
      remove.run();
      expect(found).toBe(hasWords(wordsOf(stored), query));
    }),
  );
});
