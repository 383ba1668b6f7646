import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readIfThere, removeDurably, writeDurably } from '../../src/platform/durable-file.ts';
import { temporaryFolder } from '../support/resources.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryFolder();
});

test('writes, and writes over what was there, with nothing left beside it', async () => {
  const path = join(dir, 'journal.json');
  await writeDurably(path, 'one');
  await writeDurably(path, 'zwei ✓');
  expect(await readFile(path, 'utf8')).toBe('zwei ✓');
  expect(await readdir(dir)).toEqual(['journal.json']);
});

test.runIf(process.platform !== 'win32')('only the owner may read it', async () => {
  const path = join(dir, 'secret');
  await writeFile(path, 'old', { mode: 0o644 });
  await writeDurably(path, 'new');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('leaves nothing behind, and the old content in place, when it fails', async () => {
  const path = join(dir, 'taken');
  await mkdir(join(path, 'inside'), { recursive: true });
  await expect(writeDurably(path, 'text')).rejects.toMatchObject({
    exit: 'state',
    code: 'file_not_written',
    message: expect.stringContaining(path),
  });
  expect(await readdir(dir)).toEqual(['taken']);
  await expect(writeDurably(join(dir, 'no', 'folder'), '')).rejects.toMatchObject({
    code: 'file_not_written',
  });
});

test('many writers at once leave one whole text', async () => {
  const path = join(dir, 'contested');
  const texts = Array.from({ length: 20 }, (_, n) => String(n).repeat(5_000));
  await Promise.all(texts.map((text) => writeDurably(path, text)));
  expect(texts).toContain(await readFile(path, 'utf8'));
  expect(await readdir(dir)).toEqual(['contested']);
});

test('removes what is there and does not mind what is not', async () => {
  const path = join(dir, 'journal.json');
  await writeFile(path, '');
  await removeDurably(path);
  await removeDurably(path);
  await removeDurably(join(dir, 'no', 'folder'));
  expect(await readdir(dir)).toEqual([]);
  await mkdir(path);
  await expect(removeDurably(path)).rejects.toMatchObject({ code: 'file_not_removed' });
});

test('reads a file, and null where there is no file', async () => {
  await writeFile(join(dir, 'bom'), '\u{feff}text');
  expect(await readIfThere(join(dir, 'bom'), 100)).toBe('text');
  expect(await readIfThere(join(dir, 'missing'), 100)).toBeNull();
  expect(await readIfThere(join(dir, 'bom', 'below'), 100)).toBeNull();
  expect(await readIfThere(dir, 100)).toBeNull();
});

test('refuses a file that is larger than it may be', async () => {
  await writeFile(join(dir, 'large'), 'x'.repeat(101));
  await expect(readIfThere(join(dir, 'large'), 100)).rejects.toMatchObject({
    exit: 'state',
    code: 'file_not_read',
    message: expect.stringContaining('more than 100 bytes'),
  });
});
