/**
 * Runs the table of faults (test/faults/) on the test build: `--only <text>`, `--tries <n>`.
 * Instead, `--kills <n>` kills listeners at random moments, and `--lag-runs <n>` runs them against a vendor
 * that lags and delivers late; both with an optional `--seed <n>`.
 */

import { rmSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildForFaults } from './faults-build.js';

const root = new URL('..', import.meta.url);
// Inside node_modules, so that unbundled packages resolve.
const folder = new URL(`node_modules/.cache/eazewa-hooks/faults-${process.pid}/`, root);
const bundled = new URL('run.mjs', folder);

process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const bin = await buildForFaults(fileURLToPath(folder));
await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: ['test/faults/run.ts'],
  outfile: fileURLToPath(bundled),
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
});
const { runFaults } = await import(bundled.href);
process.exit(await runFaults(argv.slice(2), bin));
