/** Ids of events: `evt_` and 16 random characters, short enough to read out and to be told apart by a prefix. */

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 16;
const AT_ONCE = 256;

/** Makes ids out of `random` bytes. */
export function createIds(random: (size: number) => Uint8Array): () => string {
  // Asking the system for randomness costs more than a commit's share of one event: ask for many.
  let pool = random(0);
  let used = 0;
  return () => {
    if (used >= pool.length) {
      pool = random(AT_ONCE * LENGTH);
      used = 0;
    }
    let id = 'evt_';
    for (const end = used + LENGTH; used < end; used++) id += ALPHABET[(pool[used] ?? 0) % 32];
    return id;
  };
}
