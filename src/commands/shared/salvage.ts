/** Reads of a damaged history what can be read, and fails only then. */

import type { CliError } from '../../errors.ts';
import { isDamage } from '../../history/damage.ts';

export interface Salvage {
  /** What `read` returns, or `otherwise` where the history is damaged. Throws every other error. */
  attempt<T>(read: () => T, otherwise: T): T;
  /** Throws the first damage that was found. */
  end(): void;
}

/** Makes a {@link Salvage} that has found no damage. */
export function createSalvage(): Salvage {
  let damage: CliError | null = null;
  return {
    attempt(read, otherwise) {
      try {
        return read();
      } catch (error) {
        if (!isDamage(error)) throw error;
        damage ??= error;
        return otherwise;
      }
    },
    end() {
      if (damage !== null) throw damage;
    },
  };
}
