/** `status`: one instance: its webhook and events, what its client does, and who holds it. */

import { createClient } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { withExisting } from '../listener/claim.ts';
import { isHeld } from '../listener/dead.ts';
import { holdsToken, type JournalEntry } from '../listener/journal.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { jsonLine, safeText } from '../platform/safe-text.ts';
import { credentialFor } from '../settings/trust.ts';
import { styleFor } from '../views/style.ts';
import { chooseInstance } from './choose-instance.ts';
import { type Deps, globalOptions, parseOptions, settingsOf } from './deps.ts';
import { proxyEnv } from './listen-api.ts';

/** How an instance stands to a listener of this machine. */
type Takeover = 'none' | 'running' | 'dead';

/** Shows an instance. Returns 0; throws what the vendor's API gives. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(globalOptions, raw);
  const settings = await settingsOf(options, io);
  const { folder, journal } = await chooseInstance(settings);
  const instanceId = settings.instanceId?.value ?? journal?.instanceId;
  if (instanceId === undefined || instanceId === 'simulator') throw noApi();
  const api =
    settings.instanceId === null && journal !== null
      ? { value: journal.apiUrl, source: journal.apiUrlSource }
      : settings.apiUrl;
  const client = createClient({
    apiUrl: api.value,
    apiToken: credentialFor(settings.apiToken, settings.apiTokenUrl, api),
    tokenName: settings.apiToken?.name ?? '',
    env: proxyEnv(io),
  });
  try {
    const instance = await client.getInstance(instanceId).catch(async (error: unknown) => {
      throw await withExisting(error, client);
    });
    const status = await client.clientStatus(instanceId);
    const { webhook } = instance;
    const ours = journal !== null && holdsToken(webhook.url, journal.pathToken);
    const takeover: Takeover =
      journal === null ? 'none' : (await isHeld({ folder, name: '' })) ? 'running' : 'dead';
    if (options.json) {
      const url = webhook.url && maskUrl(webhook.url);
      const facts = { instanceId, name: instance.name, state: status.state, takeover };
      io.stdout.write(`${jsonLine({ ...facts, webhook: { url, events: webhook.events } })}\n`);
      return 0;
    }
    const style = styleFor(io, io.stdout, options.color);
    const name = instance.name === null ? '' : ` (${safeText(instance.name, 60)})`;
    const rows: [string, string][] = [
      ['instance', `${instanceId}${name}`],
      ['client', safeText(status.state ?? 'unknown', 60)],
      ['webhook', webhook.url === null ? 'none' : maskUrl(webhook.url)],
      ['events', webhook.events.map((event) => safeText(event, 60)).join(', ') || 'none'],
      ['takeover', inWords(takeover, journal, ours)],
    ];
    for (const [label, value] of rows) io.stdout.write(`${style.dim(label.padEnd(9))} ${value}\n`);
    return 0;
  } finally {
    await client.close();
  }
}

function inWords(takeover: Takeover, journal: JournalEntry | null, ours: boolean): string {
  if (journal === null || takeover === 'none') return 'none: no listener of this machine holds it';
  const { pid, host, since, original } = journal;
  const before = original.url === null ? 'none' : maskUrl(original.url);
  const holds = ours ? '' : ', but somebody else has set another webhook since';
  return takeover === 'running'
    ? `process ${pid} on ${host} since ${since}${holds}; before it: ${before}`
    : `left behind by a listener that died (${since})${holds}; before it: ${before}`;
}

function noApi(): CliError {
  return new CliError('usage', 'which_instance', 'Which instance of the vendor is meant?', {
    hint: 'Name it with -i. The simulator inside listen --simulate is reached by its listener only.',
  });
}
