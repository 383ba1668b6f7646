/** Requests that Node's HTTP parser refuses: what is answered, and what is reported. */

import type { Socket } from 'node:net';
import { type Connection, isArriving } from './connections.ts';

/** What became of a malformed request. `status` is null where it got no answer, so that the vendor sends it again. */
export interface Malformed {
  readonly status: 400 | 413 | 431 | null;
  readonly reason: string;
}

/** The errors of the parser that have an answer of their own. */
const ANSWERS: Readonly<Record<string, Malformed>> = {
  HPE_HEADER_OVERFLOW: { status: 431, reason: 'headers over 32 KiB' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, reason: 'chunk extensions over 16 KiB' },
};

const BROKE_OFF: Malformed = { status: null, reason: 'the request broke off' };

/** Judges an error of a connection; null where the connection broke off between two requests. */
export function judge(error: Error, connection: Connection): Malformed | null {
  const { code = '', reason } = error as NodeJS.ErrnoException & { reason?: unknown };
  if (code === 'HPE_INVALID_EOF_STATE') return BROKE_OFF;
  if (!code.startsWith('HPE_')) return isArriving(connection) ? BROKE_OFF : null;
  const why = typeof reason === 'string' && reason !== '' ? `: ${reason}` : '';
  const answer = ANSWERS[code] ?? { status: 400 as const, reason: `malformed HTTP${why}` };
  return mayAnswer(connection) ? answer : { ...answer, status: null };
}

/** Writes the answer of a malformed request, if any, and ends the connection. */
export function endMalformed(socket: Socket, status: Malformed['status']): void {
  if (status === null || !socket.writable) return void socket.destroy();
  socket.end(`HTTP/1.1 ${status} ${PHRASES[status]}\r\nConnection: close\r\n\r\n`);
}

const PHRASES = {
  400: 'Bad Request',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
} as const;

/** Whether an answer written now is that of the malformed request, and not of one before it. */
function mayAnswer({ newest, open, socket }: Connection): boolean {
  return socket.writable && open === (newest === null || newest.complete ? 0 : 1);
}
