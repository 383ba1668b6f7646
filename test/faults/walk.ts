/** Walks a listener through the steps of a takeover, up to the one that a fault is for. */

import type { FaultPoint } from '../../src/platform/fault-point.ts';
import { until } from '../support/until.ts';
import type { Stage } from './stage.ts';

/** The steps of a listener in their order, with who restores when it is killed there. */
export const STEPS = {
  locked: '-',
  'journal-written': '-',
  'about-to-set': '-',
  'set-sent': 'guard',
  set: 'guard',
  ready: 'guard',
  'about-to-renew': 'guard',
  'renew-sent': 'guard',
  renewed: 'guard',
  'about-to-restore': 'guard',
  // The original shows, which proves nothing: the guard writes it again.
  'restore-sent': 'guard',
  restored: 'listener',
  'journal-removed': 'listener',
} as const satisfies Partial<Record<FaultPoint, string>>;

export type Step = keyof typeof STEPS;
export const ALL_STEPS = Object.keys(STEPS) as Step[];

/** Starts a listener, renews its webhook where the step is about that, and stops it. Resolves at its end. */
export function walk(stage: Stage, step: Step, args: readonly string[] = []): Promise<unknown> {
  return step.includes('renew') ? walkRenewing(stage, step, args) : walkThrough(stage, args);
}

async function walkThrough({ listen, points }: Stage, args: readonly string[]): Promise<void> {
  const listener = listen({ args });
  let over = false;
  listener.exit.then(() => {
    over = true;
  });
  await until(() => over || points.passed('ready'), 'a listener that is ready', 60_000);
  listener.kill('SIGINT');
  await listener.exit;
}

/** Chooses other events in the terminal UI, which sets our webhook again. */
async function walkRenewing(stage: Stage, step: Step, more: readonly string[]): Promise<void> {
  const { open, points, api, place, args } = stage;
  const screen = open(process.execPath, [place.bin, ...args, ...more]);
  let over = false;
  screen.exit.then(() => {
    over = true;
  });
  await screen.when('the UI', (text) => screen.isAlternate() && text.includes('33'));
  screen.press('u');
  await screen.shows(/\[x\] message /);
  screen.press('down', ' ', 'enter');
  // A webhook is not renewed because of what was read after the fault.
  const isSeen = () => {
    const fault = points.log.find(({ point }) => point === step);
    return api.log.some(
      ({ sets, cameAt, landedAt }) =>
        fault !== undefined && sets === undefined && cameAt > fault.at && landedAt > 0,
    );
  };
  const done = () => over || points.passed('renewed') || (points.passed(step) && isSeen());
  await until(done, 'a webhook that is renewed, or is not', 60_000);
  screen.press('escape', 'q');
  await screen.exit;
}
