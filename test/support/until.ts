/** Waits for conditions, so that no test sleeps. */

// The real functions, also in tests with fake timers.
const { setTimeout: later } = globalThis;
const now = performance.now.bind(performance);

const EVERY_MS = 10;

/**
 * Resolves to the first value of `look` that is not false, null or undefined.
 * Throws after `ms`, with `what` in the message. Rethrows errors of `look`.
 */
export async function until<T>(
  look: () => T | Promise<T>,
  what: string | (() => string) = () => String(look),
  ms = 10_000,
): Promise<Exclude<T, false | null | undefined>> {
  for (const giveUpAt = now() + ms; ; ) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) {
      return found as Exclude<T, false | null | undefined>;
    }
    if (now() > giveUpAt) {
      throw new Error(`waited in vain for: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => later(resolve, EVERY_MS));
  }
}
