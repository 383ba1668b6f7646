/** What an install of the clone needs, so that it warns of nothing and changes no file. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

function read(name: string) {
  return JSON.parse(readFileSync(join(ROOT, name), 'utf8'));
}

test('exactly the packages with an install script are decided about', () => {
  const { allowScripts } = read('package.json');
  const { packages } = read('package-lock.json');
  const withScript = Object.keys(packages)
    .filter((path) => packages[path].hasInstallScript)
    .map((path) => path.replace(/^.*node_modules\//, ''));
  expect(Object.keys(allowScripts).sort()).toEqual([...new Set(withScript)].sort());
});

// npm makes an executable of it where it links it: a file without that mode would be changed.
test.skipIf(process.platform === 'win32')('the program is executable as it is committed', () => {
  for (const file of Object.values<string>(read('package.json').bin)) {
    expect(statSync(join(ROOT, file)).mode & 0o111, file).toBe(0o111);
  }
});
