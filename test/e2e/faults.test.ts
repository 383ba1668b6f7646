import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROWS } from '../faults/rows.ts';
import { judge } from '../faults/verdict.ts';

// The short form of `npm run faults`.
const root = join(import.meta.dirname, '../..');
const build = join(root, `node_modules/.cache/eazewa-hooks/faults-test-${process.pid}`);

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/faults-build.js', build], { cwd: root });
});
afterAll(() => rmSync(build, { recursive: true, force: true }));

test('what is shipped asks no driver of faults', () => {
  const text = (folder: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join();
  expect(text(join(build, 'dist'))).toContain('EAZEWA_HOOKS_FAULTS');
  expect(text(join(root, 'dist'))).not.toContain('EAZEWA_HOOKS_FAULTS');
});

describe('the webhook is what it must be, and nothing acknowledged is lost, after', () => {
  for (const row of ROWS.filter(({ short }) => short)) {
    test.concurrent(row.fault, async () => {
      const { problems, said } = await judge(row, join(build, 'bin/eazewa-hooks.js'));
      expect(problems, said).toEqual([]);
    }, 60_000);
  }
});
