/** The error type that users see, and the exit codes (the source of docs/exit-codes.md). */

/** Every exit code with its meaning. Scripts may branch on them, so a meaning never changes. */
export const EXIT = {
  ok: {
    code: 0,
    means: 'success; also a listener that one signal stopped and that restored the webhook',
  },
  unexpected: { code: 1, means: 'unexpected: a bug or an unforeseen failure' },
  usage: { code: 2, means: 'wrong usage or settings, or the answer no to a question' },
  auth: { code: 10, means: 'not authenticated, or not allowed' },
  notFound: {
    code: 12,
    means: 'no such instance, event or fixture, or an ambiguous id',
  },
  state: { code: 13, means: 'the state folder cannot be used' },
  rateLimited: { code: 14, means: 'rate limited by the vendor' },
  vendor: {
    code: 15,
    means: 'the vendor is unreachable, fails, or answers 200 with an error inside',
  },
  target: { code: 16, means: 'the target is unreachable or did not answer' },
  tunnel: { code: 17, means: 'the tunnel failed, or the public url does not bring webhooks here' },
  busy: { code: 18, means: 'another listener on this machine holds the instance' },
  notRestored: {
    code: 20,
    means:
      'the webhook was not restored, or a second signal left that to the guard; the message has the command that restores it',
  },
  expectation: {
    code: 21,
    means: 'an expectation failed: your app answered `replay --fail` with another status than 2xx',
  },
  hangup: {
    code: 129,
    means:
      'stopped by SIGHUP before the end; for a listener that holds an instance without a guard, SIGHUP was its third signal',
  },
  interrupt: {
    code: 130,
    means:
      'stopped by SIGINT before the end; for a listener that holds an instance without a guard, SIGINT was its third signal',
  },
  terminate: {
    code: 143,
    means:
      'stopped by SIGTERM before the end; for a listener that holds an instance without a guard, SIGTERM was its third signal',
  },
} as const;

/** The name of an exit code: a key of {@link EXIT}. */
export type ExitName = keyof typeof EXIT;

/** Optional details of a {@link CliError}. */
export interface CliErrorDetails {
  /** What the user can do: a sentence, if possible with the command. */
  readonly hint?: string;
  /** The cause, for `--debug`. */
  readonly cause?: unknown;
  /** Data for callers that act on the error. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * A failure that the user can act on. `code` is stable and machine-readable (`api_token_refused`),
 * `exit` names the process's exit code. Messages never contain a secret.
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

/** The message of whatever was thrown. Without the text that `JSON.parse` quotes: it may hold a secret. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof SyntaxError) return thrown.message.replace(QUOTED_JSON, '$1 in JSON');
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The stack of an error, which begins with {@link messageOf} it. */
export function stackOf(error: Error): string | undefined {
  return error.stack?.replace(error.message, () => messageOf(error));
}

const QUOTED_JSON = /^(Unexpected token .{1,4}?), .* is not valid JSON$/su;

/** Whether a `CliError` was caused by an error of the system with this code, such as `ENOENT`. */
export function isCausedBy(error: unknown, code: string): boolean {
  const cause = error instanceof CliError ? error.cause : null;
  return (cause as NodeJS.ErrnoException | null)?.code === code;
}
