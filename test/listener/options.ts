/** The options of a listener in tests; without the test runner, for processes of their own. */

import type { ListenerOptions } from '../../src/listener/options.ts';
import type { ClaimOptions } from '../../src/takeover/options.ts';

/** What a test says of each group; the rest stays as the builder has it. */
export type Overrides = {
  readonly [Group in Exclude<
    keyof ListenerOptions,
    'ingress'
  >]?: ListenerOptions[Group] extends object
    ? Partial<ListenerOptions[Group]>
    : ListenerOptions[Group];
} & { readonly ingress?: ListenerOptions['ingress'] };

/** Options for a listener of instance 33 at this API, with state in this folder. */
export function listenerOptions(
  apiUrl: string,
  apiToken: string,
  folder: string,
  parts: Overrides = {},
): ListenerOptions {
  return {
    instance: { id: '33', folder, restoreCommand: 'eazewa-hooks restore -i 33', ...parts.instance },
    api: {
      apiUrl,
      apiUrlSource: 'flag',
      apiToken,
      tokenName: 'EAZEWA_API_TOKEN',
      proxyEnv: {},
      ...parts.api,
    },
    state: { journal: true, history: true, ...parts.state },
    receiver: { port: 0, pathToken: null, ...parts.receiver },
    webhookSecret: parts.webhookSecret ?? null,
    ingress: parts.ingress ?? { kind: 'none' },
    takeover: {
      events: null,
      ignoreEvents: [],
      replace: null,
      protectedInstance: false,
      tee: false,
      sideBySide: false,
      ownWebhookPath: null,
      ...parts.takeover,
    },
    guard: parts.guard ?? false,
    forwarding: {
      targets: [],
      only: null,
      headers: [],
      timeoutMs: 60_000,
      insecure: false,
      ...parts.forwarding,
    },
    feed: { bodies: 'none', printSecret: true, ...parts.feed },
    limits: { forMs: null, maxEvents: null, ...parts.limits },
    recover: parts.recover ?? false,
  };
}

/** How instance 33 may be claimed. */
export function claimOptions(parts: Partial<ClaimOptions> = {}): ClaimOptions {
  return { instanceId: '33', ...listenerOptions('', '', '', { takeover: parts }).takeover };
}
