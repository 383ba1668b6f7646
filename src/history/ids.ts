/** Ids of events: `evt_` and 16 random characters, short enough to read out and to name by a prefix. */

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 16;
const AT_ONCE = 256;

/** Makes a function that returns a new id each time, from `random` bytes. */
export function createIds(random: (size: number) => Uint8Array): () => string {
  // A call for randomness costs more than one event's share of a commit: get many bytes at once.
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
