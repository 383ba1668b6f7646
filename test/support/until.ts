/** Waiting for a condition: no test sleeps for a time and hopes. */

// The real ones, whatever clock a test puts in their place.
const { setTimeout: later } = globalThis;
const now = performance.now.bind(performance);

const EVERY_MS = 10;

/**
 * Resolves with the first thing that `look` finds: anything but false, null and undefined.
 * Throws after `ms`, naming `what` was waited for; what `look` throws, it throws.
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
