/** Faults: processes that are killed, at each step, alone and together. */

import { until } from '../support/until.ts';
import { kill } from './points.ts';
import type { Stage } from './stage.ts';
import type { Row } from './verdict.ts';
import { ALL_STEPS, STEPS, type Step, walk } from './walk.ts';

/** The steps of the short form: each is between two writes that belong together. */
const SHORT: ReadonlySet<Step> = new Set(['about-to-set', 'set-sent', 'ready', 'restored']);

/** A listener that is killed while it holds the instance. */
async function killedListener({ listen, points }: Stage): Promise<void> {
  points.at('ready', ({ pid }) => kill(pid));
  await listen().exit;
}

const listeners: Row[] = ALL_STEPS.map((step) => ({
  fault: `kill -9 of the listener at ${step}`,
  by: STEPS[step],
  ...(SHORT.has(step) && { short: true }),
  // The guard waits until the listener's last request can have no effect any more.
  ...(STEPS[step] === '-' && { slow: true }),
  make(stage) {
    stage.points.at(step, ({ pid }) => kill(pid));
    return walk(stage, step);
  },
}));

const guards: Row[] = [
  {
    fault: 'kill -9 of the guard at guard-armed',
    by: '-',
    async make({ listen, points }) {
      points.at('guard-armed', ({ pid }) => kill(pid));
      const { code, stderr } = await listen().exit;
      if (code !== 13) throw new Error(`without a guard it ended with ${code}: ${stderr}`);
    },
  },
  ...(['guard-woken', 'guard-locked', 'guard-restored'] as const).map(
    (point): Row => ({
      fault: `kill -9 of the listener, then of the guard at ${point}`,
      by: 'restore',
      async make(stage) {
        stage.points.at(point, ({ pid }) => kill(pid));
        await killedListener(stage);
        await stage.points.reached(point);
        await stage.restore();
      },
    }),
  ),
  {
    fault: 'kill -9 of the guard while it watches: the listener goes on',
    by: 'listener',
    async make(stage) {
      const listener = stage.listen();
      await listener.entry('ready');
      await killGuard(stage);
      await listener.entry('warning', ({ code }) => code === 'guard_gone');
      listener.kill('SIGINT');
      await listener.exit;
    },
  },
  {
    fault: 'kill -9 of the guard, then of the listener: there is another guard',
    by: 'guard',
    async make(stage) {
      const listener = stage.listen();
      await listener.entry('ready');
      const { at } = await stage.points.reached('guard-armed');
      // A guard that ends as soon as it watches is not replaced.
      await until(() => performance.now() - at > 1500);
      await killGuard(stage);
      await until(() => stage.points.guards().length === 1, 'another guard');
      listener.kill('SIGKILL');
      await listener.exit;
    },
  },
];

async function killGuard({ points }: Stage): Promise<void> {
  const { pid } = await points.reached('guard-armed');
  kill(pid);
  await until(() => !points.alive().includes(pid), 'the end of the guard');
}

const both: Row[] = ALL_STEPS.filter((step) => step !== 'locked').map((step) => ({
  fault: `kill -9 of both at ${step}`,
  by: STEPS[step] === 'guard' ? 'restore' : STEPS[step],
  ...(step === 'set' && { short: true }),
  async make(stage) {
    stage.points.at(step, async ({ pid }) => {
      if (step !== 'journal-removed') await stage.points.reached('guard-armed');
      stage.killWithGuards(pid);
    });
    await walk(stage, step);
    await until(() => stage.points.alive().length === 0, 'the end of both');
    await stage.restore();
  },
}));

const together: Row[] = [
  {
    fault: 'SIGTERM to the listener and its guard',
    by: 'listener',
    async make({ listen, points }) {
      const listener = listen();
      await listener.entry('ready');
      for (const pid of points.guards()) kill(pid, 'SIGTERM');
      listener.kill('SIGTERM');
      await listener.exit;
    },
  },
  {
    fault: 'kill -9 of the listener, and another is started at once',
    by: ['listener', 'guard'],
    async make(stage) {
      await killedListener(stage);
      const next = stage.listen();
      await next.entry('ready');
      next.kill('SIGINT');
      const { code } = await next.exit;
      if (code !== 0) throw new Error(`the next listener ended with ${code}`);
    },
  },
  {
    fault: 'kill -9 of the listener, and restore is run at once',
    by: ['restore', 'guard'],
    async make(stage) {
      await killedListener(stage);
      await stage.restore();
    },
  },
];

/** Who removes the subscription where it is not who restores a webhook. */
const BY_SIDE_BY_SIDE: Partial<Record<Step, Row['by']>> = {
  'journal-written': 'guard',
  'about-to-set': 'guard',
  'restore-sent': 'listener',
};

/** A side-by-side subscription has the same steps, and must be gone in the end. */
const sideBySide: Row[] = [
  ...ALL_STEPS.map(
    (step): Row => ({
      fault: `side by side: kill -9 of the listener at ${step}`,
      sideBySide: true,
      by: BY_SIDE_BY_SIDE[step] ?? STEPS[step],
      ...(step === 'set-sent' && { short: true }),
      make(stage) {
        stage.points.at(step, ({ pid }) => kill(pid));
        return walk(stage, step, ['--side-by-side']);
      },
    }),
  ),
  ...(['set-sent', 'ready', 'renew-sent'] as const).map(
    (step): Row => ({
      fault: `side by side: kill -9 of both at ${step}`,
      sideBySide: true,
      by: 'restore',
      async make(stage) {
        stage.points.at(step, ({ pid }) => stage.killWithGuards(pid));
        await walk(stage, step, ['--side-by-side']);
        await until(() => stage.points.alive().length === 0, 'the end of both');
        await stage.restore();
      },
    }),
  ),
];

export const killRows: readonly Row[] = [
  ...listeners,
  ...guards,
  ...both,
  ...together,
  ...sideBySide,
];
