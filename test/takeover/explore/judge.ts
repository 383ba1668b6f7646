/** The judge of a schedule: each of its rules is a sentence of docs/takeover.md. */

import type { Webhook } from '../../../src/eazewa/client.ts';
import type { JournalEntry } from '../../../src/takeover/journal.ts';
import { isOlder, same } from '../../../src/takeover/restore.ts';
import { nameOf, type Sent, type Vendor } from './vendor.ts';
import type { Process, World } from './world.ts';

/** A listener, as the judge knows it. */
export interface Known {
  readonly process: Process;
  readonly machine: string;
  readonly pathToken: string;
  /** `since` of its journal, ISO 8601. */
  readonly since: string;
  /** Whether it has a guard that nobody kills. */
  readonly isGuarded: boolean;
  /** Whether its guard gave up, because the own webhook is not known. */
  hasGivenUp: boolean;
  /** Who said that its instance is restored, and how; null before that. */
  over: string | null;
}

/** Between a read and the write that it allows: the journal, or the pause before a further attempt, in ms. */
const GAP_MS = 1100;

export class Judge {
  readonly broken: string[] = [];
  readonly listeners: Known[] = [];
  /** What the instance may have in the end: its own webhook, by whoever set it last. */
  own: Webhook[];
  /** Whether that was overwritten within the window that docs/takeover.md states. */
  isExcused = false;
  readonly #world: World;
  readonly #vendor: Vendor;
  readonly #told = new Map<string, { webhook: Webhook; asOf: number; at: number }>();
  readonly #consents = new Map<string, Set<string | null>>();
  readonly #bare = new Set<string>();
  /** Own webhooks that were overwritten within the stated window by one that could still be the own one. */
  readonly #overwritten: { readonly webhook: Webhook; readonly at: number }[] = [];
  /** When a person has edited it last. */
  #editedAt = 0;
  readonly #mustEnd = new Set<string>();
  /** The journal of each machine. */
  readonly journals = new Map<string, JournalEntry | null>();

  constructor(world: World, vendor: Vendor) {
    this.#world = world;
    this.#vendor = vendor;
    this.own = [vendor.webhook()];
    vendor.watcher = this;
  }

  /** A rule does not hold. */
  breaks(rule: string): void {
    this.#world.tell('!', () => rule);
    this.broken.push(rule);
  }

  /** What the instance has. */
  current(): Webhook {
    return this.#vendor.webhook();
  }

  /** What a process has read last. */
  lastTold(by: string): Webhook {
    return this.#told.get(by)?.webhook ?? this.current();
  }

  /** The listener whose url this is. */
  ownerOf(url: string | null): Known | undefined {
    return url === null
      ? undefined
      : this.listeners.find(({ pathToken }) => url.endsWith(pathToken));
  }

  /** Whether a url is of a listener that has ended. */
  isDead(url: string | null): boolean {
    const owner = this.ownerOf(url);
    return owner !== undefined && !owner.process.isAlive();
  }

  /** A process, or a user for it, agrees to replace a webhook. */
  consents(by: string, url: string | null): void {
    const all = this.#consents.get(by) ?? new Set();
    this.#consents.set(by, all.add(url));
  }

  /** A process sends a webhook. */
  sent(by: string, webhook: Webhook): Sent {
    const told = this.#told.get(by);
    const journal = this.journals.get(machineOf(by)) ?? null;
    const owner = this.ownerOf(webhook.url);
    if (owner !== undefined && owner.process.name !== by && journal?.pathToken !== owner.pathToken)
      this.breaks(`The url of another listener is never written: ${by} sends ${nameOf(webhook)}`);
    if (told !== undefined && this.ownerOf(told.webhook.url) === undefined) {
      const { url } = told.webhook;
      // A webhook of before that shows right after a write is an older read.
      const isKnown = journal?.original.url === url || (journal && isOlder(told.webhook, journal));
      const isAllowed = isKnown || this.#consents.get(by)?.has(url);
      if (!isAllowed && url !== webhook.url)
        this.breaks(
          `A webhook that somebody else has set stays: ${by} has read ${nameOf(told.webhook)}`,
        );
    }
    const { now } = this.#world;
    return { by, gap: told === undefined ? 0 : now - told.at };
  }

  /** The vendor sets a webhook; `sent` is null for a person's. */
  set(sent: Sent | null, webhook: Webhook, before: Webhook): void {
    if (sent === null) {
      this.own = [webhook];
      this.#editedAt = this.#world.now;
      this.isExcused = false;
      return;
    }
    const owner = this.ownerOf(webhook.url);
    if (owner !== undefined && owner.over !== null)
      this.breaks(`${owner.over}, and then its url is set: ${nameOf(webhook)}`);
    const held = this.ownerOf(before.url);
    if (held !== undefined) {
      // A late request, or another machine, sets what that listener would not restore: nobody undoes that.
      const pending = this.journals.get(held.machine)?.original;
      if (pending !== undefined && !same(pending, webhook)) this.isExcused = true;
    }
    if (!this.own.some((own) => same(own, before))) return;
    if (this.own.some((own) => same(own, webhook))) {
      if (!same(before, webhook) && sent.gap <= GAP_MS)
        this.#overwritten.push({ webhook: before, at: this.#world.now });
      return;
    }
    const original = owner && this.journals.get(owner.machine)?.original;
    if (original !== undefined && this.own.some((own) => same(own, original))) return;
    this.isExcused = true;
    if (sent.gap > GAP_MS)
      this.breaks(
        `A webhook is read right before it is written: ${sent.by} overwrites ${nameOf(before)} ${sent.gap} ms after its last read`,
      );
  }

  /** A process is told what the instance has, or had at `asOf`. */
  told(by: string, webhook: Webhook, asOf: number): void {
    this.#told.set(by, { webhook, asOf, at: this.#world.now });
  }

  /** A machine's journal is written, or removed. */
  journalled(machine: string, after: JournalEntry | null): void {
    const before = this.journals.get(machine) ?? null;
    this.journals.set(machine, after);
    for (const token of tokensOf(before)) {
      if (tokensOf(after).includes(token)) continue;
      const isUnderWay = [...this.#vendor.underWay].some(({ url }) => url?.endsWith(token));
      const isSet = this.#vendor.webhook().url?.endsWith(token);
      if (isUnderWay || isSet)
        this.breaks(
          `The journal is there until nothing of its listener can come back: ${token} ${isSet ? 'is set' : 'is under way'}`,
        );
    }
    if (before !== null && after !== null && before.since === after.since) {
      const { original } = after;
      if (!same(before.original, original) && this.ownerOf(original.url) === undefined)
        this.own.push(original);
    }
  }

  /** A machine's folder is removed, with the journal in it. */
  forgets(machine: string): void {
    this.journals.set(machine, null);
    this.#bare.add(machine);
  }

  /** Whether only a guard can still restore what a listener has left. */
  isBare({ machine }: Known): boolean {
    return this.#bare.has(machine);
  }

  /** A command that began at this time has changed the instance's own webhook. */
  changed(after: Webhook, began: number): void {
    if (this.ownerOf(after.url) !== undefined) return;
    // Overwritten meanwhile by a request that had been sent before.
    const now = this.current();
    if (this.ownerOf(now.url) === undefined && !same(now, after)) this.isExcused = true;
    if (this.#overwritten.some(({ webhook, at }) => at >= began && same(webhook, after)))
      this.isExcused = true;
    if (this.#editedAt < began) this.own = [after];
    else this.own.push(after);
  }

  /** A command is about to set an own webhook. */
  mayBecome(webhook: Webhook): void {
    this.own.push(webhook);
  }

  /** A listener ends at once, because it holds nothing. */
  holdsNothing({ name }: Process): void {
    const { url } = this.#vendor.webhook();
    const urls = [url, ...[...this.#vendor.underWay].map((one) => one.url)];
    if (urls.some((one) => this.ownerOf(one)?.process.name === name))
      this.breaks(`A listener that holds an instance does not end at once: ${name}`);
  }

  /** A listener, a guard or a command says that an instance does not point at this listener any more. */
  saidOver(by: string, since: string, outcome: string): void {
    const known = this.#listenerOf(by, since);
    if (known === undefined) return;
    const { url } = this.#vendor.webhook();
    known.over ??= `${by} has said '${outcome}'`;
    if (url?.endsWith(known.pathToken))
      this.breaks(`Restored is said when it is true: ${by} says '${outcome}'`);
  }

  /** A guard gives up. */
  gaveUp(by: string, since: string): void {
    const known = this.#listenerOf(by, since);
    if (known !== undefined) known.hasGivenUp = true;
  }

  #listenerOf(by: string, since: string): Known | undefined {
    return this.listeners.find((one) => one.machine === machineOf(by) && one.since === since);
  }

  /** The work of a process, which must end. */
  mustEnd({ name, isAlive, onEnd }: Process, work: Promise<unknown>): void {
    this.#mustEnd.add(name);
    onEnd(() => this.#mustEnd.delete(name));
    work.catch((error: unknown) => {
      if (isAlive()) this.breaks(`${name} fails: ${error instanceof Error ? error.stack : error}`);
    });
  }

  /** A failure of this work is a fault of the program. */
  never(work: Promise<unknown>): void {
    work.catch((error: unknown) =>
      this.breaks(`Unexpected: ${error instanceof Error ? error.stack : error}`),
    );
  }

  /** The processes that have not ended. */
  running(): readonly string[] {
    return [...this.#mustEnd];
  }
}

/** The machine of a process, by the first letter of its name. */
function machineOf(process: string): string {
  return process.slice(0, 1);
}

function tokensOf(entry: JournalEntry | null): readonly string[] {
  return entry === null ? [] : [entry.pathToken, ...entry.formerPathTokens];
}
