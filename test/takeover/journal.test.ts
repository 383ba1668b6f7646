import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  fileJournal,
  isOurs,
  journalPath,
  memoryJournal,
  withOrigin,
} from '../../src/takeover/journal.ts';
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

/** As version 0.1 wrote it: no origins, and path tokens without the prefix. */
const OF_EARLIER_VERSION = {
  v: 1,
  step: 'set',
  staleReads: false,
  doubtAt: '',
  at: '2026-11-27T18:04:11.902Z',
  apiUrl: 'https://waapi.app/api/v1',
  apiUrlSource: 'default',
  instanceId: '33',
  account: '4f1f2a1c9d3b5e70',
  original: { url: 'https://bot.example.com/hook', events: ['message'] },
  pathToken: 'Vq3o1xv8d2nB7sRk0aWtPz5YgHuJ4eLmC9fXiTQw6Kc',
  formerPathTokens: ['the-path-token-of-a-crashed-listener'],
  since: '2026-11-27T18:04:09.113Z',
  host: 'laptop',
  pid: 4711,
  kind: 'takeover',
  ours: {
    url: 'https://ab12.ngrok-free.app/webhooks/whatsapp/Vq3o1xv8d2nB7sRk0aWtPz5YgHuJ4eLmC9fXiTQw6Kc',
    events: ['message'],
  },
  subscriptions: [],
};

describe('a webhook url is ours', () => {
  const token = `ehk_${'a'.repeat(43)}`;
  const former = `ehk_${'b'.repeat(43)}`;
  const at = (origin: string, path: string) => `${origin}/webhooks/whatsapp/${path}`;
  const entry = journalEntry({
    pathToken: token,
    formerPathTokens: [former],
    ours: { url: at('https://dev.example.com/prefix', token), events: ['message'] },
    origins: ['https://old.ngrok.app', 'http://127.0.0.1:4000'],
  });

  test.each([
    ['the whole url', at('https://dev.example.com/prefix', token), true],
    ['its token at an origin of the journal', at('https://old.ngrok.app', token), true],
    ['below a path of that origin', at('https://old.ngrok.app/prefix', token), true],
    ['the token of a crashed listener there', at('http://127.0.0.1:4000', former), true],
    ['its token at another origin', at('https://laptop-2.ngrok.app', token), false],
    ['its token at another port', at('http://127.0.0.1:4001', token), false],
    ['another token at an origin of the journal', at('https://old.ngrok.app', `${token}x`), false],
    ['no url', 'no url', false],
    ['none', null, false],
  ])('by %s', (_, url, isIt) => {
    expect(isOurs(url, entry)).toBe(isIt);
  });

  test.each([
    [OF_EARLIER_VERSION.ours.url, true],
    [at('https://cd34.ngrok-free.app', OF_EARLIER_VERSION.pathToken), true],
    [at('https://dev.example.com', 'the-path-token-of-a-crashed-listener'), true],
    [at('https://ab12.ngrok-free.app', 'x'.repeat(43)), false],
  ])('by a journal of an earlier version, which names no origins: %s %s', async (url, isIt) => {
    const folder = temporaryFolder();
    writeFileSync(journalPath(folder), JSON.stringify(OF_EARLIER_VERSION));
    const old = await fileJournal(folder).read();
    expect(old).toEqual({ ...OF_EARLIER_VERSION, origins: [], older: [], before: null });
    expect(old && isOurs(url, old)).toBe(isIt);
  });
});

test('a journal names each origin once, and forgets the oldest of very many', () => {
  let origins: readonly string[] = [];
  for (const url of [
    'https://a.example/x',
    'https://A.example/y',
    null,
    'no url',
    'http://b.example',
  ])
    origins = withOrigin(origins, url);
  expect(origins).toEqual(['https://a.example', 'http://b.example']);
  for (let number = 0; number < 99; number++)
    origins = withOrigin(origins, `http://${number}.example`);
  expect(origins).toHaveLength(100);
  expect(origins[0]).toBe('http://b.example');
});
