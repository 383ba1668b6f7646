import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fileJournal, holdsToken, journalPath, memoryJournal } from '../../src/takeover/journal.ts';
import { journalEntry } from '../listener/harness.ts';
import { failureOf } from '../support/failure.ts';
import { temporaryFolder } from '../support/resources.ts';

describe('the journal of an instance', () => {
  test('gives back what was written, to another one that opens it', async () => {
    const folder = temporaryFolder();
    await fileJournal(folder).write(journalEntry());
    expect(await fileJournal(folder).read()).toEqual(journalEntry());
    const later = journalEntry({ pid: 1, original: { url: null, events: [] } });
    await fileJournal(folder).write(later);
    expect(await fileJournal(folder).read()).toEqual(later);
  });

  test('is empty at first, and when it was removed, once or twice', async () => {
    const journal = fileJournal(temporaryFolder());
    expect(await journal.read()).toBe(null);
    await journal.write(journalEntry());
    for (const _ of [1, 2]) {
      await journal.remove();
      expect(await journal.read()).toBe(null);
    }
  });

  test.skipIf(process.platform === 'win32')(
    'is for its owner alone, and leaves no other file',
    async () => {
      const folder = temporaryFolder();
      await fileJournal(folder).write(journalEntry());
      expect(statSync(journalPath(folder)).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder)).toEqual(['journal.json']);
    },
  );

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['half of one', JSON.stringify(journalEntry()).slice(0, 100)],
    ['no object', '[]'],
    ['another version', JSON.stringify({ ...journalEntry(), v: 2 })],
    ['no original', JSON.stringify({ ...journalEntry(), original: undefined })],
    ['an original without a url', JSON.stringify({ ...journalEntry(), original: { events: [] } })],
    ['a number as path token', JSON.stringify({ ...journalEntry(), pathToken: 7 })],
  ])('that holds %s is an error of state that says what to do', async (_, text) => {
    const folder = temporaryFolder();
    writeFileSync(journalPath(folder), text);
    const error = await failureOf(fileJournal(folder).read());
    expect(error).toMatchObject({ exit: 'state', code: 'journal_unreadable' });
    expect(error.message).toContain(journalPath(folder));
    expect(error.hint).toContain('by hand');
  });

  test('of an earlier version still knows the path tokens of crashed listeners', async () => {
    const folder = temporaryFolder();
    const { formerPathTokens: _, ...rest } = journalEntry();
    writeFileSync(journalPath(folder), JSON.stringify({ ...rest, formerTokens: ['the-first'] }));
    const entry = await fileJournal(folder).read();
    expect(entry?.formerPathTokens).toEqual(['the-first']);
  });

  test('that is larger than any journal is not read', async () => {
    const folder = temporaryFolder();
    writeFileSync(journalPath(folder), ' '.repeat(70 * 1024));
    expect(await failureOf(fileJournal(folder).read())).toMatchObject({ exit: 'state' });
  });

  test('of an earlier version says that nothing was stale or in doubt', async () => {
    const folder = temporaryFolder();
    const { staleReads: _, doubtAt: __, ...old } = journalEntry();
    writeFileSync(journalPath(folder), JSON.stringify(old));
    expect(await fileJournal(folder).read()).toEqual(journalEntry());
  });

  test('that cannot be written says so', async () => {
    const folder = temporaryFolder();
    mkdirSync(journalPath(folder));
    writeFileSync(`${journalPath(folder)}/file`, '');
    expect(await failureOf(fileJournal(folder).write(journalEntry()))).toMatchObject({
      exit: 'state',
    });
    expect(await failureOf(fileJournal(`${folder}/none`).write(journalEntry()))).toMatchObject({
      exit: 'state',
    });
  });

  test('in memory does the same', async () => {
    const journal = memoryJournal();
    expect(await journal.read()).toBe(null);
    await journal.write(journalEntry());
    expect(await journal.read()).toEqual(journalEntry());
    await journal.remove();
    expect(await journal.read()).toBe(null);
  });
});

describe('a webhook url', () => {
  test.each([
    ['https://x.ngrok.app/webhooks/whatsapp/token', true],
    ['http://127.0.0.1:4000/webhooks/whatsapp/token', true],
    ['https://dev.example.com/prefix/webhooks/whatsapp/token', true],
    ['https://x.ngrok.app/webhooks/whatsapp/token2', false],
    ['https://x.ngrok.app/webhooks/whatsapp/a-token', false],
    ['https://x.ngrok.app/webhooks/whatsapp/token/more', false],
    ['https://x.ngrok.app/token', false],
    ['', false],
    [null, false],
  ])('%s holds the path token: %s', (url, holds) => {
    expect(holdsToken(url, 'token')).toBe(holds);
  });
});
