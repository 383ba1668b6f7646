#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

// `bunx --bun` runs a program for Node with Bun, whose node:http does not do what the receiver needs.
const other = ['bun', 'deno'].find((name) => process.versions[name] !== undefined);
if (other !== undefined) {
  process.stderr.write(
    `eazewa-hooks needs Node 20.19 or later; this is ${other}. Run it with: npx eazewa-hooks\n`,
  );
  process.exit(1);
}
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`eazewa-hooks needs Node 20.19 or later; this is ${process.version}\n`);
  process.exit(1);
}
module.enableCompileCache?.();
const { main } = await import('../dist/cli.js').catch(notBuilt);
await main(process);

/** In a clone, `dist/` is there only after a build. */
function notBuilt(error) {
  if (existsSync(new URL('../dist/cli.js', import.meta.url))) throw error;
  const clone = fileURLToPath(new URL('..', import.meta.url));
  process.stderr.write(`eazewa-hooks is not built. Run npm ci && npm run build in ${clone}\n`);
  process.exit(1);
}
