/** One schedule: what a seed makes of two machines, a person at the dashboard, and the vendor. */

import type { Webhook } from '../../../src/eazewa/client.ts';
import { same } from '../../../src/takeover/restore.ts';
import { Judge, type Known } from './judge.ts';
import { listen, type Session } from './listener.ts';
import { Machine } from './machine.ts';
import { CALM, LATEST, type Manners, nameOf, Vendor } from './vendor.ts';
import { type Chance, chanceOf, World } from './world.ts';

/** The vendor is calm from this moment on, in ms. */
const CALM_AT = 90_000;
/** Everything has ended by then, in ms. */
const LONGEST = 30 * 60_000;

const P0: Webhook = { url: 'https://p0.example.com/hook', events: ['message', 'qr'] };

/** What was found in a schedule. */
export interface Found {
  readonly seed: number;
  /** The rules that do not hold. */
  readonly broken: readonly string[];
  readonly actions: number;
  /** A line for each action; empty unless it was asked for. */
  readonly trace: readonly string[];
}

/** Plays the schedule of a seed to its end. */
export async function play(seed: number, isTraced = false): Promise<Found> {
  const chance = chanceOf(seed);
  const world = new World(chance, isTraced);
  const vendor = new Vendor(world, chance.happens(0.9) ? P0 : { url: null, events: [] }, CALM);
  const judge = new Judge(world, vendor);
  const machines = ['A', 'B'].map((name) => new Machine(name, world, vendor, judge));
  vendor.manners = mannersOf(chance);
  world.after(CALM_AT, () => {
    vendor.manners = CALM;
    world.tell('vendor', () => 'is calm from now on');
  });
  plan(world, vendor, machines);
  const hasEnded = await world.run(LONGEST);
  if (!hasEnded) judge.breaks('Every process ends');
  for (const name of judge.running()) judge.breaks(`Every process ends: ${name} has not`);
  if (hasEnded) await judgeEnd(world, vendor, judge, machines);
  return { seed, broken: judge.broken, actions: world.actions, trace: world.trace };
}

function mannersOf(chance: Chance): Manners {
  const share = () => chance.pick([0, 0, 0.05, 0.2]);
  return {
    lag: chance.pick([1000, 3000, LATEST]),
    lagging: chance.pick([0, 0.3, 0.7]),
    cut: share(),
    silent: chance.pick([0, 0, 0, 0.1]),
    failing: chance.pick([0, 0, 0, 0.1]),
    limited: chance.pick([0, 0, 0, 0.05]),
    slow: chance.pick([0, 0.1, 0.3]),
  };
}

function plan(world: World, vendor: Vendor, [a, b]: readonly Machine[]): void {
  const { chance } = world;
  const sessions = (machine: Machine | undefined, most: number) => {
    let startsAt = chance.between(0, 8000);
    for (let number = 1; number <= most && machine !== undefined; number++) {
      const session = sessionOf(chance, startsAt);
      const mine = number;
      world.after(session.startsAt, () => judgeWork(machine, listen(machine, mine, session)));
      startsAt += chance.between(500, 40_000);
    }
  };
  sessions(a, chance.between(1, 3));
  sessions(b, chance.pick([0, 0, 1, 2]));
  const times = (counts: readonly number[], work: (n: number) => void) => {
    for (let n = chance.pick(counts); n > 0; n--) {
      const which = n;
      world.after(chance.between(100, 80_000), () => work(which));
    }
  };
  times([0, 0, 0, 1, 2], (n) =>
    vendor.edit({ url: `https://p${n}.example.com/hook`, events: ['message'] }),
  );
  times([0, 0, 0, 0, 0, 0, 0, 1], () => chance.pick([a, b])?.removeFolder());
  const command = (work: (machine: Machine) => Promise<unknown>) => () => {
    const machine = chance.pick([a, b]);
    if (machine !== undefined) judgeWork(machine, work(machine));
  };
  times(
    [0, 0, 0, 1, 2],
    command((machine) => machine.restore()),
  );
  times(
    [0, 0, 0, 0, 1],
    command((machine) => machine.change({ add: 'call' })),
  );
  times(
    [0, 0, 0, 0, 1],
    command((machine) => machine.change({ url: 'https://set.example.com/hook' })),
  );
}

function judgeWork({ judge }: Machine, work: Promise<unknown>): void {
  judge.never(work);
}

function sessionOf(chance: Chance, startsAt: number): Session {
  const deed = () => ({
    after: chance.between(1, 20_000),
    what: chance.pick(['move', 'move', 'subscribe', 'change'] as const),
  });
  return {
    startsAt,
    hasGuard: chance.happens(0.8),
    domain: chance.pick(['ngrok-free.app', 'dev.example.org']),
    opensFor: chance.between(10, 2000),
    deeds: Array.from({ length: chance.pick([0, 0, 0, 1, 2]) }, deed),
    stopsAfter: chance.happens(0.3) ? chance.between(1, 3000) : chance.between(2000, 40_000),
    leavesAfter: chance.happens(0.15) ? chance.between(1, 20_000) : null,
    death: chance.happens(0.4)
      ? { step: chance.between(1, 45), isAfter: chance.happens(0.5) }
      : null,
    guardDiesAfter: chance.happens(0.15) ? chance.between(1, 40_000) : null,
  };
}

/** Whether nobody can restore the instance: the journal was removed, and no guard knows what is to be restored. */
function isBeyondHelp(judge: Judge, dead: Known): boolean {
  return judge.isBare(dead) && (dead.hasGivenUp || !dead.isGuarded);
}

/** When all has ended: before and after `restore` on each machine. */
async function judgeEnd(
  world: World,
  vendor: Vendor,
  judge: Judge,
  machines: readonly Machine[],
): Promise<void> {
  const dead = judge.ownerOf(vendor.webhook().url);
  if (dead !== undefined) {
    const journal = machines.find(({ name }) => name === dead.machine)?.folder.journal ?? null;
    if (dead.over !== null) judge.breaks(`${dead.over}, and the instance is at its url`);
    else if (journal === null && !isBeyondHelp(judge, dead))
      judge.breaks(
        judge.isBare(dead)
          ? 'A guard needs no file'
          : 'The journal is there while a dead url is set',
      );
  }
  let isUnknown = false;
  for (const machine of machines) {
    if (machine.folder.journal === null) continue;
    const said = machine.restore();
    if (!(await world.run(world.now + LONGEST))) judge.breaks('restore ends');
    if ((await said) === 'no_own_webhook') isUnknown = true;
    else if (machine.folder.journal !== null)
      judge.breaks(`restore mends it: it says ${await said}`);
  }
  if (isUnknown || (dead !== undefined && isBeyondHelp(judge, dead))) return;
  const webhook = vendor.webhook();
  if (judge.isDead(webhook.url))
    judge.breaks(`The instance never stays at a dead url: it has ${nameOf(webhook)}`);
  else if (!judge.isExcused && !judge.own.some((own) => same(own, webhook)))
    judge.breaks(
      `The instance has its own webhook in the end: it has ${nameOf(webhook)}, not ${judge.own.map(nameOf).join(' or ')}`,
    );
}
