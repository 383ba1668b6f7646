/** The bundle: one for all commands, split so that each loads only what it needs. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url);

/** Builds with esbuild; `more` is added to its options. Resolves to what esbuild says of all but the guard. */
export async function bundle(more = {}) {
  const options = common();
  const built = await build({
    ...options,
    // What threads and processes are started with have names of their own.
    entryPoints: {
      cli: 'src/cli.ts',
      worker: 'src/listener/worker.ts',
      'ngrok-session': 'src/tunnel/ngrok-session.ts',
      'checkpoint-thread': 'src/history/checkpoint-thread.ts',
    },
    splitting: true,
    ...more,
  });
  // One file, read when it starts: it must be able to do its work when all others are gone.
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
    // Ink's developer tools are no part of the program.
    alias: { 'react-devtools-core': './scripts/empty.js', 'is-in-ci': './scripts/never.js' },
    define: { 'process.env.NODE_ENV': '"production"', __VERSION__: JSON.stringify(version) },
    // What is bundled from CommonJS (undici, commander) asks for Node's modules by require.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  };
}
