/** Reaches a running listener from another command, over its control socket. */

import { lstat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type * as z from 'zod';
import { CliError } from '../errors.ts';
import { readIfThere } from '../platform/durable-file.ts';
import { revive } from '../platform/plain-error.ts';
import { type AnswerTo, answers, type Request } from './protocol.ts';
import { address, addressPath, CONTROL_VERSION, readLines, reply } from './wire.ts';

/**
 * Asks the listener that holds the instance with this folder; null when none can be reached. `take`
 * gets each entry that comes before the answer. Throws what the listener throws, `listener_gone` (busy)
 * when it ends before it answers, and the signal's reason.
 */
export async function askListener<R extends Request>(
  folder: string,
  request: R,
  { take = () => {}, signal }: { take?: (entry: unknown) => void; signal?: AbortSignal } = {},
): Promise<AnswerTo<R['action']> | null> {
  const found = await addressIn(folder);
  const socket = found === null ? null : await connected(found.path);
  if (socket === null) return null;
  const leave = () => socket.destroy();
  signal?.addEventListener('abort', leave, { once: true });
  if (signal?.aborted) leave();
  try {
    const answer = await new Promise<unknown>((resolve, reject) => {
      socket.on('close', () => reject(signal?.aborted ? signal.reason : listenerGone()));
      socket.on('error', () => {});
      readLines(socket, (text) => {
        try {
          const said = reply.parse(JSON.parse(text));
          if (said.type === 'entry') take(said.entry);
          else if (said.type === 'done') resolve(answers[request.action].parse(said.result));
          else reject(revive(said.error));
        } catch (error) {
          reject(error);
        }
      });
      socket.write(`${JSON.stringify({ v: CONTROL_VERSION, request })}\n`);
    });
    return answer as AnswerTo<R['action']>;
  } finally {
    signal?.removeEventListener('abort', leave);
    socket.destroy();
  }
}

/** Whether a listener with this folder answers at this moment. */
export async function isReachable(folder: string): Promise<boolean> {
  const found = await addressIn(folder);
  const socket = found === null ? null : await connected(found.path).catch(() => null);
  socket?.destroy();
  return socket !== null;
}

/** The id of the instance that the last listener with this folder held; null where there was none. */
export async function heldInstance(folder: string): Promise<string | null> {
  return (await addressIn(folder))?.instanceId ?? null;
}

async function addressIn(folder: string): Promise<z.infer<typeof address> | null> {
  const text = await readIfThere(addressPath(folder), 4096);
  if (text === null) return null;
  try {
    return address.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A connection, or null where nobody listens: a killed listener leaves its address behind. */
async function connected(path: string): Promise<Socket | null> {
  if (!(await isOurs(path))) return null;
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
    const failed = (error: NodeJS.ErrnoException) => {
      const nobody = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(error.code ?? '');
      if (nobody) resolve(null);
      else reject(unreachable(error));
    };
    socket.once('error', failed);
  });
}

/** Whether the socket's folder is still ours: another user may have made one since. Pipes have no folder. */
async function isOurs(path: string): Promise<boolean> {
  if (process.getuid === undefined) return true;
  const folder = await lstat(dirname(path)).catch(() => null);
  return folder !== null && folder.uid === process.getuid() && (folder.mode & 0o077) === 0;
}

function listenerGone(): CliError {
  return new CliError('busy', 'listener_gone', 'The listener ended before it answered', {
    hint: "Look at the listener's terminal, then run: eazewa-hooks status",
  });
}

function unreachable(cause: NodeJS.ErrnoException): CliError {
  const message = `The running listener cannot be reached (${cause.code ?? cause.message})`;
  return new CliError('state', 'listener_unreachable', message, { cause });
}
