/** The one error type a person gets to see, and the table of exit codes (docs/exit-codes.md is made from it). */

/** Every exit code, with what it means. Scripts may branch on these; they never change their meaning. */
export const EXIT = {
  ok: { code: 0, means: 'done; a listener that was stopped once and put everything back' },
  unexpected: { code: 1, means: 'unexpected: a bug, or a failure nobody foresaw' },
  usage: { code: 2, means: 'usage, settings, or a question that was answered with no' },
  auth: { code: 10, means: 'not authenticated or not allowed' },
  notFound: {
    code: 12,
    means: 'no such instance, event or fixture, or an id that fits several',
  },
  state: { code: 13, means: 'the state folder is unusable' },
  rateLimited: { code: 14, means: 'rate limited by the vendor' },
  vendor: {
    code: 15,
    means: 'the vendor is unreachable, failing, or answered 200 with an error inside',
  },
  target: { code: 16, means: 'the target is unreachable, or did not answer' },
  tunnel: { code: 17, means: 'the tunnel failed' },
  busy: { code: 18, means: 'another listener on this machine holds the instance' },
  notRestored: {
    code: 20,
    means: 'the webhook was not restored; the message names the command that does it',
  },
  hangup: {
    code: 129,
    means: 'stopped by SIGHUP before it was done; a listener only by a second one',
  },
  interrupt: {
    code: 130,
    means: 'stopped by SIGINT before it was done; a listener only by a second one',
  },
  terminate: {
    code: 143,
    means: 'stopped by SIGTERM before it was done; a listener only by a second one',
  },
} as const;

/** The name of an exit code: a key of {@link EXIT}. */
export type ExitName = keyof typeof EXIT;

/** What may be said beside the message of a {@link CliError}. */
export interface CliErrorDetails {
  /** What the person can do about it: a sentence, best with the command that fixes it. */
  readonly hint?: string;
  /** What caused it, for `--debug`. */
  readonly cause?: unknown;
  /** Facts that a caller needs to act on this error, as plain data. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * A failure that a person can act on. `code` is stable and machine-readable (`api_token_refused`),
 * `exit` names the process's exit code. Messages never hold a secret.
 */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly exit: ExitName;
  readonly hint: string | undefined;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;

  constructor(exit: ExitName, code: string, message: string, details: CliErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.exit = exit;
    this.code = code;
    this.hint = details.hint;
    this.facts = details.facts ?? {};
  }
}
