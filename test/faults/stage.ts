/** A stage: all that one fault is shown on. A vendor, the ways to and from it, and the programs of the test build. */

import { type Exit, type Place, type Program, place } from '../support/program.ts';
import { onScreen, type Screen } from '../support/screen.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';
import { type Api, type Asked, startApi } from './api.ts';
import { kill, type Points, startPoints } from './points.ts';
import { startTunnel, type Tunnel } from './tunnel.ts';

/** Who put a webhook back. */
export type Who = 'listener' | 'guard' | 'restore' | '-';

export interface Stage {
  readonly place: Place;
  readonly vendor: Vendor;
  readonly api: Api;
  readonly tunnel: Tunnel;
  readonly points: Points;
  /** What the instance has before, and what somebody else sets. */
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
  /** Somebody else sets the webhook, at this moment. */
  setTheirs(): Promise<void>;
  /** Runs `restore`, which must end with 0. */
  restore(): Promise<Exit>;
  /** Kills a listener and every guard, none of which hears of the other's end. */
  killWithGuards(listener: number): void;
  /** Who put the webhook back last, after ours had been set; or ended a subscription of ours. */
  by(): Who;
  /** What the programs of this stage have said. */
  said(): string;
  clean(): Promise<void>;
}

/** Of a screen that is told of: what it shows of events says nothing about a fault either. */
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
      // Of several that end a subscription only the first finds one.
      const ends = ({ sets, method, status }: Asked) =>
        sets === original.url || (method === 'DELETE' && status < 300);
      const last = api.log.slice(ours).findLast(ends);
      if (last === undefined || last.landedAt === 0) return '-';
      // Only who holds the instance's lock writes, and all of them say so before they do.
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
      for (const screen of screens) screen.kill('SIGKILL');
      await here.clean();
      await points.close();
      await Promise.all([api.close(), tunnel.close(), ...screens.map(({ exit }) => exit)]);
    },
  };
}

/** What the load leaves in the output says nothing about a fault. */
function withoutEvents(lines: string): string {
  return lines.replace(/^.*"type":"(event|attempt)".*\n/gm, '');
}
