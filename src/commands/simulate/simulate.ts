/** `simulate`: runs the simulator on its own until it is stopped. */

import * as z from 'zod';
import { parseEventNames, splitList } from '../../eazewa/events.ts';
import { resolveSettings } from '../../settings/settings.ts';
import { MOST_INSTANCES } from '../../simulator/instances.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { parseSwitches } from '../../simulator/switches.ts';
import { type Deps, globalOptions, list, parseOptions, port } from '../shared/deps.ts';

const schema = globalOptions.extend({
  port: port.default(0),
  instance: list.transform(instanceIds).pipe(
    z
      .array(z.string().regex(/^[\w-]{1,64}$/, 'up to 64 letters, digits, _ and - only'))
      .min(1, 'name an instance')
      .max(MOST_INSTANCES, `at most ${MOST_INSTANCES}`),
  ),
  // The token is sent in a header: printable ASCII without spaces.
  apiToken: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'only printable ASCII characters without spaces')
    .optional(),
  scenario: z.string().default('morning'),
  speed: z.coerce.number().positive().max(1000).default(1),
  webhook: z
    .url({
      protocol: /^https?$/,
      hostname: /^(localhost|\[::1\]|127[\d.]+)$/,
      error: 'the simulator only delivers to urls of this machine',
    })
    .optional(),
  events: list.default(['message']).transform((typed) => parseEventNames(typed)),
  sign: z.string().optional(),
  switch: list,
});

function instanceIds(typed: readonly string[]): string[] {
  return typed.length === 0 ? ['33'] : [...new Set(splitList(typed))];
}

/**
 * Runs a simulator until it is stopped. Returns 0. Throws usage errors for an invalid option or a port
 * in use, `unknown_event`, `unknown_switch`, `invalid_secret` and those of the settings' files, and
 * `no_such_fixture` for an unknown scenario.
 */
export async function run(raw: unknown, { io, signals }: Deps): Promise<number> {
  const options = parseOptions(schema, raw);
  const { sign, profile } = options;
  const { webhookSecret } = await resolveSettings({ sign, profile }, io);
  const { stop } = signals();
  const apiToken = options.apiToken ?? io.random(16).toString('hex');
  const webhook = { url: options.webhook ?? null, events: options.events };
  const simulator = await startSimulator({
    port: options.port,
    apiToken,
    instances: options.instance.map((id) => ({ id, webhook })),
    scenario: options.scenario === 'none' ? null : options.scenario,
    speed: options.speed,
    secret: webhookSecret?.value ?? null,
    switches: parseSwitches(options.switch),
    random: io.random,
    now: io.now,
    ...(options.quiet ? {} : { log: (line: string) => void io.stderr.write(`${line}\n`) }),
  });
  try {
    // A given token is never printed; a generated one must be.
    const shown = options.apiToken === undefined ? apiToken : null;
    io.stdout.write(
      options.json
        ? readyJson(simulator, options.instance, shown)
        : directions(simulator, options.instance, shown),
    );
    await aborted(stop);
  } finally {
    await simulator.close();
  }
  return 0;
}

function readyJson(
  { apiUrl, port: bound }: Simulator,
  instanceIds: readonly string[],
  apiToken: string | null,
) {
  const [instanceId] = instanceIds;
  const line = { type: 'simulator', apiUrl, instanceId, instanceIds, port: bound };
  return `${JSON.stringify(apiToken === null ? line : { ...line, apiToken })}\n`;
}

function directions(
  { apiUrl, port: bound }: Simulator,
  instanceIds: readonly string[],
  apiToken: string | null,
) {
  // Not a variable: in the user's shell it may hold the token of the real account.
  const token = apiToken ?? 'THE_API_TOKEN_YOU_GAVE';
  const quote = apiToken === null ? '"' : "'";
  const [first = ''] = instanceIds;
  const several = instanceIds.length > 1;
  // Without an instanceId an event goes to the first instance: with several, show where to change it.
  const event = { fixture: 'message.chat', ...(several && { instanceId: first }) };
  return `The simulator runs at ${apiUrl}; stop it with Ctrl-C
${several ? `  its instances:  ${instanceIds.join(', ')}\n` : ''}\
  listen to ${several ? 'one:' : 'it: '}  EAZEWA_API_TOKEN=${token} eazewa-hooks listen 3000 --api-url ${apiUrl} -i ${first}
  send an event:  curl http://127.0.0.1:${bound}/_simulator/emit -H ${quote}Authorization: Bearer ${token}${quote} -H 'Content-Type: application/json' -d '${JSON.stringify(event)}'
`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
