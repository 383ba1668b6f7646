/** The control socket of a running listener: the same user's other commands send it requests. */

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError } from '../errors.ts';
import { removeDurably, writeDurably } from '../platform/durable-file.ts';
import { plain } from '../platform/plain-error.ts';
import { addressPath, CONTROL_VERSION, question, type Reply, readLines } from './wire.ts';

const MOST_CONNECTIONS = 32;
/** How much a client may leave unread before its connection is cut, in bytes. */
const MOST_UNREAD = 64 * 1024 * 1024;
const REQUEST_MS = 10_000;
/** Longest path of a socket, in bytes: macOS allows 104, Linux 108. */
const LONGEST_PATH = 100;

/** Answers a request. Posted entries go to the client in order, before the result. */
export type Answer = (
  request: unknown,
  post: (entry: unknown) => void,
  signal: AbortSignal,
) => Promise<unknown>;

/**
 * Opens the control socket of the listener that holds the instance with this folder. A request whose
 * client is gone is aborted; `close` aborts all. Throws the system's error when there is no socket.
 */
export async function openControl(
  folder: string,
  instanceId: string,
  answer: Answer,
): Promise<{ close(): Promise<void> }> {
  const path = await socketPath(folder);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, answer);
  });
  server.maxConnections = MOST_CONNECTIONS;
  // A crashed listener leaves its socket behind.
  if (!isPipe(path)) await rm(path, { force: true });
  await listening(server, path);
  try {
    // The folder is closed to other users already; the socket is closed as well.
    if (!isPipe(path)) await chmod(path, 0o600);
    await writeDurably(addressPath(folder), `${JSON.stringify({ path, instanceId })}\n`);
  } catch (error) {
    server.close();
    throw error;
  }
  let closed: Promise<void> | null = null;
  const close = async () => {
    const over = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await over;
    if (!isPipe(path) && dirname(path) !== folder)
      await rm(dirname(path), { recursive: true, force: true });
    await removeDurably(addressPath(folder));
  };
  return {
    close() {
      closed ??= close();
      return closed;
    },
  };
}

async function socketPath(folder: string): Promise<string> {
  // A pipe has a name that cannot be guessed: nobody else can have made it before.
  if (process.platform === 'win32') {
    return `\\\\.\\pipe\\eazewa-hooks-${randomBytes(16).toString('hex')}`;
  }
  const path = join(folder, 'control.sock');
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  return join(await mkdtemp(join(tmpdir(), 'eazewa-hooks-')), 'control.sock');
}

function isPipe(path: string): boolean {
  return path.startsWith('\\\\.\\pipe\\');
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
}

/** One connection: its request, then entries, then the result. */
function serve(socket: Socket, answer: Answer): void {
  const gone = new AbortController();
  const say = (message: Reply) => {
    if (socket.destroyed) return;
    if (socket.writableLength > MOST_UNREAD) socket.destroy();
    else socket.write(`${JSON.stringify(message)}\n`);
  };
  const idle = setTimeout(() => socket.destroy(), REQUEST_MS);
  socket.on('error', () => {});
  socket.on('close', () => {
    clearTimeout(idle);
    gone.abort();
  });
  let asked = false;
  readLines(socket, (text) => {
    if (asked) socket.destroy();
    if (asked) return;
    asked = true;
    clearTimeout(idle);
    const respond = async () =>
      answer(requestIn(text), (entry) => say({ type: 'entry', entry }), gone.signal);
    respond()
      .then((result) => say({ type: 'done', result }))
      .catch((error: unknown) => {
        // Another process has no use for our stack.
        const { stack: _, ...told } = plain(error);
        say({ type: 'failed', error: told });
      })
      .finally(() => socket.end());
  });
}

function requestIn(text: string): unknown {
  const { v, request } = question.parse(JSON.parse(text));
  if (v === CONTROL_VERSION) return request;
  throw new CliError('usage', 'other_version', 'The running listener is of another version', {
    hint: 'Stop the listener, and start it again with this version.',
  });
}
