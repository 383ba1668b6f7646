/** A stage: all that one fault is shown on. A vendor, the ways to and from it, and the programs of the test build. */

import { type Exit, type Place, type Program, place } from '../support/program.ts';
import { onScreen, type Screen } from '../support/screen.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';
import { type Api, startApi } from './api.ts';
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
  /** Starts a listener with `--json`, or any other command. */
  listen(env?: Readonly<Record<string, string>>): Program;
  run(...args: readonly string[]): Program;
  /** Starts a program on a terminal: the listener with its UI, unless another one is named. */
  open(file?: string, args?: readonly string[], env?: Readonly<Record<string, string>>): Screen;
  /** Somebody else sets the webhook, at this moment. */
  setTheirs(): Promise<void>;
  /** Runs `restore`, which must end with 0. */
  restore(): Promise<Exit>;
  /** Kills a listener and every guard, none of which hears of the other's end. */
  killWithGuards(listener: number): void;
  /** Who put the webhook back last, after ours had been set. */
  by(): Who;
  /** What the programs of this stage have said. */
  said(): string;
  clean(): Promise<void>;
}

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
    ...['listen', `${tunnel.url}/app`, '--api-url', api.apiUrl, '-i', '33'],
    ...['--public-url', tunnel.url, '--receiver-port', String(tunnel.port)],
  ];
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
    listen: (more) => start([...args, '--json'], more),
    run: (...all) => start(all),
    open(file = process.execPath, all = [bin, ...args], more = {}) {
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
      const isOurs = (url?: string | null) => url?.includes('/webhooks/whatsapp/') ?? false;
      const ours = api.log.findIndex(({ sets, landedAt }) => landedAt > 0 && isOurs(sets));
      if (ours === -1) return '-';
      const last = api.log.slice(ours).findLast(({ sets }) => sets === original.url);
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
        ...screens.map((screen) => screen.text()),
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
