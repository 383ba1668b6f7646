import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { app, temporaryFolder } from '../support/resources.ts';

const ROOT = join(import.meta.dirname, '../..');

// An open response, a pending retry and a running scenario: nothing may keep the process alive.
const PROGRAM = `
import { writeSync } from 'node:fs';
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
const closed = performance.now();
process.once('exit', () => writeSync(1, String(performance.now() - closed)));
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
  const options = { timeout: 25_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [outfile, target.url], options);
  // In ms. The retry is due after 3 s, the timeout of the response after 30 s, the scenario later.
  expect(stdout).toMatch(/^[0-9.]+$/);
  expect(Number(stdout)).toBeLessThan(2000);
});
