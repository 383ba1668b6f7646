/** Builds a new `dist/` and then swaps it with the old one, so that running programs keep their files. */

import { existsSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.js';

const at = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const made = `dist-${process.pid}`;

await bundle({ outdir: made });
const old = at(`${made}-old`);
if (existsSync(at('dist'))) renameSync(at('dist'), old);
renameSync(at(made), at('dist'));
rmSync(old, { recursive: true, force: true });
