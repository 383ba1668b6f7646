import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { app, temporaryFolder } from '../support/resources.ts';

const ROOT = join(import.meta.dirname, '../..');

// A response under way, a delivery that waits for its next try, a scenario: nothing may hold the process.
const PROGRAM = `
import { startSimulator } from './src/simulator/simulator.ts';
const [hanging] = process.argv.slice(2);
const simulator = await startSimulator({
  port: 0,
  apiToken: 'token',
  instances: [
    { id: '1', webhook: { url: hanging, events: ['message', 'loading_screen'] } },
    { id: '2', webhook: { url: 'http://127.0.0.1:1/', events: ['message'] } },
  ],
  scenario: 'morning',
  random: (size) => new Uint8Array(size),
  now: Date.now,
});
simulator.emit('1', 'message.chat');
simulator.emit('2', 'message.chat');
const headers = { authorization: 'Bearer token' };
await (await fetch(simulator.apiUrl + '/instances', { headers })).json();
while (simulator.deliveries('2')[0].error === null) await new Promise(setImmediate);
await simulator.close();
console.log('closed');
`;

it('leaves a process that is free to exit', async () => {
  const target = await app(() => {});
  const folder = temporaryFolder();
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  cpSync(join(ROOT, 'fixtures'), join(folder, 'fixtures'), { recursive: true });
  const outfile = join(folder, 'dist/program.js');
  await build({
    stdin: { contents: PROGRAM, resolveDir: ROOT, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  });
  // Well below the 3 s of the next try, the 30 s of the response, and the scenario's half minute.
  const options = { timeout: 20_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [outfile, target.url], options);
  expect(stdout).toBe('closed\n');
});
