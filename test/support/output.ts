/** Waits for something in a program's output. */

export interface OutputWatch {
  /** Looks again, after new output. */
  changed(): void;
  /** Looks a last time: the program ended. */
  ended(): void;
  /** Resolves to what `look` finds. Rejects when the program ends, or after `ms`. */
  find<T>(what: string, look: () => T | undefined, ms?: number): Promise<T>;
}

/** Watches the output of one program; `shown` is the output for error messages. */
export function watchOutput(shown: () => string): OutputWatch {
  let isOver = false;
  let checks: (() => void)[] = [];
  const changed = () => {
    const all = checks;
    checks = [];
    for (const check of all) check();
  };
  return {
    changed,
    ended() {
      isOver = true;
      changed();
    },
    find: (what, look, ms) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => {
          clearTimeout(timer);
          reject(new Error(`${why} without ${what}:\n${shown()}`));
        };
        const timer = ms === undefined ? undefined : setTimeout(() => fail('time is up'), ms);
        const check = () => {
          const found = look();
          if (found !== undefined) {
            clearTimeout(timer);
            resolve(found);
          } else if (isOver) fail('the program ended');
          else checks.push(check);
        };
        check();
      }),
  };
}

/** Whether a text has these words, or matches. */
export function says(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
}
