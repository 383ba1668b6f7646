/** Builds the program for the fault tests: the same bundle, with fault points that ask the test, and times that it sets. */

import { copyFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.js';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Replaces the module whose fault points do nothing, and the one with the guard's times. */
const faultPoints = {
  name: 'fault-points',
  setup(build) {
    for (const name of ['fault-point', 'stopped-times']) {
      build.onResolve({ filter: new RegExp(`/${name}\\.ts$`) }, () => ({
        path: at(`test/faults/${name}.ts`),
      }));
    }
  },
};

/** Builds into `folder` with the package's layout; returns the path of the program. */
export async function buildForFaults(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyFileSync(at('bin/eazewa-hooks.js'), join(folder, 'bin', 'eazewa-hooks.js'));
  copyFileSync(at('package.json'), join(folder, 'package.json'));
  symlinkSync(at('fixtures'), join(folder, 'fixtures'), 'junction');
  await bundle({ outdir: join(folder, 'dist'), plugins: [faultPoints] });
  return join(folder, 'bin', 'eazewa-hooks.js');
}

// As a command for tests, which import no untyped JavaScript.
if (import.meta.url === pathToFileURL(argv[1]).href) await buildForFaults(argv[2]);
