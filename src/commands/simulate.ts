/** `simulate`: the simulator on its own, until it is told to stop. */

import * as z from 'zod';
import { parseEventNames } from '../eazewa/events.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type Deps, globalOptions, list, parseOptions, port } from './deps.ts';

const schema = globalOptions.extend({
  port: port.default(0),
  instance: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'letters, digits, _ and - only')
    .default('33'),
  // A header carries it: printable ASCII without a space.
  apiToken: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'printable characters without a space only')
    .optional(),
  scenario: z.string().default('morning'),
  speed: z.coerce.number().positive().max(1000).default(1),
  webhook: z
    .url({
      protocol: /^https?$/,
      hostname: /^(localhost|\[::1\]|127[\d.]+)$/,
      error: 'the simulator delivers to an http url of this machine only',
    })
    .optional(),
  events: list.default(['message']),
});

/**
 * Runs a simulator until it is told to stop; returns the exit code. Throws usage errors for options
 * that are not valid or a port that is taken, `no_such_fixture` for an unknown scenario.
 */
export async function run(raw: unknown, { io, signals }: Deps): Promise<number> {
  const options = parseOptions(schema, raw);
  const { stop } = signals();
  const apiToken = options.apiToken ?? io.random(16).toString('hex');
  const simulator = await startSimulator({
    port: options.port,
    apiToken,
    instances: [
      {
        id: options.instance,
        webhook: { url: options.webhook ?? null, events: parseEventNames(options.events) },
      },
    ],
    scenario: options.scenario === 'none' ? null : options.scenario,
    speed: options.speed,
    random: io.random,
    now: io.now,
    ...(options.quiet ? {} : { log: (line: string) => void io.stderr.write(`${line}\n`) }),
  });
  try {
    // A token that was given is not shown again; one that was made up must be.
    const shown = options.apiToken === undefined ? apiToken : null;
    io.stdout.write(
      options.json
        ? jsonLine(simulator, options.instance, shown)
        : directions(simulator, options.instance, shown),
    );
    await aborted(stop);
  } finally {
    await simulator.close();
  }
  return 0;
}

function jsonLine({ apiUrl, port: bound }: Simulator, instanceId: string, apiToken: string | null) {
  const token = apiToken === null ? {} : { apiToken };
  return `${JSON.stringify({ type: 'simulator', apiUrl, instanceId, port: bound, ...token })}\n`;
}

function directions(
  { apiUrl, port: bound }: Simulator,
  instanceId: string,
  apiToken: string | null,
) {
  const token = apiToken ?? '$EAZEWA_API_TOKEN';
  const quote = apiToken === null ? '"' : "'";
  return `The simulator answers at ${apiUrl}; stop it with Ctrl-C
  listen to it:   EAZEWA_API_TOKEN=${token} eazewa-hooks listen 3000 --api-url ${apiUrl} -i ${instanceId}
  send an event:  curl http://127.0.0.1:${bound}/_simulator/emit -H ${quote}Authorization: Bearer ${token}${quote} -H 'Content-Type: application/json' -d '{"fixture":"message.chat"}'
`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
