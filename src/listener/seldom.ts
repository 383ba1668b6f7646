/** Bounds what anybody can make the listener report: one report a second for each kind, with a sum. */

const EVERY_MS = 1000;

/** How often something happened, and with how many bytes. */
export interface Sum {
  readonly count: number;
  readonly size: number;
}

/** Reports that come once a second at most. */
export interface Seldom {
  /** Reports the first of a kind at once; those of the next second are reported together, after it. */
  add(kind: string, sum: Sum, report: (sum: Sum) => void): void;
  /** Reports what has not been reported yet. */
  close(): void;
}

interface Kind {
  /** Not reported yet; null for nothing. */
  sum: Sum | null;
  readonly report: (sum: Sum) => void;
  readonly timer: NodeJS.Timeout;
}

/** Makes a {@link Seldom}. It stores one sum for each kind of the last second. */
export function createSeldom(): Seldom {
  const kinds = new Map<string, Kind>();
  const tell = (kind: string, known: Kind) => {
    const { sum, report, timer } = known;
    known.sum = null;
    if (sum !== null) return report(sum);
    clearInterval(timer);
    kinds.delete(kind);
  };
  return {
    add(kind, sum, report) {
      const known = kinds.get(kind);
      if (known !== undefined) {
        const { count, size } = known.sum ?? { count: 0, size: 0 };
        known.sum = { count: count + sum.count, size: size + sum.size };
        return;
      }
      const timer = setInterval(() => tell(kind, made), EVERY_MS).unref();
      const made: Kind = { sum: null, report, timer };
      kinds.set(kind, made);
      report(sum);
    },
    close() {
      for (const { sum, report, timer } of kinds.values()) {
        clearInterval(timer);
        if (sum !== null) report(sum);
      }
      kinds.clear();
    },
  };
}
