/** The connections of the receiver: how many there may be, which of them are idle, and which stalled in the middle of a request. */

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Allowance, Share } from './room.ts';

/** How long a body may go without a byte, and how long a request's head may take, in ms. */
const STALLED_MS = 15_000;
/** A connection counts as idle after this long: the request of a new one may be on its way. */
const IDLE_FROM_MS = 1000;
const SWEEP_MS = 1000;

/** A connection, with its requests. */
export interface Connection extends Allowance {
  readonly socket: Socket;
  /** Requests that have no answer yet. */
  open: number;
  /** The newest request: only its body can be incomplete. */
  newest: IncomingMessage | null;
  /** The share of the newest body. */
  share: Share | null;
}

export interface Connections {
  of(socket: Socket): Connection;
  began(connection: Connection, request: IncomingMessage): void;
  /** A request was answered, or its client is gone. */
  ended(connection: Connection): void;
  close(): void;
}

export interface ConnectionOptions {
  /** The most at one time. One more closes the one that is idle for longest; where none is, it is closed itself. */
  readonly most: number;
  /** Called when idle connections were closed, or a new one. */
  readonly closed: (cause: 'idle' | 'too-many' | 'too-slow', count: number) => void;
}

interface Tracked extends Connection {
  /** When the connection became idle, by `performance.now()`. */
  idleSince: number;
  /** When the request that is coming in last made progress. */
  movedAt: number;
  /** Bytes read at the last sweep. */
  seen: number;
  /** Bytes read up to the end of the last request; null where that is not known yet. */
  read: number | null;
}

/** Follows the connections of a server. */
export function followConnections(server: Server, options: ConnectionOptions): Connections {
  const all = new Map<Socket, Tracked>();
  /** Those without a request, idle for longest first. */
  const idle = new Set<Tracked>();

  const remove = (connection: Tracked) => {
    all.delete(connection.socket);
    idle.delete(connection);
  };
  const makeRoom = () => {
    if (all.size < options.most) return true;
    const from = performance.now() - IDLE_FROM_MS;
    for (const connection of idle) {
      if (connection.idleSince > from) return false;
      if (isArriving(connection)) continue;
      remove(connection);
      connection.socket.destroy();
      options.closed('idle', 1);
      return true;
    }
    return false;
  };
  server.on('connection', (socket) => {
    // A client may send any number of requests ahead, and each waits for the end of its connection.
    socket.setMaxListeners(0);
    if (!makeRoom()) {
      socket.destroy();
      return options.closed('too-many', 1);
    }
    const connection = track(socket);
    all.set(socket, connection);
    idle.add(connection);
    socket.once('close', () => remove(connection));
  });

  // One sweep a second instead of a timer for each request: nearly all are answered in milliseconds.
  const sweep = () => {
    const now = performance.now();
    const stalled = [...all.values()].filter((connection) => isStalled(connection, now));
    for (const { socket } of stalled) socket.destroy();
    // A request that was refused has its answer; only the rest of its body did not come.
    // So has one that this end closed.
    const unanswered = stalled.filter(
      ({ newest, open, socket }) =>
        !socket.writableEnded && (open > 0 || newest?.complete !== false),
    );
    if (unanswered.length > 0) options.closed('too-slow', unanswered.length);
  };
  const timer = setInterval(sweep, SWEEP_MS).unref();

  return {
    of: (socket) => all.get(socket) ?? track(socket),
    began(connection, request) {
      connection.open++;
      connection.newest = request;
      idle.delete(connection as Tracked);
    },
    ended(connection) {
      connection.open--;
      const tracked = all.get(connection.socket);
      if (tracked === undefined || tracked.open > 0) return;
      tracked.read = tracked.newest?.complete === false ? null : tracked.socket.bytesRead;
      tracked.idleSince = performance.now();
      idle.add(tracked);
    },
    close: () => clearInterval(timer),
  };
}

/** Whether a request of this connection is still coming in. */
export function isArriving(connection: Connection): boolean {
  const { newest, open, socket } = connection;
  if (newest !== null && !newest.complete) return true;
  const { read } = connection as Tracked;
  return open === 0 && read !== null && socket.bytesRead > read;
}

function track(socket: Socket): Tracked {
  const now = performance.now();
  const none = { open: 0, newest: null, share: null, small: 0 };
  return { socket, ...none, idleSince: now, movedAt: now, seen: 0, read: 0 };
}

function isStalled(connection: Tracked, now: number): boolean {
  const { newest, share, socket, seen } = connection;
  const bytes = socket.bytesRead;
  const isBody = newest !== null && !newest.complete;
  connection.seen = bytes;
  if (connection.read === null && !isBody) connection.read = bytes;
  const moves = isBody && (bytes !== seen || share?.isWaiting() === true);
  if (moves || !isArriving(connection)) connection.movedAt = now;
  return now - connection.movedAt >= STALLED_MS;
}
