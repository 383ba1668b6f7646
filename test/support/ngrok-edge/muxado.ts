/** Muxado: many streams over one connection, as the agent speaks it (8-byte frame header, 256 KiB of credit a stream). */

import { Duplex } from 'node:stream';

const TYPE = { reset: 0, data: 1, credit: 2, goAway: 3 } as const;
const FIN = 1;
const SYN = 2;
const CREDIT = 256 * 1024;
const LONGEST_FRAME = 64 * 1024;
/** Nobody has a stream of this id: what is said to it is ignored. */
const NO_STREAM = 0x7ffffffe;

export interface Muxado {
  /** Opens a stream; the other side hears of it with the first bytes. */
  open(): Duplex;
  /** Says that there will be nothing more. */
  goAway(): void;
  /** Neither reads nor writes any more; the connection stays. */
  freeze(): void;
}

interface Stream {
  readonly duplex: Duplex;
  arrived(data: Buffer): void;
  ended(): void;
  /** May send so many bytes more. */
  granted(bytes: number): void;
}

/** Speaks muxado over a connection; `accept` gets each stream that the other side opens. */
export function speakMuxado(connection: Duplex, accept: (stream: Duplex) => void): Muxado {
  const streams = new Map<number, Stream>();
  let frozen = false;
  let nextId = 2;
  let unread: Buffer = Buffer.alloc(0);
  let wrote = false;

  const send = (type: number, flags: number, id: number, body: Buffer) => {
    if (frozen || connection.destroyed || !connection.writable) return;
    const head = Buffer.alloc(8);
    head.writeUIntBE(body.length, 0, 3);
    head.writeUInt8((type << 4) | flags, 3);
    head.writeUInt32BE(id, 4);
    connection.write(Buffer.concat([head, body]));
    wrote = true;
  };

  const make = (id: number, begun: boolean): Stream => {
    const stream = createStream(id, begun, send, () => streams.delete(id));
    streams.set(id, stream);
    return stream;
  };

  const frame = (type: number, flags: number, id: number, body: Buffer) => {
    let stream = streams.get(id);
    if (type === TYPE.data && (flags & SYN) !== 0) {
      stream = make(id, true);
      accept(stream.duplex);
    }
    if (type === TYPE.data) {
      // Also for a stream that is gone: the other side would wait for its credit for ever.
      if (body.length > 0) send(TYPE.credit, 0, id, u32(body.length));
      stream?.arrived(body);
      if ((flags & FIN) !== 0) stream?.ended();
    } else if (type === TYPE.credit) stream?.granted(body.readUInt32BE());
    else if (type === TYPE.reset) stream?.duplex.destroy();
  };

  connection.on('data', (chunk: Buffer) => {
    if (frozen) return;
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    wrote = false;
    while (unread.length >= 8) {
      const length = unread.readUIntBE(0, 3);
      if (unread.length < 8 + length) break;
      const kind = unread.readUInt8(3);
      const id = unread.readUInt32BE(4);
      const body = unread.subarray(8, 8 + length);
      unread = unread.subarray(8 + length);
      frame(kind >> 4, kind & 0xf, id, body);
    }
    // The agent waits for the acknowledgement of what it sent before it sends more (Nagle); an
    // empty answer takes that along at once, where the system would leave it for 40 ms.
    if (!wrote) send(TYPE.credit, 0, NO_STREAM, u32(0));
  });
  connection.on('close', () => {
    for (const { duplex } of streams.values()) duplex.destroy();
  });

  return {
    open() {
      const id = nextId;
      nextId += 2;
      return make(id, false).duplex;
    },
    goAway: () => send(TYPE.goAway, 0, 0, Buffer.alloc(8)),
    freeze() {
      frozen = true;
    },
  };
}

function createStream(
  id: number,
  begun: boolean,
  send: (type: number, flags: number, id: number, body: Buffer) => void,
  gone: () => void,
): Stream {
  let credit = CREDIT;
  let opened = begun;
  let waiting: { data: Buffer; done: () => void } | null = null;
  let ends = 0;

  const pump = () => {
    while (waiting !== null && credit > 0) {
      const part = waiting.data.subarray(0, Math.min(credit, LONGEST_FRAME));
      credit -= part.length;
      send(TYPE.data, opened ? 0 : SYN, id, part);
      opened = true;
      waiting.data = waiting.data.subarray(part.length);
      if (waiting.data.length > 0) continue;
      const { done } = waiting;
      waiting = null;
      done();
    }
  };
  const end = () => {
    if (++ends === 2) gone();
  };
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    send(TYPE.data, FIN, id, Buffer.alloc(0));
    end();
  };

  const duplex = new Duplex({
    read() {},
    // Head and body of a request as one frame.
    writev(chunks, done) {
      waiting = { data: Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done };
      pump();
    },
    final(done) {
      close();
      done();
    },
    // With FIN, not RST: the agent keeps a stream that was reset.
    destroy(error, done) {
      close();
      done(error);
    },
  });
  // Whoever reads is told by the end of the stream.
  duplex.on('error', () => {});
  return {
    duplex,
    arrived(data) {
      if (data.length > 0 && !duplex.destroyed) duplex.push(data);
    },
    ended() {
      if (!duplex.destroyed) duplex.push(null);
      end();
    },
    granted(bytes) {
      credit += bytes;
      pump();
    },
  };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
