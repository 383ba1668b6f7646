/** Undo: what a start has done so far, so that a failed start and a normal stop undo the same steps. */

/** A stack of steps that undo what was done. */
export class UndoStack {
  readonly #steps: (() => unknown)[] = [];

  /** Adds a step, which may return a promise. */
  push(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Runs all steps, the last first, each once. A step that fails does not stop the others. */
  async unwind(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch {
        // The caller shows why it unwinds; a second error would hide that.
      }
    }
  }
}
