/** A listener: the takeover's steps in the order of src/listener/, with everything else left out. */

import { CliError } from '../../../src/errors.ts';
import { UndoStack } from '../../../src/listener/undo.ts';
import { claimInstance } from '../../../src/takeover/claim.ts';
import { NO_GUARD } from '../../../src/takeover/guard/start.ts';
import { createHandOver, type HandOver } from '../../../src/takeover/hand-over.ts';
import type { Takeover } from '../../../src/takeover/hold.ts';
import type { Guard } from '../../../src/takeover/options.ts';
import { holdByReplacing } from '../../../src/takeover/replace.ts';
import { API_URL, type Machine } from './machine.ts';
import { INSTANCE } from './vendor.ts';
import type { Death, Process } from './world.ts';

/** What is done to a listener that holds the instance, `after` ms after it is ready. */
export interface Deed {
  readonly after: number;
  readonly what: 'move' | 'subscribe' | 'change';
}

/** One run of a listener. Times are in ms. */
export interface Session {
  readonly startsAt: number;
  readonly hasGuard: boolean;
  /** Where its url is: a host of tunnels, or a domain of its own. */
  readonly domain: string;
  /** How long receiver and ingress take. */
  readonly opensFor: number;
  readonly deeds: readonly Deed[];
  /** Ctrl-C so long after the start. */
  readonly stopsAfter: number;
  /** A second Ctrl-C so long after the first; null for none. */
  readonly leavesAfter: number | null;
  readonly death: Death | null;
  /** Its guard is killed so long after the start; null for never. */
  readonly guardDiesAfter: number | null;
}

/** Runs a session; resolves when the listener has ended by itself. */
export async function listen(machine: Machine, number: number, session: Session): Promise<void> {
  const { world, judge } = machine;
  if (machine.isBare) return;
  const by = world.process(`${machine.name}${number}`, session.death);
  const stop = new AbortController();
  const handOver = createHandOver();
  world.tell(by.name, () => 'starts');
  by.later(session.stopsAfter, () => {
    world.tell(by.name, () => 'Ctrl-C');
    stop.abort('SIGINT');
    const { leavesAfter } = session;
    if (leavesAfter !== null) by.later(leavesAfter, () => leave(machine, by, handOver));
  });
  const { guardDiesAfter } = session;
  if (guardDiesAfter !== null)
    by.later(guardDiesAfter, () => {
      for (const guard of [...machine.guards]) guard.kill();
    });
  const work = run(machine, by, session, { signal: stop.signal, handOver }).finally(() => {
    if (by.isAlive()) by.exit();
  });
  judge.mustEnd(by, work);
}

/** The second Ctrl-C, and after that a third. */
function leave({ world, judge }: Machine, by: Process, handOver: HandOver): void {
  const to = handOver.ask();
  world.tell(by.name, () => `a second Ctrl-C: ${to}`);
  if (to === 'nothing') {
    judge.holdsNothing(by);
    by.kill();
  } else by.later(world.chance.between(1000, 60_000), by.kill);
}

/** The two signals of a listener. */
interface Signals {
  readonly signal: AbortSignal;
  readonly handOver: HandOver;
}

async function run(
  machine: Machine,
  by: Process,
  session: Session,
  signals: Signals,
): Promise<void> {
  const { signal } = signals;
  const { judge, world } = machine;
  const undo = new UndoStack();
  const say = (what: string) => world.tell(by.name, () => what);
  let since = '';
  let hasBegun = false;
  try {
    const taken = await take(machine, by, session, signals, undo, (began) => {
      since = began;
      hasBegun = true;
    });
    say('is ready');
    const ready = world.now;
    for (const deed of session.deeds)
      by.later(deed.after, () => {
        if (!signal.aborted) judge.never(perform(machine, by, taken, deed.what));
      });
    await new Promise((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener('abort', resolve, { once: true });
    });
    say(`stops ${((world.now - ready) / 1000).toFixed(1)} s later`);
    if (await taken.release()) {
      say('ends: restored');
      judge.saidOver(by.name, since, 'restored');
    } else notRestored(machine, by);
  } catch (error) {
    await undo.unwind();
    if (!(error instanceof CliError || error === 'SIGINT')) throw error;
    const code = error instanceof CliError ? error.code : error;
    if (code === 'not_restored') return notRestored(machine, by);
    say(`ends: ${code}`);
    if (hasBegun) judge.saidOver(by.name, since, code);
    return;
  }
  await undo.unwind();
}

function notRestored({ world, judge, folder, isBare }: Machine, by: Process): void {
  world.tell(by.name, () => 'ends: not restored');
  if (!isBare && folder.journal === null && judge.ownerOf(judge.current().url)?.process === by)
    judge.breaks(`The journal stays until the instance is restored: ${by.name} has none`);
}

/** Stages 1 to 3 of a start: lock, guard, claim, ingress, takeover. */
async function take(
  machine: Machine,
  by: Process,
  session: Session,
  { signal, handOver }: Signals,
  undo: UndoStack,
  begins: (since: string) => void,
): Promise<Takeover> {
  const { world, judge, name } = machine;
  const now = () => world.wall();
  const unlock = await machine.lock(by);
  const since = now();
  const guard: Guard = session.hasGuard ? machine.guard(by, since) : NO_GUARD;
  undo.push(() => guard.close());
  undo.push(unlock);
  const client = machine.client(by);
  const journal = machine.journal(by);
  const claim = await claimInstance(
    client,
    journal,
    {
      ...{ instanceId: INSTANCE, events: ['message'], ignoreEvents: [], tee: false },
      ...{ protectedInstance: false, sideBySide: false, ownWebhookPath: null },
      // The user agrees to replace whatever is found.
      get replace() {
        const { url } = judge.lastTold(by.name);
        return url === null ? null : new URL(url).hostname;
      },
    },
    signal,
    now,
    by.clock,
  );
  judge.consents(by.name, claim.found.url);
  judge.consents(by.name, claim.original.url);
  await by.clock.pause(session.opensFor, signal);
  signal.throwIfAborted();

  const pathToken = pathTokenOf(by);
  const sinceIso = new Date(since).toISOString();
  judge.listeners.push({
    ...{ process: by, machine: name, pathToken, since: sinceIso },
    ...{ over: null, hasGivenUp: false },
    isGuarded: session.hasGuard && session.guardDiesAfter === null,
  });
  begins(sinceIso);
  const takeover = await holdByReplacing({
    ...claim,
    ...{ client, journal, guard, signal, handOver, now, since, pathToken, clock: by.clock },
    askedFor: null,
    api: { apiUrl: API_URL, apiUrlSource: 'flag' },
    instanceId: INSTANCE,
    post: () => {},
    restoreCommand: '',
    ours: {
      url: `https://${by.name}.${session.domain}${pathOf(by)}`.toLowerCase(),
      events: claim.events,
    },
  });
  undo.push(() => takeover.release());
  return takeover;
}

function pathTokenOf({ name }: Process): string {
  return `ehk_${name.toLowerCase()}-${'x'.repeat(40)}`;
}

function pathOf(by: Process): string {
  return `/webhooks/whatsapp/${pathTokenOf(by)}`;
}

async function perform(
  machine: Machine,
  by: Process,
  takeover: Takeover,
  what: Deed['what'],
): Promise<void> {
  const { world, judge } = machine;
  const began = world.now;
  world.tell(by.name, () => what);
  try {
    if (what === 'move') {
      const { origin, pathname } = new URL(takeover.ours().url ?? '');
      await takeover.move(origin.replace(/[.]/, `-${Math.floor(world.now)}.`) + pathname);
    } else if (what === 'subscribe') await takeover.subscribe(['message', `e${by.name}`]);
    else {
      const url = `https://set-${by.name.toLowerCase()}.example.com/hook`;
      const from = takeover.original().url;
      judge.consents(by.name, from);
      judge.mayBecome({ ...takeover.original(), url });
      const { after } = await takeover.change({ url, from });
      judge.changed(after, began);
    }
    world.tell(by.name, () => `${what}: done`);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    world.tell(by.name, () => `${what}: ${error.code}`);
  }
}
