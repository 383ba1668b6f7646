import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { temporaryFolder } from '../support/resources.ts';
import type { Found } from './closing-program.ts';

test('a listener leaves no socket and no timer, however it ends, and a process that is free to exit', async () => {
  const program = await bundle("import './test/listener/closing-program.ts';");
  onTestFinished(() => program.remove());
  const args = [program.path, temporaryFolder()];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 });
  const stopped = { received: 0, forwarded: 0, failed: 0, waiting: 0, restored: true };
  const nothing = { end: stopped, open: [] };
  expect(JSON.parse(stdout)).toEqual({
    whole: { end: { ...stopped, received: 1, forwarded: 1 }, open: [] },
    1: nothing,
    2: nothing,
    3: nothing,
    4: nothing,
    port: { end: 'port_in_use', open: [] },
  } satisfies Found);
});
