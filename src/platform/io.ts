/** `Io`: everything outside the program in one value, which tests replace. */

import { randomBytes } from 'node:crypto';
import { inForeground } from './job-control.ts';
import { takeSecrets } from './secret-env.ts';

/** A writable text stream. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  once(event: 'drain', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/** The outside world as one value, built once in `src/cli.ts`. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory, absolute. */
  readonly cwd: string;
  /** Whether the terminal may be read and its modes set: not by a background job of a shell. */
  inForeground(): boolean;
  /** Milliseconds since 1970. */
  now(): number;
  /** `size` bytes of cryptographic randomness. */
  random(size: number): Buffer;
}

/** The streams, environment and clock of this process. Child processes then inherit no secret. */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: takeSecrets(process.env),
    cwd: process.cwd(),
    inForeground,
    now: Date.now,
    random: randomBytes,
  };
}
