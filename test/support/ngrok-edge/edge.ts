/**
 * A stand-in for ngrok's edge that the real SDK connects to: sessions, binds, heartbeats, proxied
 * connections, and the faults of a network. What it answers is imitated; nothing was compared with ngrok.
 */

import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { makeCertificates } from './certificates.ts';
import { type Answered, type Bound, type Endpoint, startEndpoint } from './endpoint.ts';
import { type Muxado, speakMuxado } from './muxado.ts';

/** The first four bytes of a stream say what it is for. */
const STREAM = { auth: 0, bind: 1, unbind: 2, proxied: 3, stopTunnel: 9, heartbeat: 0xffffffff };

/** A request of the agent's: the parts that tests look at. */
// biome-ignore lint/suspicious/noExplicitAny: looked into freely by tests
export type Asked = Record<string, any>;

export type Step = 'tls' | 'auth' | 'bind' | 'proxied';

export interface NgrokEdge {
  /** What `--ngrok-server` takes. */
  readonly server: string;
  /** What `--ngrok-ca` takes, once it is in a file: PEM. */
  readonly ca: string;
  /** The public url that is handed out now. */
  readonly url: string;
  /** Auth and Bind requests, and Unbinds, as they came. */
  readonly asked: readonly { readonly rpc: 'auth' | 'bind' | 'unbind'; readonly request: Asked }[];
  /** Requests that came to public urls, and their answers. */
  readonly answered: readonly Answered[];
  /** How many sessions there are. */
  readonly sessions: number;
  /** Whether a tunnel is bound that is not frozen. */
  readonly isBound: boolean;
  /** Refuses that step from now on; null accepts it again. */
  refuse(step: 'auth' | 'bind', why: { code: string; message: string } | null): void;
  /** Lets that step wait so long, in ms; Infinity for ever. */
  delay(step: Step, ms: number): void;
  /** Ends the sessions there are, by each way a network has. */
  drop(how: 'reset' | 'fin' | 'goaway' | 'freeze'): void;
  /** Ends them as soon as the next request is on its way: in the middle of it, when it has over 256 KiB. */
  dropDuringNext(how: 'reset' | 'fin' | 'goaway' | 'freeze'): void;
  /** Ends the sessions and takes no new ones; public urls answer 404. */
  down(): void;
  up(): Promise<void>;
  /** Stops the tunnels that are bound, as the dashboard can. */
  stopTunnels(): void;
  /** The next bind gets another url; the present one answers 404 from now on. */
  moveElsewhere(): Promise<void>;
  close(): Promise<void>;
}

interface Session {
  readonly socket: Socket;
  readonly muxado: Muxado;
  readonly bounds: Map<string, { readonly bound: Bound; readonly endpoint: Endpoint }>;
}

/** Starts an edge. `mostStreams`: connections into a tunnel at one time (NGROK.md §4: some 510 end the session). */
export async function startNgrokEdge({ mostStreams = 400 } = {}): Promise<NgrokEdge> {
  const { ca, cert, key } = makeCertificates();
  const secureContext = createSecureContext({ cert, key });
  const asked: { rpc: 'auth' | 'bind' | 'unbind'; request: Asked }[] = [];
  const answered: Answered[] = [];
  const refusals: Partial<Record<'auth' | 'bind', { code: string; message: string } | null>> = {};
  const delays: Record<Step, number> = { tls: 0, auth: 0, bind: 0, proxied: 0 };
  const sessions = new Set<Session>();
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const wait = (step: Step) =>
    new Promise<void>((resolve) => {
      const ms = delays[step];
      if (ms === 0) resolve();
      else if (ms !== Number.POSITIVE_INFINITY) timers.add(setTimeout(resolve, ms));
    });
  let begun = () => {};
  const newEndpoint = () =>
    startEndpoint({
      answered: (answer) => answered.push(answer),
      delay: () => wait('proxied'),
      begun: () => begun(),
      mostStreams,
    });
  const endpoints = [await newEndpoint()];
  const current = () => endpoints.at(-1) as Endpoint;

  const leave = (session: Session) => {
    sessions.delete(session);
    for (const { bound, endpoint } of session.bounds.values()) unbind(bound, endpoint);
  };
  const unbind = (bound: Bound, endpoint: Endpoint) => {
    if (endpoint.bound === bound) endpoint.bound = null;
    endpoint.cut(bound);
  };

  const auth = ({ ClientId, Extra }: Asked) => ({
    Version: '3',
    ClientId: ClientId || `ts_${newId()}`,
    Extra: {
      Version: '3',
      Region: 'stand-in',
      Cookie: Extra.Cookie || newId(),
      AccountName: 'nobody',
      SessionDuration: 0,
      PlanName: 'Free',
      Banner: '',
    },
    Error: '',
  });

  const bind = (session: Session, request: Asked) => {
    const endpoint = current();
    const there = endpoint.bound;
    if (there !== null && !there.dead && there.token !== request.Extra.Token) {
      return failure({
        code: 'ERR_NGROK_334',
        message: `The endpoint '${endpoint.url}' is already online.`,
      });
    }
    if (there !== null) unbind(there, endpoint);
    const bound: Bound = {
      id: request.Id || `tn_${newId()}`,
      token: request.Extra.Token || newId(),
      dead: false,
      connect(clientAddress) {
        const stream = session.muxado.open();
        stream.write(proxyHeader(bound.id, clientAddress));
        return stream;
      },
    };
    endpoint.bound = bound;
    session.bounds.set(bound.id, { bound, endpoint });
    return {
      Id: bound.id,
      URL: endpoint.url,
      Proto: request.Proto,
      Opts: { ...request.Opts, Hostname: new URL(endpoint.url).host },
      Extra: { Token: bound.token },
      Error: '',
    };
  };

  const answerRpc = async (session: Session, rpc: 'auth' | 'bind' | 'unbind', request: Asked) => {
    asked.push({ rpc, request });
    if (rpc === 'unbind') {
      const gone = session.bounds.get(request.Id);
      if (gone !== undefined) unbind(gone.bound, gone.endpoint);
      session.bounds.delete(request.Id);
      return { Extra: null, Error: '' };
    }
    await wait(rpc);
    const refusal = refusals[rpc];
    if (refusal) return failure(refusal);
    return rpc === 'auth' ? auth(request) : bind(session, request);
  };

  const serve = async (session: Session, stream: Duplex) => {
    const type = (await readExactly(stream, 4)).readUInt32BE();
    if (type === STREAM.heartbeat) return void stream.pipe(stream);
    const rpc = ({ 0: 'auth', 1: 'bind', 2: 'unbind' } as const)[type as 0 | 1 | 2];
    if (rpc === undefined) return void stream.destroy();
    stream.end(JSON.stringify(await answerRpc(session, rpc, await readJson(stream))));
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    socket.setNoDelay(true);
    wait('tls').then(() => {
      const connection = new TLSSocket(socket, { isServer: true, secureContext });
      connection.on('error', () => socket.destroy());
      const session: Session = {
        socket,
        bounds: new Map(),
        muxado: speakMuxado(connection, (stream) => {
          serve(session, stream).catch(() => stream.destroy());
        }),
      };
      sessions.add(session);
      connection.on('end', () => connection.end());
      connection.on('close', () => leave(session));
      socket.on('close', () => leave(session));
    });
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;

  const drop = (session: Session, how: 'reset' | 'fin' | 'goaway' | 'freeze') => {
    if (how === 'freeze') {
      session.muxado.freeze();
      for (const { bound } of session.bounds.values()) bound.dead = true;
      return;
    }
    if (how === 'goaway') session.muxado.goAway();
    leave(session);
    if (how === 'reset') session.socket.resetAndDestroy();
    else session.socket.end();
  };

  return {
    server: `127.0.0.1:${port}`,
    ca,
    get url() {
      return current().url;
    },
    asked,
    answered,
    get sessions() {
      return sessions.size;
    },
    get isBound() {
      const { bound } = current();
      return bound !== null && !bound.dead;
    },
    refuse(step, why) {
      refusals[step] = why;
    },
    delay(step, ms) {
      delays[step] = ms;
    },
    drop(how) {
      for (const session of [...sessions]) drop(session, how);
    },
    dropDuringNext(how) {
      begun = () => {
        begun = () => {};
        for (const session of [...sessions]) drop(session, how);
      };
    },
    down() {
      server.close();
      for (const session of [...sessions]) leave(session);
      for (const socket of sockets) socket.resetAndDestroy();
    },
    up: () => listen(port),
    stopTunnels() {
      for (const { muxado, bounds } of sessions) {
        for (const { bound, endpoint } of bounds.values()) {
          unbind(bound, endpoint);
          const stream = muxado.open();
          const order = { Id: bound.id, Message: 'stopped', ErrorCode: 'ERR_NGROK_3200' };
          stream.end(Buffer.concat([u32(STREAM.stopTunnel), Buffer.from(JSON.stringify(order))]));
        }
        bounds.clear();
      }
    },
    async moveElsewhere() {
      endpoints.push(await newEndpoint());
      for (const { bounds } of sessions) {
        for (const { bound, endpoint } of bounds.values()) unbind(bound, endpoint);
      }
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    },
  };
}

function failure({ code, message }: { code: string; message: string }): Asked {
  return { Error: `${message}\n\n${code}\n` };
}

function proxyHeader(id: string, clientAddress: string): Buffer {
  const json = Buffer.from(
    JSON.stringify({
      Id: id,
      ClientAddr: clientAddress,
      Proto: 'https',
      EdgeType: '0',
      PassthroughTLS: false,
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigInt64LE(BigInt(json.length));
  return Buffer.concat([u32(STREAM.proxied), length, json]);
}

/** Reads so many bytes; what came beyond them is put back. */
async function readExactly(stream: Duplex, size: number): Promise<Buffer> {
  let read: Buffer = Buffer.alloc(0);
  while (read.length < size) read = Buffer.concat([read, await next(stream)]);
  if (read.length > size) stream.unshift(read.subarray(size));
  return read.subarray(0, size);
}

/** Reads one JSON text; it has no length and no end, so it has ended when it can be parsed. */
async function readJson(stream: Duplex): Promise<Asked> {
  for (let text = ''; ; ) {
    text += (await next(stream)).toString();
    try {
      return JSON.parse(text);
    } catch {
      // There is more to come.
    }
  }
}

function next(stream: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const chunk = stream.read() as Buffer | null;
      if (chunk === null) return;
      done();
      resolve(chunk);
    };
    const gone = () => {
      done();
      reject(new Error('the stream ended'));
    };
    const done = () => stream.off('readable', look).off('end', gone).off('close', gone);
    stream.on('readable', look).on('end', gone).on('close', gone);
    look();
  });
}

function newId(): string {
  return randomBytes(9).toString('hex');
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
