/** `instances`: the instances that an API token has. */

import { createClient } from '../../eazewa/client.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { styleFor } from '../../views/style.ts';
import { apiAccess } from '../shared/api-access.ts';
import { type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';

/** Lists them. Returns 0; throws what the vendor's API gives. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(globalOptions, raw);
  const settings = await settingsOf(options, io);
  const access = apiAccess(settings, io, settings.apiUrl);
  const client = createClient({ ...access, env: access.proxyEnv });
  try {
    const instances = await client.listInstances();
    if (options.json) {
      for (const { id, name, webhook } of instances) {
        const url = webhook.url && maskUrl(webhook.url);
        const facts = { instanceId: id, name, webhook: { url, events: webhook.events } };
        io.stdout.write(`${jsonLine(facts)}\n`);
      }
      return 0;
    }
    if (instances.length === 0 && !options.quiet) {
      io.stderr.write('This API token has no instance yet: create one in your account.\n');
    }
    const style = styleFor(io, io.stdout, options.color);
    const rows = instances.map(({ id, name, webhook }) => [
      safeText(id, 64),
      safeText(name ?? '', 40),
      webhook.url === null ? 'no webhook' : maskUrl(webhook.url),
      safeText(webhook.events.join(', '), 200) || 'no events',
    ]);
    const widths = [0, 1].map((at) => Math.max(0, ...rows.map((row) => row[at]?.length ?? 0)));
    for (const [id = '', name = '', url = '', events = ''] of rows) {
      const line = `${id.padEnd(widths[0] ?? 0)}  ${name.padEnd(widths[1] ?? 0)}  ${url}`;
      io.stdout.write(`${line}  ${style.dim(events)}\n`);
    }
    return 0;
  } finally {
    await client.close();
  }
}
