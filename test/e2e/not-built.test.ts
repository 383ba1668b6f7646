/** A clone before its build. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN } from '../support/program.ts';
import { temporaryFolder } from '../support/resources.ts';

/** The program in a clone in which the build has made this file; null for no build. */
function run(built: string | null) {
  const clone = realpathSync(temporaryFolder());
  const bin = join(clone, 'bin', 'eazewa-hooks.js');
  cpSync(BIN, bin, { recursive: true });
  writeFileSync(join(clone, 'package.json'), '{"type": "module"}');
  if (built !== null) {
    mkdirSync(join(clone, 'dist'));
    writeFileSync(join(clone, 'dist', 'cli.js'), built);
  }
  const { status, stderr } = spawnSync(process.execPath, [bin, '--version'], { encoding: 'utf8' });
  return { clone, status, stderr };
}

test('a program that is not built says how to build it, in one line', () => {
  const { clone, status, stderr } = run(null);
  expect(status).toBe(1);
  expect(stderr).toBe(`eazewa-hooks is not built. Run npm ci && npm run build in ${clone}/\n`);
});

test('a mistake in what was built is shown as it is', () => {
  const { status, stderr } = run('throw new Error("a mistake");');
  expect(status).toBe(1);
  expect(stderr).toContain('Error: a mistake');
});
