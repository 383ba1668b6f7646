/** The options of a listener in tests; without the test runner, for processes of their own. */

import type { ListenerOptions } from '../../src/listener/options.ts';

/** Options for a listener of instance 33 at this API, with state in this folder. */
export function listenerOptions(
  apiUrl: string,
  apiToken: string,
  folder: string,
  parts: Partial<ListenerOptions> = {},
): ListenerOptions {
  return {
    api: {
      apiUrl,
      apiUrlSource: 'flag',
      apiToken,
      tokenName: 'EAZEWA_API_TOKEN',
      proxyEnv: {},
    },
    instanceId: '33',
    folder,
    keepJournal: true,
    keepHistory: true,
    targets: [],
    headers: [],
    only: null,
    events: null,
    ignoreEvents: [],
    receiverPort: 0,
    ingress: { kind: 'none' },
    pathToken: null,
    replace: null,
    protectedInstance: false,
    tee: false,
    sideBySide: false,
    guard: false,
    ownWebhookPath: null,
    restoreCommand: 'eazewa-hooks restore -i 33',
    insecure: false,
    timeoutMs: 60_000,
    bodies: 'none',
    printSecret: true,
    maxEvents: null,
    recover: false,
    forMs: null,
    ...parts,
  };
}
