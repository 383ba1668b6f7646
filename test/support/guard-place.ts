/** A place for tests of the guard: a vendor, and listeners that hold its instance. */

import type { Place, Program } from './program.ts';
import { place } from './resources.ts';
import { until } from './until.ts';
import { startVendor, type Vendor } from './vendor.ts';

export interface GuardPlace {
  readonly here: Place;
  readonly vendor: Vendor;
  /** Starts `listen` for instance 33 with `--json`, and waits until it is ready. */
  listen(...args: string[]): Promise<Program>;
  /** Resolves when the instance has its original webhook. */
  restored(): Promise<unknown>;
}

/** The instance's original webhook. Nothing listens on its url. */
export const ORIGINAL = { url: 'http://127.0.0.1:9/old', events: ['message'] };

/** Starts a vendor, closed at the end of the test. */
export async function guardPlace(): Promise<GuardPlace> {
  const here = place();
  const vendor = await startVendor(here, { url: ORIGINAL.url });
  return {
    here,
    vendor,
    async listen(...args) {
      const listener = here.run(['listen', ...vendor.args, '--json', ...args], vendor.env);
      await listener.entry('ready');
      return listener;
    },
    restored: () =>
      until(
        async () => (await vendor.webhook()).url === ORIGINAL.url,
        'the webhook to be the original',
      ),
  };
}
