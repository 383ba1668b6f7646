/** Bundles child processes in TypeScript, which Node 20 cannot run. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../..');
// Inside node_modules, so that unbundled packages (libsql) resolve.
const CACHE = join(ROOT, 'node_modules/.cache/eazewa-hooks-test');

/** A program that `node <path>` runs. */
export interface Bundle {
  readonly path: string;
  remove(): Promise<void>;
}

/** Bundles a program given as TypeScript; it imports our modules as `./src/…`. */
export async function bundle(code: string): Promise<Bundle> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'child-'));
  const path = join(folder, 'child.mjs');
  await build({
    stdin: { contents: code, resolveDir: ROOT, loader: 'ts', sourcefile: 'child.ts' },
    outfile: path,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
  });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
