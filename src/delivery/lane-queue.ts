/** The queue of a lane: which event is next, in order within each chat. */

import type { Waiting } from '../history/history.ts';

/**
 * Events that a target still has to get. A chat has at most one event under way; chats take turns.
 * Events of no chat stay in order among themselves.
 */
export class LaneQueue {
  /** The events of each chat, oldest first, the one in flight first. */
  readonly #chats = new Map<string, Waiting[]>();
  /** Chats with no event under way, in the order of their turn. */
  #ready: string[] = [];
  #size = 0;

  /** How many events there are, with those under way. */
  get size(): number {
    return this.#size;
  }

  /** Whether an event can be sent now. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Adds an event that is newer than all others. */
  add(event: Waiting): void {
    const chat = chatOf(event);
    const line = this.#chats.get(chat);
    this.#size++;
    if (line !== undefined) line.push(event);
    else {
      this.#chats.set(chat, [event]);
      this.#ready.push(chat);
    }
  }

  /** The event whose turn it is. */
  get next(): Waiting | undefined {
    return this.#head(this.#ready[0]);
  }

  /** The oldest event of those that can be sent now. */
  get oldest(): Waiting | undefined {
    return this.#ready
      .map((chat) => this.#head(chat))
      .reduce((best, head) => ((head?.seq ?? 0) < (best?.seq ?? 0) ? head : best), this.next);
  }

  /** Marks an event that can be sent as under way. */
  begin(event: Waiting): void {
    this.#ready.splice(this.#ready.indexOf(chatOf(event)), 1);
  }

  /** An event is under way no more: it leaves the queue when it is `done`, else it stays in front. */
  end(event: Waiting, done: boolean): void {
    const chat = chatOf(event);
    const line = this.#chats.get(chat) ?? [];
    if (done) {
      line.shift();
      this.#size--;
    }
    if (line.length > 0) this.#ready.push(chat);
    else this.#chats.delete(chat);
  }

  /** Removes events received before `since` (ms since 1970) from chats with none under way; returns how many. */
  dropOlder(since: number): number {
    const before = this.#size;
    this.#ready = this.#ready.filter((chat) => {
      const line = this.#chats.get(chat) ?? [];
      const fresh = line.filter(({ at }) => at >= since);
      this.#size -= line.length - fresh.length;
      if (fresh.length > 0) this.#chats.set(chat, fresh);
      else this.#chats.delete(chat);
      return fresh.length > 0;
    });
    return before - this.#size;
  }

  /** Removes events up to the seq `upTo` that are not under way. */
  dropUpTo(upTo: number): void {
    const ready = new Set(this.#ready);
    for (const [chat, line] of this.#chats) {
      // Of a chat that is not ready the first event is under way.
      const left = line.filter(({ seq }, at) => seq > upTo || (at === 0 && !ready.has(chat)));
      this.#size -= line.length - left.length;
      if (left.length > 0) this.#chats.set(chat, left);
      else this.#chats.delete(chat);
    }
    this.#ready = this.#ready.filter((chat) => this.#chats.has(chat));
  }

  #head(chat: string | undefined): Waiting | undefined {
    return chat === undefined ? undefined : this.#chats.get(chat)?.[0];
  }
}

function chatOf({ chat }: Waiting): string {
  return chat ?? '';
}
