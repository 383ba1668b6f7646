/**
 * The connections to targets. An app may close an idle connection just when a request is written to it.
 * Nobody knows then what the app read, and nothing is sent twice. So a connection carries a second
 * request only if that request waited when the answer ended, and only to an app that was seen to leave
 * an idle connection open.
 */

import type { Socket } from 'node:net';
import { type DialOptions, dial } from './dial.ts';

export interface ConnectionsOptions extends DialOptions {
  /** The most connections that carry requests to one origin; unlimited by default. */
  readonly connections?: number;
  /** How long an app must leave an idle connection open before others are used again, in ms. */
  readonly probeMs?: number;
}

/** Takes an open connection, or why there is none. */
type Taker = (error: Error | null, socket: Socket | null) => void;

/** The connections of one deliverer. */
export interface Connections {
  /** Calls `take` once with a connection to the url's host; the result closes it or gives up the wait. */
  open(url: URL, take: Taker): () => void;
  /** Takes back a connection when its answer ended. `isWaitedFor`: another request is about to need it. */
  giveBack(url: URL, socket: Socket, isWaitedFor: boolean): void;
  /** A request had no answer because its connection ended: none is used again for this host. */
  distrust(url: URL): void;
  /** Closes all of them. */
  close(): void;
}

/** Much longer than the few ms after which some apps close one, also on a busy machine. */
const PROBE_MS = 1000;
/** How long a connection stays open for the request that is about to need it, in ms. */
const HELD_MS = 50;
/** Origins that are remembered. */
const MOST_PLACES = 1000;

/** What is known of one origin. */
interface Place {
  /** `steady`: the app left an idle connection open for `probeMs`. `never`: it has closed one. */
  idle: 'unknown' | 'steady' | 'never';
  /** Whether an idle connection is open to show that; no request is written to it. */
  isProbed: boolean;
  /** Connections with a request, and those being opened. */
  readonly used: Set<Socket>;
  /** Connections for requests that are about to come. */
  readonly held: { readonly socket: Socket; readonly wake: () => void }[];
  /** Requests above the most connections. */
  readonly queue: Set<() => void>;
}

/** Makes connections; none is open at first. */
export function createConnections(options: ConnectionsOptions): Connections {
  const { connections: most = Number.POSITIVE_INFINITY, probeMs = PROBE_MS } = options;
  const places = new Map<string, Place>();
  const all = new Set<Socket>();
  let isClosed = false;

  function placeOf({ origin }: URL): Place {
    const known = places.get(origin);
    if (known !== undefined) return known;
    for (const [old, { used, queue }] of places) {
      if (places.size < MOST_PLACES) break;
      if (used.size + queue.size === 0) places.delete(old);
    }
    const made: Place = {
      idle: 'unknown',
      isProbed: false,
      used: new Set(),
      held: [],
      queue: new Set(),
    };
    places.set(origin, made);
    return made;
  }

  function startNext(place: Place): void {
    for (const start of place.queue) {
      if (place.used.size >= most) return;
      place.queue.delete(start);
      start();
    }
  }

  function connect(url: URL, place: Place, take: Taker): Socket {
    const socket = dial(url, options, (error) => {
      take(error, error === null ? socket : null);
    });
    // A request listens for itself; without one, an error of a connection is of no interest.
    socket.on('error', () => {});
    all.add(socket);
    place.used.add(socket);
    socket.once('close', () => {
      all.delete(socket);
      place.used.delete(socket);
      startNext(place);
    });
    return socket;
  }

  return {
    open(url, take) {
      const place = placeOf(url);
      let cancel = () => void place.queue.delete(start);
      const start = () => {
        cancel = () => {};
        if (isClosed) return take(new Error('the program stops'), null);
        const held = place.held.pop();
        if (held === undefined) {
          const socket = connect(url, place, take);
          cancel = () => void socket.destroy();
        } else {
          cancel = () => void held.socket.destroy();
          held.wake();
          place.used.add(held.socket);
          take(null, held.socket);
        }
      };
      if (place.used.size < most) start();
      else place.queue.add(start);
      return () => cancel();
    },
    giveBack(url, socket, isWaitedFor) {
      const place = placeOf(url);
      place.used.delete(socket);
      // Bytes after its answer, or the end of the connection, came with the answer.
      if (socket.destroyed || socket.readableEnded) {
        place.idle = 'never';
        socket.destroy();
      } else if (place.idle === 'steady' && (isWaitedFor || place.queue.size > 0)) {
        const wake = rest(socket, HELD_MS, (isOpen) => {
          place.held.splice(place.held.indexOf(held), 1);
          if (!isOpen) place.idle = 'never';
          socket.destroy();
        });
        const held = { socket, wake };
        place.held.push(held);
      } else if (place.isProbed || place.idle === 'never') {
        socket.destroy();
      } else {
        place.isProbed = true;
        rest(socket, probeMs, (isOpen) => {
          place.isProbed = false;
          if (place.idle !== 'never') place.idle = isOpen ? 'steady' : 'never';
          socket.destroy();
        });
      }
      startNext(place);
    },
    distrust(url) {
      placeOf(url).idle = 'never';
    },
    close() {
      isClosed = true;
      for (const socket of all) socket.destroy();
    },
  };
}

/** Leaves a connection idle for `ms`, then tells whether the app left it open; the result ends that. */
function rest(socket: Socket, ms: number, over: (isOpen: boolean) => void): () => void {
  const wake = () => {
    clearTimeout(timer);
    clearImmediate(check);
    // What arrives now belongs to no request.
    for (const event of ['close', 'end', 'data']) socket.off(event, closed);
  };
  const end = (isOpen: boolean) => {
    wake();
    over(isOpen);
  };
  const closed = () => end(false);
  // Timers come before the network: after a busy time the app may have closed it long ago.
  let check: NodeJS.Immediate | undefined;
  const look = (then: () => void) => {
    check = setImmediate(then);
  };
  const timer = setTimeout(() => look(() => look(() => end(true))), ms);
  for (const event of ['close', 'end', 'data']) socket.on(event, closed);
  return wake;
}
