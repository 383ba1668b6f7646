import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadFixture, loadScenario } from '../../src/fixtures/load.ts';
import { type App, startApp } from '../support/app.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor } from '../support/vendor.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

let here: Place;
let app: App;
beforeEach(async () => {
  here = place();
  app = await startApp();
});

describe('every fixture, through listener and app', () => {
  it('is accepted, summarised in a line, and forwarded byte for byte', async () => {
    const vendor = await startVendor(here);
    const args = ['listen', `${app.url}/hook`, ...vendor.args, '--json', '--print-secret'];
    const listener = here.run(args, vendor.env);
    const { webhookUrl } = await listener.entry('ready');
    for (const [number, file] of FILES.entries()) {
      const bytes = readFileSync(FOLDER + file);
      const headers = { 'content-type': 'application/json' };
      const { status } = await fetch(webhookUrl, { method: 'POST', headers, body: bytes });
      expect([file, status]).toEqual([file, 200]);
      await app.received(number + 1);
      expect([file, app.requests[number]?.body.equals(bytes)]).toEqual([file, true]);
    }
    const last = FILES.length - 1;
    await listener.entry('event', ({ event }) => event === FILES[last]?.split('.')[0]);
    listener.kill('SIGINT');
    expect((await listener.exit).code).toBe(0);
    const events = listener.entries().filter(({ type }) => type === 'event');
    expect(events.map(({ event }) => event)).toEqual(FILES.map((file) => file.split('.')[0]));
    for (const [number, { summary }] of events.entries()) {
      expect([FILES[number], summary.length <= 120]).toEqual([FILES[number], true]);
      expect(summary).not.toMatch(/undefined|null|NaN|\[object/);
    }
  });
});

describe('listen --simulate', () => {
  it('plays every step of a scenario that falls into its time', async () => {
    const steps = loadScenario('morning');
    const speed = 20;
    const args = ['--scenario', 'morning', '--speed', String(speed), '--for', '20s', '--json'];
    const listener = here.run(['listen', '--simulate', ...args]);
    const last = loadFixture(steps.at(-1)?.fixture ?? '').event;
    await listener.entry('event', ({ event }) => event === last);
    listener.kill('SIGINT');
    const { code } = await listener.exit;
    expect(code).toBe(0);
    const heard = listener.entries().filter(({ type }) => type === 'event');
    const played = steps.map(({ fixture }) => loadFixture(fixture).event);
    expect(heard.map(({ event }) => event).sort()).toEqual([...played].sort());
  });
});
