/** What is said over a control socket: one request a connection, JSON lines both ways. */

import type { Socket } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';
import { plainError } from '../platform/plain-error.ts';

/** The version of what is said; a listener of another one says so. */
export const CONTROL_VERSION = 1;
/** A scenario with media in it, as base64. */
const LONGEST_LINE = 128 * 1024 * 1024;

/** Where a listener's socket is (on Windows a pipe has no place among the files), and whose it is. */
export const address = z.object({ path: z.string(), instanceId: z.string() });

/** What a client says. */
export const question = z.object({ v: z.number(), request: z.unknown() });

/** What a listener says: entries as they come, then the end. */
export const reply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('entry'), entry: z.unknown() }),
  z.object({ type: z.literal('done'), result: z.unknown() }),
  z.object({ type: z.literal('failed'), error: plainError }),
]);

export type Reply = z.infer<typeof reply>;

/** The file with the {@link address} of the listener that holds the instance with this folder. */
export function addressPath(folder: string): string {
  return join(folder, 'control.json');
}

/** Hands over each whole line; a line without an end is cut off with its connection. */
export function readLines(socket: Socket, take: (text: string) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      chunks.push(rest.subarray(0, end));
      const text = Buffer.concat(chunks).toString('utf8');
      chunks = [];
      size = 0;
      rest = rest.subarray(end + 1);
      take(text);
    }
    size += rest.length;
    if (size > LONGEST_LINE) socket.destroy();
    else if (rest.length > 0) chunks.push(rest);
  });
}
