/** A vendor, an edge and a place: everything that `listen` needs for an ngrok tunnel of its own. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type NgrokEdge, startNgrokEdge } from './ngrok-edge/edge.ts';
import { BIN, type Place, type Program } from './program.ts';
import { place } from './resources.ts';
import { startVendor, type Vendor } from './vendor.ts';

export interface EdgePlace {
  readonly place: Place;
  readonly vendor: Vendor;
  readonly edge: NgrokEdge;
  /** The file with the edge's certificate. */
  readonly ca: string;
  /** The command line of `listen` with these arguments, for a terminal. */
  command(args?: readonly string[]): { file: string; args: string[] };
  /** Starts `listen` for instance 33 through the edge, with `--json`. */
  listen(args?: readonly string[]): Program;
}

/** The instance's original webhook. Nothing listens on its url. */
export const ORIGINAL = { url: 'http://127.0.0.1:9/original', events: ['message'] };

/** Starts vendor and edge, closed at the end of the test. */
export async function edgePlace(options?: { mostStreams?: number }): Promise<EdgePlace> {
  const here = place();
  const [vendor, edge] = await Promise.all([
    startVendor(here, { url: ORIGINAL.url }),
    startNgrokEdge(options),
  ]);
  onTestFinished(() => edge.close());
  const ca = join(here.cwd, 'ca.pem');
  writeFileSync(ca, edge.ca);
  const command = (args: readonly string[] = []) => [
    ...['listen', '--api-url', vendor.apiUrl, '-i', '33'],
    ...['--ngrok-server', edge.server, '--ngrok-ca', ca, ...args],
  ];
  return {
    place: here,
    vendor,
    edge,
    ca,
    command: (args) => ({ file: process.execPath, args: [BIN, ...command(args)] }),
    listen: (args) => here.run([...command(args), '--json'], vendor.env),
  };
}
