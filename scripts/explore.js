/**
 * Explores the takeover (test/takeover/explore/): `--schedules <n>`, `--seed <s>`. `--mutants` takes
 * one mend after the other out of the sources that are built, and shows that the explorer finds each.
 */

import { readFileSync, rmSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url);
// Inside node_modules, so that unbundled packages resolve.
const folder = new URL(`node_modules/.cache/eazewa-hooks/explore-${process.pid}/`, root);

process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Takes the mend of a mutant out of its source. */
function without({ file, from, to }) {
  return {
    name: 'mutant',
    setup(building) {
      building.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== fileURLToPath(new URL(file, root))) return undefined;
        const source = readFileSync(path, 'utf8');
        if (source.split(from).length !== 2) throw new Error(`${file} has not once: ${from}`);
        return { contents: source.replace(from, () => to), loader: 'ts' };
      });
    },
  };
}

let builds = 0;

/** Bundles an entry of the explorer; resolves to the path of the bundle. */
async function bundled(entry, mutant = null) {
  const outfile = fileURLToPath(new URL(`${entry}-${++builds}.mjs`, folder));
  await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: [`test/takeover/explore/${entry}.ts`],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    plugins: mutant === null ? [] : [without(mutant)],
  });
  return outfile;
}

const { runExplore } = await import(pathToFileURL(await bundled('run')).href);
process.exit(await runExplore(argv.slice(2), (mutant) => bundled('worker', mutant)));
