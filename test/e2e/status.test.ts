import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instanceFolder } from '../../src/platform/paths.ts';
import { type GuardReport, writeGuardReport } from '../../src/takeover/guard/report.ts';
import { place } from '../support/resources.ts';
import { startVendor } from '../support/vendor.ts';

test('status tells once what the guard of its instance did, and of no other instance', async () => {
  const here = place();
  const vendor = await startVendor(here);
  const other = 'https://api.example.com/api/v1';
  const stoppedAt = new Date(Date.now() - 120_000).toISOString();
  for (const [apiUrl, killed] of [
    [vendor.apiUrl, false],
    [other, true],
  ] as const) {
    const folder = instanceFolder(join(here.home, 'data'), apiUrl, '33');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await writeGuardReport(folder, report(apiUrl, { stoppedAt, killed }));
  }
  const status = (...more: string[]) =>
    here.run(['status', '--api-url', vendor.apiUrl, '-i', '33', ...more], vendor.env).exit;
  const { stdout, stderr } = await status();
  expect(stdout).toMatch(/guard +The listener of instance 33 was stopped \(as by Ctrl-Z\)/);
  expect(stderr).toBe('');
  expect(stdout.match(/its guard/g)).toHaveLength(1);
  expect(stdout).not.toContain('was killed');
  // What prints nothing about guards itself says it as any command does.
  expect((await status('--json')).stderr.match(/its guard/g)).toHaveLength(2);
});

function report(apiUrl: string, ended: GuardReport['ended']): GuardReport {
  const at = new Date().toISOString();
  const about = { v: 1, instanceId: '33', apiUrl, sideBySide: false, since: at, pid: 1 } as const;
  return { ...about, ended, goneAt: at, at, tries: 1, outcome: 'restored', error: null };
}
