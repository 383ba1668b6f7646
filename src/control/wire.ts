/** The messages on a control socket: one request per connection, JSON lines both ways. */

import type { Socket } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';
import { shownText } from '../feed/shown-text.ts';
import { plainError } from '../platform/plain-error.ts';

/** The version of the messages; a listener refuses requests of another version. */
export const CONTROL_VERSION = 2;
/** Enough for a scenario with media as base64, in bytes. */
const LONGEST_LINE = 128 * 1024 * 1024;

/** The path of a listener's socket (on Windows a pipe, outside of the file system), and its instance. */
export const address = z.object({ path: z.string(), instanceId: shownText });

/** A client's message. */
export const question = z.object({ v: z.number(), request: z.unknown() });

/** A listener's messages: entries as they come, then the end. */
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

/** Hands over each whole line. A line that is too long ends the connection. */
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
