/** Mutants: the mends of the takeover, taken out one at a time when the explorer is built. */

/** One mend, and how it is taken out of its source. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** The text of the mend, which is there once. */
  readonly from: string;
  readonly to: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a release believes a read that shows the original',
    file: 'src/takeover/restore.ts',
    from: 'evidence.mayBeOurs && !evidence.isRestored && !isAnothers && entry.before === null;',
    to: 'false && evidence.mayBeOurs;',
  },
  {
    name: 'a request without an answer is forgotten',
    file: 'src/takeover/evidence.ts',
    from: 'Math.max(lagLeft, unsureLeft, doubtLeft())',
    to: 'Math.max(lagLeft, unsureLeft)',
  },
  {
    name: 'the journal does not know of a request without an answer',
    file: 'src/takeover/requests.ts',
    from: '{ doubtAt: new Date(now()).toISOString() }',
    to: "{ doubtAt: '' }",
  },
  {
    name: "the proof is written where another listener's webhook is found",
    file: 'src/takeover/replace.ts',
    from: 'if (!isProven(options)) return;',
    to: '',
  },
  {
    name: "another listener's url is recognised at tunnels only",
    file: 'src/takeover/consent.ts',
    from: '(hasPrefixedToken(url) || (',
    to: '(false || (',
  },
  {
    name: 'a guard whose state folder is gone gives up',
    file: 'src/takeover/guard/memory.ts',
    from: 'return isSettled ? null : known;',
    to: 'return isSettled ? null : null;',
  },
];
