/** A machine: the state folder of one instance, its lock, its processes, and the commands that are run on it. */

import { type Client, createClient } from '../../../src/eazewa/client.ts';
import { CliError } from '../../../src/errors.ts';
import { changeUnlistened } from '../../../src/takeover/change.ts';
import { evidenceOf, PATIENCE } from '../../../src/takeover/evidence.ts';
import { type GuardMemory, guardMemory } from '../../../src/takeover/guard/memory.ts';
import type { GuardReport } from '../../../src/takeover/guard/report.ts';
import { restoreUntilDone } from '../../../src/takeover/guard/restore-loop.ts';
import { RELEASED } from '../../../src/takeover/guard/task.ts';
import type { Journal, JournalEntry } from '../../../src/takeover/journal.ts';
import type { Guard } from '../../../src/takeover/options.ts';
import { RESTORE_RETRIES, restoreUntilSettled } from '../../../src/takeover/restore.ts';
import type { Judge } from './judge.ts';
import { INSTANCE, type Vendor } from './vendor.ts';
import type { Process, World } from './world.ts';

export const API_URL = 'https://api.example.com/api/v1';

/** How long a process waits for the lock, and for a guard at work, in ms. */
const LOCK_MS = 2000;
const GUARD_MS = 45_000;
const POLL_MS = 250;
/** A guard that ends sooner than this is not replaced, in ms. */
const LIVED_MS = 1000;

/** The end of a guard's pipe. */
const END = 'end';

/** What stands in a state folder: it outlives every process. */
interface Folder {
  journal: JournalEntry | null;
  report: (Pick<GuardReport, 'outcome'> & { readonly since: string; readonly by: Process }) | null;
  holder: Process | null;
  /** Tells the folder, with the lock's file in it, from one that is made after it; null where there is none. */
  lock: string | null;
}

/** A guard's process, and what its listener has told it. */
interface GuardProcess {
  readonly process: Process;
  readonly armed: Promise<void>;
  /** A line of the pipe: an entry of the journal, or one of the two messages. */
  tell(line: string): void;
}

export class Machine {
  readonly name: string;
  readonly world: World;
  readonly vendor: Vendor;
  readonly judge: Judge;
  readonly folder: Folder = { journal: null, report: null, holder: null, lock: null };
  /** Whether somebody has removed the folder: then nothing more is started on this machine. */
  isBare = false;
  /** The guards that live. */
  readonly guards = new Set<Process>();
  #commands = 0;
  #guards = 0;

  constructor(name: string, world: World, vendor: Vendor, judge: Judge) {
    this.name = name;
    this.world = world;
    this.vendor = vendor;
    this.judge = judge;
  }

  /** Somebody removes the folder of the instance. */
  removeFolder(): void {
    this.world.tell(this.name, () => 'the state folder is removed');
    this.isBare = true;
    Object.assign(this.folder, { journal: null, report: null, holder: null, lock: null });
    this.judge.forgets(this.name);
  }

  /** The real client; only its requests go to the vendor in memory. */
  client(by: Process, timeoutMs = 10_000): Client {
    const { vendor, world } = this;
    return createClient({
      ...{ apiUrl: API_URL, apiToken: 'token', tokenName: 'EAZEWA_API_TOKEN', timeoutMs },
      send: async (sent, _dispatcher, bounds, signal) => {
        signal?.throwIfAborted();
        return by.step(1, () => vendor.receive(by, sent, bounds, signal));
      },
      sleep: (ms, signal) => by.clock.pause(ms, signal),
      now: () => world.wall(),
    });
  }

  /** The journal, as a process reads and writes it. */
  journal(by: Process): Journal {
    const { folder, judge, world } = this;
    const takes = () => world.chance.between(1, 15);
    return {
      read: () => by.step(1, () => folder.journal),
      write: (entry) =>
        by.step(takes(), () => {
          if (folder.lock === null) throw noFolder();
          world.tell(by.name, () => `journal: ${entry.step}${entry.doubtAt && ', in doubt'}`);
          judge.journalled(this.name, entry);
          folder.journal = entry;
        }),
      remove: () =>
        by.step(takes(), () => {
          world.tell(by.name, () => 'journal: removed');
          judge.journalled(this.name, null);
          folder.journal = null;
        }),
    };
  }

  /** Takes the lock; null when another process has it throughout. A process that ends loses it. */
  async tryLock(by: Process, waitMs = LOCK_MS): Promise<(() => void) | null> {
    const { folder, world } = this;
    const until = world.now + waitMs;
    const unlock = () => {
      if (folder.holder === by) folder.holder = null;
    };
    for (;;) {
      const isMine = await by.step(1, () => {
        if (folder.holder !== null) return false;
        if (folder.lock === null && this.isBare) throw noFolder();
        folder.lock = this.name;
        folder.holder = by;
        by.onEnd(unlock);
        return true;
      });
      if (isMine) return () => by.isAlive() && unlock();
      if (world.now + POLL_MS > until) return null;
      await by.clock.pause(POLL_MS);
    }
  }

  /** Takes the lock like a command or a listener, which waits for a guard at work. */
  async lock(by: Process): Promise<() => void> {
    const { folder } = this;
    const atOnce = await this.tryLock(by);
    if (atOnce !== null) return atOnce;
    const isAtWork =
      folder.report?.outcome === 'trying' &&
      folder.report.by.isAlive() &&
      folder.report.since === folder.journal?.since;
    const later = isAtWork ? await this.tryLock(by, GUARD_MS) : null;
    if (later !== null) return later;
    throw new CliError('busy', 'instance_busy', 'Another listener holds the instance');
  }

  /** Starts the guard of a listener that began at `since`, as guard/start.ts does. */
  guard(listener: Process, since: number): Guard {
    let isOver = false;
    let isWatching = true;
    let latest: string | null = null;
    const start = (): GuardProcess => {
      const guard = this.#spawn(since);
      if (latest !== null) guard.tell(latest);
      const began = this.world.now;
      guard.process.onEnd(() => {
        if (isOver || !listener.isAlive()) return;
        isWatching = this.world.now - began > LIVED_MS;
        if (isWatching) current = start();
      });
      return guard;
    };
    let current = start();
    listener.onEnd(() => current.tell(END));
    return {
      armed: () => current.armed,
      watches: () => isWatching,
      tell(entry) {
        latest = JSON.stringify(entry);
        if (listener.isAlive()) current.tell(latest);
      },
      released() {
        isOver = true;
        if (listener.isAlive()) current.tell(RELEASED);
      },
      close() {
        isOver = true;
        if (listener.isAlive()) current.tell(END);
      },
    };
  }

  #spawn(since: number): GuardProcess {
    const { world, judge } = this;
    const process = world.process(`${this.name}.guard${++this.#guards}`);
    this.guards.add(process);
    process.onEnd(() => this.guards.delete(process));
    const lines: string[] = [];
    let wake = () => {};
    const tell = (line: string) => {
      lines.push(line);
      wake();
    };
    const next = async (): Promise<string> => {
      while (lines.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return lines.shift() ?? END;
    };
    const sinceIso = new Date(since).toISOString();
    const isUp = process.step(world.chance.between(20, 200), () => {});
    const ended = new Promise<never>((_, reject) =>
      process.onEnd(() => reject(new CliError('state', 'no_guard', 'The guard has ended'))),
    );
    const armed = Promise.race([isUp, ended]);
    // A listener may not ask.
    armed.catch(() => {});
    const work = async () => {
      await isUp;
      const memory = await guardMemory(
        { folder: '', since: sinceIso, pid: globalThis.process.pid },
        this.journal(process),
        () => process.step(1, () => this.folder.lock),
      );
      let line = await next();
      for (; line !== END && line !== RELEASED; line = await next()) memory.hear(line);
      if (line === END) {
        // The pipe needs a moment.
        await process.step(1, () => {});
        world.tell(process.name, () => 'wakes');
        await this.#restore(process, sinceIso, memory);
      }
      process.exit();
    };
    judge.mustEnd(process, work());
    return { process, armed, tell };
  }

  #restore(by: Process, since: string, journal: GuardMemory): Promise<void> {
    const { folder, judge, world } = this;
    return restoreUntilDone({
      ...{ since, pid: process.pid, clock: by.clock, now: () => world.wall() },
      client: this.client(by, 5000),
      journal,
      isLocal: false,
      lock: () =>
        this.tryLock(by).catch((error: unknown) => {
          if (!journal.knows()) throw error;
          return () => {};
        }),
      report: ({ outcome }) =>
        by.step(world.chance.between(1, 15), () => {
          if (folder.lock === null) world.tell(by.name, () => `cannot report: ${outcome}`);
          const isChanged = folder.report?.outcome !== outcome || folder.report.by !== by;
          if (isChanged) world.tell(by.name, () => `reports: ${outcome}`);
          folder.report = { outcome, since, by };
          if (outcome === 'restored' || outcome === 'there' || outcome === 'changed')
            judge.saidOver(by.name, since, outcome);
          if (outcome === 'gave-up') judge.gaveUp(by.name, since);
        }),
    });
  }

  /** Runs a command in a process of its own, except where the folder was removed; what it throws is only told. */
  async #command(what: string, work: (by: Process) => Promise<string>): Promise<string> {
    const { world } = this;
    if (this.isBare) return 'no folder';
    const by = world.process(`${this.name}.cmd${++this.#commands}`);
    world.tell(by.name, () => what);
    let said: string;
    try {
      said = await work(by);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      said = error.code;
    }
    world.tell(by.name, () => `ends: ${said}`);
    by.exit();
    return said;
  }

  /** `eazewa-hooks restore`: what it says. */
  restore(): Promise<string> {
    const { judge, world } = this;
    return this.#command('eazewa-hooks restore', async (by) => {
      const journal = this.journal(by);
      // A listener that runs is not a crashed one.
      const seen = this.folder.holder === null ? await journal.read() : null;
      if (seen === null) return 'nothing to restore';
      const unlock = await this.lock(by);
      try {
        const entry = (await journal.read()) ?? seen;
        const done = await restoreUntilSettled(this.client(by), entry, {
          evidence: evidenceOf(entry, world.wall(), PATIENCE, by.clock),
          retries: RESTORE_RETRIES,
          clock: by.clock,
          failed: () => {},
          settling: () => {},
        });
        await journal.remove();
        judge.saidOver(by.name, entry.since, done);
        return done;
      } catch (error) {
        // The command makes words of every failure.
        throw error instanceof CliError ? error : new CliError('notRestored', 'not_restored', '');
      } finally {
        unlock();
      }
    });
  }

  /** `eazewa-hooks webhook set <url>`, or `subscribe <event>`, where no listener runs. */
  change(change: { readonly url?: string; readonly add?: string }): Promise<string> {
    const { judge, world } = this;
    const what = change.url === undefined ? `subscribe ${change.add}` : `webhook set ${change.url}`;
    const began = this.world.now;
    return this.#command(what, async (by) => {
      const client = this.client(by);
      const journal = this.journal(by);
      const { webhook: live } = await client.getInstance(INSTANCE);
      const entry = await journal.read();
      const isHeld = entry?.kind === 'takeover' && live.url?.endsWith(entry.pathToken) === true;
      const from = (isHeld ? entry.original : live).url;
      judge.consents(by.name, from);
      const wanted = {
        from,
        ...(change.url !== undefined && { url: change.url }),
        ...(change.add !== undefined && { events: { add: [change.add], remove: [] } }),
      };
      const unlock = await this.lock(by);
      try {
        if (change.url !== undefined) judge.mayBecome({ ...live, url: change.url });
        const { after } = await changeUnlistened(client, journal, INSTANCE, wanted, {
          clock: by.clock,
          now: () => world.wall(),
        });
        judge.changed(after, began);
        return 'changed';
      } finally {
        unlock();
      }
    });
  }
}

function noFolder(): CliError {
  return new CliError('state', 'file_not_written', 'The folder is gone');
}
