/** No tunnel: the vendor is on this machine and calls the receiver itself. */

import type { OpenTunnel } from './tunnel.ts';

/** The receiver's own address. */
export const noTunnel: OpenTunnel = async (localPort) => ({
  url: `http://127.0.0.1:${localPort}`,
  close: async () => {},
});
