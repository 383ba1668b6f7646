import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Key } from '../../../src/views/tui/key.ts';
import { readKeys } from '../../../src/views/tui/keyboard.ts';
import { until } from '../../support/until.ts';

const ESC = '\u001b';

let stop = () => {};
afterEach(() => stop());

function keyboard() {
  const stdin = new PassThrough();
  const keys: Key[] = [];
  const reading = readKeys(stdin, (key) => keys.push(key));
  stop = reading.stop;
  /** The keys of these chunks as text: names, characters in quotes, pastes in angle brackets. */
  const press = async (...chunks: (string | Buffer)[]) => {
    for (const chunk of chunks) stdin.write(chunk);
    // Ctrl-E marks the end of the input.
    stdin.write('\u0005');
    await until(() => keys.some((key) => key.kind === 'name' && key.name === 'ctrl-e'));
    return keys
      .splice(0)
      .slice(0, -1)
      .map((key) => shown(key));
  };
  return { stdin, keys, press, reading };
}

function shown(key: Key): string {
  if (key.kind === 'name') return key.name;
  return key.kind === 'character' ? `'${key.text}'` : `<${key.text}>`;
}

describe('keys', () => {
  test.each([
    ['up', ['[A', 'OA', '[1;5A', '[1;2A', '[1;1:1A', '[a', 'Oa', `${ESC}[A`]],
    ['down', ['[B', 'OB', '[1;3B', '[1;5:2B']],
    ['right', ['[C', 'OC', '[1;9C']],
    ['left', ['[D', 'OD', '[1;6D']],
    ['home', ['[H', 'OH', '[1~', '[7~', '[1;5H', '[7^']],
    ['end', ['[F', 'OF', '[4~', '[8~', '[1;2F']],
    ['pageup', ['[5~', '[5;5~']],
    ['pagedown', ['[6~', '[6;2~']],
    ['delete', ['[3~', '[3;5~']],
    ['shift-tab', ['[Z', '[1;2Z', '[9;2u']],
    ['escape', ['[27u', '[27;1:1u']],
    ['enter', ['[13u', '[13;2u', 'OM']],
    ['backspace', ['[127u']],
    ['ctrl-c', ['[99;5u']],
  ])('%s in every encoding that terminals send', async (name, sequences) => {
    const { press } = keyboard();
    for (const sequence of sequences) expect(await press(`${ESC}${sequence}`)).toEqual([name]);
  });

  test('characters of one byte', async () => {
    const { press } = keyboard();
    expect(await press('\r\n\t\b\u007f\u0003\u001a j/?')).toEqual([
      ...['enter', 'enter', 'tab', 'backspace', 'backspace', 'ctrl-c', 'ctrl-z'],
      ...["' '", "'j'", "'/'", "'?'"],
    ]);
  });

  test('characters of several bytes, in one-byte chunks', async () => {
    const { press } = keyboard();
    const bytes = [...Buffer.from('ü日😀')].map((byte) => Buffer.from([byte]));
    expect(await press(...bytes)).toEqual(["'ü'", "'日'", "'😀'"]);
  });

  test('an ESC that nothing follows is the Esc key', async () => {
    const { stdin, keys } = keyboard();
    stdin.write(ESC);
    await until(() => keys.length === 1);
    stdin.write(ESC + ESC);
    await until(() => keys.length === 3);
    expect(keys.map(shown)).toEqual(['escape', 'escape', 'escape']);
  });

  test('a sequence in several chunks is one key', async () => {
    const { press } = keyboard();
    expect(await press(ESC, '[', '1;', '5', 'A', ESC, 'O', 'B')).toEqual(['up', 'down']);
  });

  test('an unfinished sequence swallows no key', async () => {
    const { stdin, keys, press } = keyboard();
    stdin.write(`${ESC}[1;`);
    stdin.write('\u0003');
    await until(() => keys.length === 1);
    expect(shown(keys.splice(0)[0] as Key)).toBe('ctrl-c');
    expect(await press('A')).toEqual(["'A'"]);
  });

  test('after stop, nothing is read', async () => {
    const { stdin, keys, reading } = keyboard();
    stdin.write(ESC);
    reading.stop();
    stdin.write('a');
    expect(stdin.isPaused()).toBe(true);
    expect(stdin.listenerCount('data') + stdin.listenerCount('error')).toBe(0);
    const again = readKeys(stdin, (key) => keys.push(key));
    await until(() => keys.some((key) => key.kind === 'character'));
    expect(keys.map(shown).at(-1)).toBe("'a'");
    again.stop();
  });
});

describe('input that is no key is ignored', () => {
  test.each([
    ['Ctrl-F1 to F4', ['[1;5P', '[1;5Q', '[1;5R', '[1;5S']],
    ['function keys', ['OP', '[11~', '[24;6~', '[15^', '[[A', '[[E', '[57364u']],
    ['SGR mouse reports', ['[<0;10;10M', '[<65;1;200m']],
    ['X10 mouse reports', ['[M !!', '[M#qq', '[M\u0060~~']],
    ['focus', ['[I', '[O']],
    ['answers', ['[12;40R', '[?1;2c', '[?2026;2$y', '[?0u', '[>0;95;0c']],
    ['colours', [']11;rgb:ffff/ffff/ffff\u0007', `]10;rgb:0/0/0${ESC}\\`]],
    ['terminal names', [`P>|term(1.0)${ESC}\\`, `P1+r544e=78${ESC}\\`, `_Gi=1;OK${ESC}\\`]],
    ['key releases', ['[1;1:3A', '[97;1:3u', '[3;1:3~']],
    ['characters with Alt, as CSI u', ['[97;3u']],
    ['any other sequence', ['[99~', '[1;2;3 q', 'Oz']],
  ])('%s, whole and in one-byte chunks', async (_, sequences) => {
    const { press } = keyboard();
    for (const sequence of sequences) {
      const bytes = Buffer.from(`${ESC}${sequence}`);
      expect(await press(bytes)).toEqual([]);
      expect(await press(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual([]);
    }
  });

  test('an overlong sequence is not buffered, and its end is recognised', async () => {
    const { press } = keyboard();
    expect(await press(`${ESC}[${'9'.repeat(100_000)}`, 'Pq')).toEqual(["'q'"]);
  });

  test('Ctrl-C works in a string that does not end', async () => {
    const { press } = keyboard();
    expect(await press(`${ESC}]11;rgb:`, '\u0003', 'q')).toEqual(['ctrl-c', "'q'"]);
  });
});

describe('a paste', () => {
  const paste = (text: string) => `${ESC}[200~${text}${ESC}[201~`;

  test('is one key, on one line and without control characters', async () => {
    const { press } = keyboard();
    expect(await press(paste('one\r\ntwo\n\tthree\u0003\u0000'))).toEqual(['<one two  three>']);
    expect(await press(paste(`red ${ESC}[31mtext${ESC}]0;title\u0007 \u202eend`))).toEqual([
      '<red text end>',
    ]);
    expect(await press(paste(''))).toEqual([]);
    expect(await press(paste('👨‍👩‍👧'), 'j')).toEqual(['<👨‍👩‍👧>', "'j'"]);
  });

  test('in several chunks is one key', async () => {
    const { press } = keyboard();
    const bytes = [...Buffer.from(paste('größer\nq'))].map((byte) => Buffer.from([byte]));
    expect(await press(...bytes)).toEqual(['<größer q>']);
  });

  test('has at most 10,000 characters', async () => {
    const { press } = keyboard();
    const [key] = await press(paste('x'.repeat(9_999) + '😀'.repeat(9)), 'j');
    expect(key).toBe(`<${'x'.repeat(9_999)}>`);
  });

  test('without an end mark ends after a timeout', async () => {
    const { stdin, keys } = keyboard();
    stdin.write(`${ESC}[200~abc${ESC}`);
    await until(() => keys.length > 0);
    expect(keys.map(shown)).toEqual(['<abc>']);
    stdin.write('q');
    await until(() => keys.length > 1);
    expect(keys.map(shown)).toEqual(['<abc>', "'q'"]);
  });
});

test('no input makes it throw or return a control character', async () => {
  const parts = fc.oneof(
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'binary', maxLength: 6 }).map((text) => Buffer.from(text)),
    fc
      .constantFrom('\u001b', '[', 'O', ']', '200~', '201~', '\u001b[', '\u001b[M', ';5', 'u', '~')
      .map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { maxLength: 20 }), async (chunks) => {
      const { stdin, keys, reading } = keyboard();
      for (const chunk of chunks) stdin.write(chunk);
      stdin.write('\u0018\u001b[201~');
      await new Promise((resolve) => setImmediate(resolve));
      reading.stop();
      for (const key of keys) {
        if (key.kind === 'name') expect(key.name).toMatch(/^[a-z]+(-[a-z]+)?$/);
        else expect(key.text).toMatch(/^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u);
        if (key.kind === 'character') expect([...key.text]).toHaveLength(1);
      }
    }),
    { numRuns: 500 },
  );
});

test('Esc and a key that arrive together, as over a slow line, are two keys', async () => {
  const { press } = keyboard();
  expect(await press(`${ESC}q`)).toEqual(['escape', "'q'"]);
  expect(await press(`${ESC}${ESC}ü`)).toEqual(['escape', 'escape', "'ü'"]);
  expect(await press(`${ESC}\r`)).toEqual(['escape', 'enter']);
});
