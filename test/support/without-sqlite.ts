/** Simulates a machine without SQLite in Node and without libsql. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Place } from './program.ts';

/** The environment for programs that find no SQLite. */
export function withoutSqlite({ cwd }: Place): { readonly NODE_OPTIONS: string } {
  const hooks = `export const resolve = (name, context, next) => {
    if (name === 'libsql') throw new Error('not installed');
    return next(name, context);
  }`;
  const without = `process.getBuiltinModule = () => undefined;
    import { register } from 'node:module';
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});`;
  const file = join(cwd, 'without-sqlite.mjs');
  writeFileSync(file, without);
  return { NODE_OPTIONS: `--import ${pathToFileURL(file).href}` };
}
