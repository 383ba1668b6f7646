/** The bundle of all commands, split so that each command loads only its own code. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { foreignEnv } from './foreign-env.js';

const root = new URL('..', import.meta.url);

/** Builds with esbuild; `more` adds options. Resolves to esbuild's result for everything but the guard. */
export async function bundle({ plugins = [], ...more } = {}) {
  const options = { ...common(), plugins: [foreignEnv, ...plugins] };
  const built = await build({
    ...options,
    // The entries of threads and processes have fixed names.
    entryPoints: {
      cli: 'src/cli.ts',
      worker: 'src/listener/worker.ts',
      'ngrok-session': 'src/tunnel/ngrok-session.ts',
      'checkpoint-thread': 'src/history/checkpoint-thread.ts',
    },
    splitting: true,
    ...more,
  });
  // One file, loaded at the start: the guard must work when all other files are gone.
  await build({ ...options, entryPoints: { guard: 'src/takeover/guard/main.ts' }, ...more });
  return built;
}

function common() {
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  return {
    absWorkingDir: fileURLToPath(root),
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    external: ['libsql', '@ngrok/ngrok'],
    alias: { 'is-in-ci': './scripts/never.js' },
    define: { 'process.env.NODE_ENV': '"production"', __VERSION__: JSON.stringify(version) },
    // Bundled CommonJS (undici, commander) requires Node's modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  };
}
