/** A receiver that proves the loop, an edge before it, and a watched tunnel between the two. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ngrokTunnel } from '../../src/tunnel/ngrok.ts';
import type { NgrokOptions } from '../../src/tunnel/ngrok-options.ts';
import { proveLoop } from '../../src/tunnel/prove.ts';
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
  /** Whether a probe gets the right answer. */
  honest: boolean;
  /** Probes that have arrived. */
  proofs: number;
  ngrok(parts?: Partial<NgrokOptions>): NgrokOptions;
  /** Opens a tunnel to the edge, watched; it is kept up from then on. */
  watch(parts?: Partial<WatchOptions>): Promise<Watched>;
  clean(): Promise<void>;
}

/** `now` is the clock of everything that is watched. */
export async function startRig(edge: NgrokEdge, now: () => number = Date.now): Promise<Rig> {
  const watched: Watched[] = [];
  const server: Server = createServer((request, response) => {
    if (request.url !== '/') rig.proofs++;
    response.end(rig.honest ? `proof of ${request.url}` : 'something else');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let nonce = 0;
  const rig: Rig = {
    port,
    news: [],
    failures: [],
    moves: [],
    honest: true,
    proofs: 0,
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
        prove: (url, timeoutMs, signal) => {
          nonce++;
          return proveLoop({
            url: `${url}/${nonce}`,
            expected: `proof of /${nonce}`,
            shown: url,
            localUrl: `http://127.0.0.1:${port}`,
            timeoutMs,
            signal,
          });
        },
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
