/** An esbuild plugin: bundled packages do not read environment variables meant for other programs. */

import { readFileSync } from 'node:fs';

/**
 * Variables that change what a bundled package does: DEV loads Ink's developer tools, LOG_STREAM and
 * LOG_TOKENS make yaml print, the others choose undici's parser.
 */
const FOREIGN = ['DEV', 'JEST_WORKER_ID', 'LOG_STREAM', 'LOG_TOKENS', 'UNDICI_NO_WASM_SIMD'];
const PACKAGES = /[\\/]node_modules[\\/](?:ink|undici|yaml)[\\/].*\.(?:c|m)?js$/;
const READS = new RegExp(
  `\\b\\w*process\\.env(?:\\.|\\[')(?:${FOREIGN.join('|')})\\b(?:'\\])?`,
  'g',
);

export const foreignEnv = {
  name: 'foreign-env',
  setup(build) {
    build.onLoad({ filter: /[\\/]ink[\\/]build[\\/]devtools\.js$/ }, () => ({ contents: '' }));
    // `define` replaces the global `process` only, and Ink and yaml import it.
    build.onLoad({ filter: PACKAGES }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(READS, 'undefined'),
      loader: 'js',
    }));
  },
};
