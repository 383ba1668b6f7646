/** A receiver that proves the loop, an edge before it, and a watched tunnel between the two. */

import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ngrokTunnel } from '../../src/tunnel/ngrok.ts';
import type { NgrokOptions } from '../../src/tunnel/ngrok-options.ts';
import { createProofs, PROOF_PATH } from '../../src/tunnel/proofs.ts';
import { createProver } from '../../src/tunnel/prove.ts';
import {
  type TunnelNews,
  type Watched,
  type WatchOptions,
  watchTunnel,
} from '../../src/tunnel/watchdog.ts';
import type { NgrokEdge } from '../support/ngrok-edge/edge.ts';

/** As it is built: Node 20 runs no TypeScript. */
const SESSION = new URL('../../dist/ngrok-session.js', import.meta.url);

export interface Rig {
  readonly port: number;
  readonly news: TunnelNews[];
  readonly failures: string[];
  readonly moves: string[];
  /** Whether a proof gets the right answer. */
  honest: boolean;
  /** Method and size of each proof that has arrived. */
  readonly proofs: string[];
  ngrok(parts?: Partial<NgrokOptions>): NgrokOptions;
  /** Opens a tunnel to the edge, watched; it is kept up from then on. */
  watch(parts?: Partial<WatchOptions>): Promise<Watched>;
  clean(): Promise<void>;
}

/** `now` is the clock of everything that is watched. */
export async function startRig(edge: NgrokEdge, now: () => number = Date.now): Promise<Rig> {
  const watched: Watched[] = [];
  const proofs = createProofs(randomBytes);
  const server: Server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    if (!url.startsWith(PROOF_PATH)) return void response.end();
    rig.proofs.push(`${method} ${request.headers['content-length'] ?? 0}`);
    const arrival = proofs.claim(method, url.slice(PROOF_PATH.length));
    if (rig.honest) arrival?.receive(request, response);
    else response.end('something else');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const rig: Rig = {
    port,
    news: [],
    failures: [],
    moves: [],
    honest: true,
    proofs: [],
    ngrok: (parts) => ({
      authtoken: 'an-authtoken',
      domain: null,
      server: edge.server,
      ca: edge.ca,
      ...parts,
    }),
    async watch(parts) {
      const open = ngrokTunnel(rig.ngrok(), SESSION);
      const tunnel = await watchTunnel({
        open: (opening) => open(port, opening),
        prove: createProver({
          ...{ proofs, random: randomBytes, show: (url) => url },
          localUrl: `http://127.0.0.1:${port}`,
        }),
        say: (news) => rig.news.push(news),
        failing: ({ message }) => rig.failures.push(message),
        now,
        signal: new AbortController().signal,
        backOffMs: [50],
        ...parts,
      });
      watched.push(tunnel);
      tunnel.start(async (url) => {
        rig.moves.push(url);
      });
      return tunnel;
    },
    async clean() {
      await Promise.all(watched.map((tunnel) => tunnel.stop()));
      server.closeAllConnections();
      server.close();
    },
  };
  return rig;
}
