/** When a tunnel was last known to lead here: from then on events may have been lost. Times are ms since 1970. */

/** The clock jumped by more than this between two ticks: the machine slept, or this process was stopped. */
const JUMP_MS = 10_000;

/** The last proof, by a clock that may jump and may be set back. */
export class LastProof {
  #at: number;
  #tick: number;
  #tickBefore: number;

  /** Proven at this moment. */
  constructor(now: number) {
    this.#at = now;
    this.#tick = now;
    this.#tickBefore = now;
  }

  get at(): number {
    return this.#at;
  }

  /** Moves the clock on, once a second. True when the clock jumped. */
  tick(now: number): boolean {
    const jumped = now - this.#tick > JUMP_MS;
    this.#tickBefore = Math.min(this.#tick, now);
    this.#tick = now;
    this.#at = Math.min(this.#at, now);
    return jumped;
  }

  /** A proof held at this moment. */
  held(at: number): void {
    this.#at = Math.max(this.#at, at);
  }

  /** An event came in. It counts as of the tick before the last one: it may have waited in a socket. */
  eventArrived(): void {
    this.held(this.#tickBefore);
  }

  /** Proven now, also by a clock that was set back meanwhile. */
  renew(now: number): void {
    this.#at = now;
  }
}
