/**
 * Takes the screenshots for README and docs: runs the built program on a pseudo-terminal and writes
 * its screen as SVG to docs/screenshots. `--check` writes nothing.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url);
// Inside node_modules, so that unbundled packages resolve.
const bundled = new URL('node_modules/.cache/eazewa-hooks/shots.mjs', root);

await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: ['scripts/shots.ts'],
  outfile: fileURLToPath(bundled),
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
});
const { takePictures } = await import(bundled.href);
const pictures = await takePictures(fileURLToPath(new URL('bin/eazewa-hooks.js', root)));
rmSync(bundled);

const folder = new URL('docs/screenshots/', root);
for (const [name, svg] of pictures) {
  if (!svg.includes('Simulator'))
    throw new Error(`the screenshot ${name} does not show the terminal UI`);
  if (process.argv.includes('--check')) continue;
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.svg`, folder), svg);
}
process.stdout.write(`${[...pictures.keys()].join(', ')}: ${pictures.size} screenshots\n`);
