/** Generates docs/exit-codes.md and THIRD-PARTY-NOTICES from the source. `--check` only compares. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundle } from './bundle.js';

const root = new URL('..', import.meta.url);
const check = process.argv.includes('--check');

/** The table of exit codes from src/errors.ts. */
async function exitCodes() {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: ['src/errors.ts'],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const { EXIT } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  const rows = Object.values(EXIT).map(({ code, means }) => `| ${code} | ${means} |`);
  return [
    '# Exit codes',
    '',
    'Generated from `src/errors.ts` by `npm run generate`. Scripts may branch on these codes.',
    '',
    '| code | meaning |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Packages without a licence file, with a package of the same holder and licence. */
const SAME_LICENCE = { 'yoga-layout': 'react' };

/** The licences of every package whose code is in the bundle. */
async function notices() {
  const { metafile } = await bundle({ write: false, metafile: true });
  const paths = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    // A package may be nested in another one's folder.
    const [, path] = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    if (path !== undefined) paths.add(path);
  }
  const parts = [...paths].sort().map((path) => {
    const folder = new URL(`${path}/`, root);
    const { name, version, license } = JSON.parse(
      readFileSync(new URL('package.json', folder), 'utf8'),
    );
    const other = SAME_LICENCE[name];
    const where = other === undefined ? folder : new URL(`node_modules/${other}/`, root);
    const file = readdirSync(where).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} ships no licence`);
    const text = readFileSync(new URL(file, where), 'utf8').replace(/\r/g, '').trim();
    return `${name} ${version} (${license})\n\n${text}`;
  });
  const line = `\n\n${'-'.repeat(80)}\n\n`;
  return `The bundle in dist/ holds code of these packages.${line}${parts.join(line)}\n`;
}

const made = { 'docs/exit-codes.md': await exitCodes(), 'THIRD-PARTY-NOTICES': await notices() };
const stale = Object.entries(made).filter(([path, text]) => {
  const file = new URL(path, root);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});
if (check && stale.length > 0) {
  console.error(`${stale.map(([path]) => path).join(', ')} is stale: npm run generate`);
  process.exitCode = 1;
}
if (!check) for (const [path, text] of stale) writeFileSync(new URL(path, root), text);
