/** Faults of the machine and the user: signals, terminals, npm, disks, clocks, and a second listener. */

import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Screen } from '../support/screen.ts';
import { until } from '../support/until.ts';
import { kill } from './points.ts';
import type { Stage } from './stage.ts';
import type { Row } from './verdict.ts';

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

const two: Row[] = [
  {
    fault: 'a second listener on the instance',
    by: 'listener',
    async make({ listen }) {
      const one = listen();
      await one.entry('ready');
      const { code, stderr } = await listen().exit;
      must(code === 18, `the second ended with ${code}, not 18`);
      must(stderr.includes(`process ${one.child.pid}`), `it does not name the first: ${stderr}`);
      one.kill('SIGINT');
      must((await one.exit).code === 0, 'the first did not end with 0');
    },
  },
  {
    fault: 'two listeners at the same moment',
    by: 'listener',
    async make({ listen }) {
      const all = [listen(), listen()];
      const loser = await Promise.race(all.map(({ exit }) => exit));
      must(loser.code === 18, `one ended with ${loser.code}, not 18`);
      const winner = all.find(({ child }) => child.exitCode === null);
      await winner?.entry('ready');
      winner?.kill('SIGINT');
      must((await winner?.exit)?.code === 0, 'the other did not end with 0');
    },
  },
];

const signals: Row[] = [
  {
    fault: 'Ctrl-C twice within a millisecond',
    by: 'listener',
    async make({ listen }) {
      const listener = listen();
      await listener.entry('ready');
      listener.kill('SIGINT');
      listener.kill('SIGINT');
      must((await listener.exit).code === 0, 'it did not end with 0');
    },
  },
  {
    fault: 'a second Ctrl-C a second later, while the vendor is away',
    by: 'guard',
    async make({ listen, api }) {
      const listener = listen();
      await listener.entry('ready');
      api.disturb(() => 'cut');
      listener.kill('SIGINT');
      const again = setInterval(() => listener.kill('SIGINT'), 200);
      const { code, stderr } = await listener.exit.finally(() => clearInterval(again));
      must(code === 20, `it ended with ${code}, not 20`);
      must(stderr.includes('eazewa-hooks restore'), 'it does not say what is left undone');
      api.disturb(null);
    },
  },
  {
    fault: 'EPIPE on stdout',
    by: 'listener',
    async make({ listen }) {
      const listener = listen();
      await listener.entry('ready');
      // The pipe breaks at the next line that is written to it.
      listener.child.stdout.destroy();
      await listener.exit;
    },
  },
  ...[
    { what: 'with its UI', more: [] },
    { what: 'that prints lines', more: ['--plain'] },
  ].map(
    ({ what, more }): Row => ({
      fault: `the terminal of a listener ${what} is closed: SIGHUP`,
      by: ['listener', 'guard'],
      async make({ open, points, args, place }) {
        const screen = open(process.execPath, [place.bin, ...args, ...more]);
        await until(() => points.passed('ready'), 'a listener that is ready', 30_000);
        closeTerminal(screen);
        await screen.exit;
      },
    }),
  ),
  ...['bash', 'dash'].map(
    (shell): Row => ({
      fault: `started by npm with ${shell}, Ctrl-C to the whole group`,
      by: 'listener',
      skip: () => (existsSync(`/bin/${shell}`) ? null : `there is no /bin/${shell}`),
      async make({ open, points, args, place }) {
        const command = [process.execPath, place.bin, ...args, '--plain'];
        const scripts = { listen: command.map((one) => `"${one}"`).join(' ') };
        writeFileSync(join(place.cwd, 'package.json'), JSON.stringify({ scripts }));
        const env = {
          npm_config_script_shell: `/bin/${shell}`,
          npm_config_update_notifier: 'false',
        };
        const screen = open('npm', ['run', 'listen'], env);
        await until(() => points.passed('ready'), 'a listener that is ready', 30_000);
        screen.press('ctrl-c');
        await screen.exit;
      },
    }),
  ),
];

/** Closes the terminal like a window: its processes get SIGHUP, and their output leads nowhere. */
function closeTerminal({ pty }: Screen): void {
  (pty as unknown as { destroy(): void }).destroy();
}

/**
 * Makes every write of these processes to a file fail, like a full disk. The nearest limit that the
 * system has is the one on the size of files.
 */
function fillDisk(...pids: readonly number[]): void {
  limit('0', pids);
}

function freeDisk(...pids: readonly number[]): void {
  limit('unlimited', pids);
}

function limit(bytes: string, pids: readonly number[]): void {
  for (const pid of pids) execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}

function noLimits(): string | null {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'there is no prlimit';
  }
}

const disk: Row[] = [
  {
    fault: 'the disk is full before the journal is written',
    by: '-',
    skip: noLimits,
    async make({ listen, points }) {
      points.at('locked', ({ pid }) => fillDisk(pid));
      const { code } = await listen().exit;
      must(code === 13, `it ended with ${code}, not 13`);
    },
  },
  {
    fault: 'the disk is full while the webhook is ours, and free again',
    by: 'listener',
    skip: noLimits,
    async make({ listen, points, tunnel }) {
      const listener = listen();
      const { pid } = await points.reached('ready');
      fillDisk(pid);
      await listener.entry('warning', ({ code }) => code === 'history_failing');
      freeDisk(pid);
      await listener.entry('warning', ({ code }) => code === 'history_ok');
      const before = tunnel.acknowledged.size;
      await until(() => tunnel.acknowledged.size > before, 'events that are taken again');
      listener.kill('SIGINT');
      must((await listener.exit).code === 0, 'it did not end with 0');
    },
  },
  {
    fault: 'the disk is full from when the webhook is set until it is restored',
    by: 'listener',
    skip: noLimits,
    async make({ listen, points }) {
      points.at('set-sent', ({ pid }) => fillDisk(pid, ...points.guards()));
      const listener = listen();
      await listener.entry('warning', ({ code }) => code === 'history_failing');
      listener.kill('SIGINT');
      await listener.exit;
    },
  },
  {
    fault: 'the disk is full, and the listener is killed',
    by: 'guard',
    skip: noLimits,
    async make({ listen, points }) {
      const listener = listen();
      const { pid } = await points.reached('ready');
      fillDisk(pid, ...points.guards());
      await listener.entry('warning', ({ code }) => code === 'history_failing');
      listener.kill('SIGKILL');
      await listener.exit;
    },
  },
];

/** Shifts the clock of a program by so many ms at SIGUSR2. */
const shifting = (ms: number) => `
  let shift = 0;
  const now = Date.now.bind(Date);
  Date.now = () => now() + shift;
  process.on('SIGUSR2', () => { shift += ${ms}; });
`;

const clock: Row[] = [
  { what: 'a day on', ms: 86_400_000 },
  { what: 'a day back', ms: -86_400_000 },
].flatMap(({ what, ms }): Row[] => {
  const jumped = async (stage: Stage) => {
    const preload = join(stage.place.cwd, 'clock.mjs');
    writeFileSync(preload, shifting(ms));
    const listener = stage.listen({
      env: { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` },
    });
    const { at } = await listener.entry('ready');
    for (const pid of stage.points.alive()) kill(pid, 'SIGUSR2');
    const moved = (entry: { at: string }) => Math.abs(Date.parse(entry.at) - Date.parse(at));
    await listener.entry('event', (entry) => moved(entry as { at: string }) > Math.abs(ms) / 2);
    return listener;
  };
  return [
    {
      fault: `the clock jumps ${what} while the webhook is ours`,
      by: 'listener',
      async make(stage) {
        const listener = await jumped(stage);
        listener.kill('SIGINT');
        must((await listener.exit).code === 0, 'it did not end with 0');
      },
    },
    {
      fault: `the clock jumps ${what}, and the listener is killed`,
      by: 'guard',
      async make(stage) {
        const listener = await jumped(stage);
        listener.kill('SIGKILL');
        await listener.exit;
      },
    },
  ];
});

export const machineRows: readonly Row[] = [...two, ...signals, ...disk, ...clock];
