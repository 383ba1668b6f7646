/** Folders, apps, places and servers that vitest closes at the end of the test. Also for `beforeEach`. */

import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startApp } from './app.ts';
import { place as makePlace, type Place } from './program.ts';

/** A new folder, removed at the end of the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eazewa-hooks-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** {@link startApp} by a short name. `app(() => {})` never answers. */
export const app = startApp;

/** A {@link Place} for the built program, cleaned at the end of the test. */
export function place(): Place {
  const made = makePlace();
  onTestFinished(() => made.clean());
  return made;
}

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const { port, close } = await startApp();
  await close();
  return port;
}

/** A url that nothing listens on. */
export async function closedUrl(): Promise<string> {
  return `http://127.0.0.1:${await closedPort()}`;
}

export interface TcpServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** A bare TCP server, for behaviour that an HTTP server does not have. */
export async function tcpServer(onSocket: (socket: Socket) => void = () => {}): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, close };
}
