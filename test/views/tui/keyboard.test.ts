import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Key } from '../../../src/views/tui/key.ts';
import { readKeys } from '../../../src/views/tui/keyboard.ts';
import { until } from '../../support/until.ts';

let stdin: PassThrough;
let keys: Key[];
let reading: { stop(): void };

beforeEach(() => begin());
afterEach(() => reading.stop());

function begin(): void {
  stdin = new PassThrough();
  keys = [];
  reading = readKeys(stdin as unknown as NodeJS.ReadStream, (key) => keys.push(key));
}

/** What was read: names, characters, and pastes in angle brackets. */
function read(): string[] {
  return keys.map((key) =>
    key.kind === 'name' ? key.name : key.kind === 'paste' ? `<${key.text}>` : `'${key.text}'`,
  );
}

/** Writes the pieces, then a mark, and gives what was read before the mark. */
async function typed(...pieces: (string | Buffer)[]): Promise<string[]> {
  for (const piece of pieces) {
    stdin.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  stdin.write('§');
  await until(() => read().includes("'§'"));
  return read().slice(0, -1);
}

test.each([
  ['\x1b[A', ['up']],
  ['\x1bOB', ['down']],
  ['\x1b[1;2C\x1b[1;5D', ['right', 'left']],
  [
    '\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[1~\x1b[4~',
    ['pageup', 'pagedown', 'home', 'end', 'home', 'end'],
  ],
  ['\r\n', ['enter', 'enter']],
  ['\t\x1b[Z', ['tab', 'shift-tab']],
  ['\x7f\b\x1b[3~', ['backspace', 'backspace', 'delete']],
  ['\x03\x1a\x0c', ['ctrl-c', 'ctrl-z', 'ctrl-l']],
  ['jG/?', ["'j'", "'G'", "'/'", "'?'"]],
  ['äß漢👍', ["'ä'", "'ß'", "'漢'", "'👍'"]],
  ['\x1bf\x1b\r\x1b\x1b[A', ['escape', "'f'", 'escape', 'enter', 'escape', 'up']],
  ['\x1b\x1bq', ['escape', 'escape', "'q'"]],
])('%j is %j', async (bytes, expected) => {
  expect(await typed(bytes)).toEqual(expected);
});

test('a lone Esc is one without a key after it', async () => {
  stdin.write('\x1b');
  await until(() => read().length === 1);
  expect(read()).toEqual(['escape']);
});

test('a key that comes in two pieces is one key', async () => {
  expect(await typed('\x1b[', 'A')).toEqual(['up']);
  expect((await typed(Buffer.from([0xc3]), Buffer.from([0xa4]))).at(-1)).toBe("'ä'");
});

describe('what is no key leaves no trace', () => {
  test.each([
    ['Ctrl-F1 to Ctrl-F4', '\x1b[1;5P\x1b[1;5Q\x1b[1;5R\x1b[1;5S'],
    ['function keys', '\x1bOP\x1b[15~\x1b[24;5~'],
    ['mouse reports', '\x1b[<0;10;10M\x1b[<65;120;33m\x1b[M !!'],
    ['focus reports', '\x1b[I\x1b[O'],
    ['the colour of the background', '\x1b]11;rgb:1e1e/1e1e/1e1e\x07\x1b]11;rgb:0/0/0\x1b\\'],
    ['the attributes of the terminal', '\x1bP>|xterm(390)\x1b\\'],
    ['controls', '\x00\x1c\x1d\x1e'],
  ])('%s', async (_, bytes) => {
    expect(await typed(bytes)).toEqual([]);
  });

  test('a mouse report in pieces', async () => {
    expect(await typed('\x1b[<0;1', '0;10', 'M')).toEqual([]);
  });
});

describe('pasted text', () => {
  test('is one key, of printable characters, whatever it holds', async () => {
    expect(await typed('\x1b[200~q\nhello\x03 👍\x1b[201~')).toEqual(['<q hello 👍>']);
  });

  test('is bounded', async () => {
    const [paste] = await typed(`\x1b[200~${'x'.repeat(50_000)}\x1b[201~`);
    expect(paste?.length).toBeLessThanOrEqual(10_002);
  });
});

test('whatever bytes come, nothing is thrown and no character is a control', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc
      .constantFrom('\x1b[', '\x1b[<', '\x1b]', '\x1b[200~', '\x1b[201~', '\x1b[1;5P')
      .map(Buffer.from),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      begin();
      for (const bytes of pieces) {
        stdin.write(Buffer.from(bytes));
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const key of keys) if (key.kind !== 'name') expect(key.text).not.toMatch(/\p{Cc}/u);
      reading.stop();
    }),
    { numRuns: 300 },
  );
});
