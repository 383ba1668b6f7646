/** A stage for one fault: a vendor, proxies to and from it, and the programs of the test build. */

import { rmSync } from 'node:fs';
import { type Exit, type Place, type Program, place } from '../support/program.ts';
import { onScreen, type Screen } from '../support/screen.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';
import { type Api, type Asked, startApi } from './api.ts';
import { kill, type Points, startPoints } from './points.ts';
import { startTunnel, type Tunnel } from './tunnel.ts';

/** Who restored a webhook. */
export type Who = 'listener' | 'guard' | 'restore' | '-';

export interface Stage {
  readonly place: Place;
  readonly vendor: Vendor;
  readonly api: Api;
  readonly tunnel: Tunnel;
  readonly points: Points;
  /** The instance's webhook before, and the one that somebody else sets. */
  readonly original: { readonly url: string; readonly events: readonly string[] };
  readonly theirs: { readonly url: string; readonly events: readonly string[] };
  /** The arguments and the environment of a listener of this stage. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Starts a listener with `--json` and an app, or any command. */
  listen(more?: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }): Program;
  run(...args: readonly string[]): Program;
  /** Starts a program on a terminal. */
  open(file: string, args: readonly string[], env?: Readonly<Record<string, string>>): Screen;
  /** Sets {@link theirs}, as somebody else would. */
  setTheirs(): Promise<void>;
  /** Runs `restore`, which must end with 0. */
  restore(): Promise<Exit>;
  /** Kills a listener and every guard before one notices the other's end. */
  killWithGuards(listener: number): void;
  /** Who restored the webhook last after ours was set, or removed our subscription. */
  by(): Who;
  /** The output of the programs of this stage, without events. */
  said(): string;
  clean(): Promise<void>;
}

/** Lines of a screen that {@link Stage.said} shows, from its end: the rest is events. */
const LAST_LINES = 4;

/** Sets a stage with the program at `bin`; the vendor emits `rate` events a second, none for 0. */
export async function setStage(bin: string, rate: number): Promise<Stage> {
  const here = place(bin);
  const [points, tunnel] = await Promise.all([startPoints(), startTunnel()]);
  const original = { url: `${tunnel.url}/original`, events: ['message'] };
  const theirs = { url: `${tunnel.url}/theirs`, events: ['message', 'call'] };
  const vendor = await startVendor(here, { url: original.url });
  const api = await startApi(vendor.apiUrl);
  const over = new AbortController();
  const load = { fixture: 'message.chat', count: 1_000_000, rate };
  if (rate > 0) vendor.emit(load, over.signal).catch(() => {});

  const programs: Program[] = [];
  const screens: Screen[] = [];
  const restores: number[] = [];
  const gone = () => {
    for (const { child } of [vendor.program, ...programs]) child.kill('SIGKILL');
    for (const pid of points.alive()) kill(pid);
    rmSync(here.cwd, { recursive: true, force: true });
  };
  // Guards outlive the process that started them, also this one.
  process.once('exit', gone);
  const env = { ...vendor.env, ...points.env };
  const args = [
    ...['listen', '--api-url', api.apiUrl, '-i', '33'],
    ...['--public-url', tunnel.url, '--receiver-port', String(tunnel.port)],
  ];
  const app = `${tunnel.url}/app`;
  const start = (all: readonly string[], more = {}) => {
    const program = here.run(all, { ...env, ...more });
    programs.push(program);
    return program;
  };
  return {
    place: here,
    vendor,
    api,
    tunnel,
    points,
    original,
    theirs,
    args,
    env,
    listen: (more = {}) => start([...args, app, '--json', ...(more.args ?? [])], more.env),
    run: (...all) => start(all),
    open(file, all, more = {}) {
      const screen = onScreen(file, all, { cwd: here.cwd, env: here.env({ ...env, ...more }) });
      screens.push(screen);
      return screen;
    },
    setTheirs: () => vendor.setWebhook(theirs.url, theirs.events),
    async restore() {
      restores.push(performance.now());
      const exit = await start(['restore']).exit;
      if (exit.code !== 0) throw new Error(`restore ended with ${exit.code}: ${exit.stderr}`);
      return exit;
    },
    killWithGuards(listener) {
      const guards = points.guards();
      for (const pid of guards) kill(pid, 'SIGSTOP');
      for (const pid of [listener, ...guards]) kill(pid);
    },
    by() {
      const begins = ({ sets, method, path }: Asked) =>
        sets?.includes('/webhooks/whatsapp/') || (method === 'POST' && path.endsWith('/webhooks'));
      const ours = api.log.findIndex((asked) => asked.landedAt > 0 && begins(asked));
      if (ours === -1) return '-';
      // Of several requests that remove a subscription only the first finds it.
      const ends = ({ sets, method, status }: Asked) =>
        sets === original.url || (method === 'DELETE' && status < 300);
      const last = api.log.slice(ours).findLast(ends);
      if (last === undefined || last.landedAt === 0) return '-';
      // Only the holder of the instance's lock writes, and each passes a fault point before.
      const intents: { at: number; who: Who }[] = restores.map((at) => ({ at, who: 'restore' }));
      for (const { point, at } of points.log) {
        if (point === 'about-to-restore') intents.push({ at, who: 'listener' });
        if (point === 'guard-locked') intents.push({ at, who: 'guard' });
      }
      intents.sort((a, b) => a.at - b.at);
      return intents.findLast(({ at }) => at <= last.cameAt)?.who ?? '-';
    },
    said: () =>
      [
        ...programs.map(({ stdout, stderr }) => withoutEvents(stdout()) + stderr()),
        ...screens.map((screen) => screen.lines().filter(Boolean).slice(-LAST_LINES).join('\n')),
      ].join('\n'),
    async clean() {
      over.abort();
      process.off('exit', gone);
      for (const screen of screens) screen.kill('SIGKILL');
      await here.clean();
      await points.close();
      await Promise.all([api.close(), tunnel.close(), ...screens.map(({ exit }) => exit)]);
    },
  };
}

/** Removes the entries of the load, which say nothing about a fault. */
function withoutEvents(lines: string): string {
  return lines.replace(/^.*"type":"(event|attempt)".*\n/gm, '');
}
