/** `instances`: lists the instances of an API token. */

import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { styleFor } from '../../views/style.ts';
import { apiAccess, openClient } from '../shared/api-access.ts';
import { type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';
import { eventsText, urlText, webhookJson } from '../shared/instance-text.ts';

/** Lists the instances. Returns 0. Throws what {@link apiAccess} and the vendor's API give. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(globalOptions, raw);
  const settings = await settingsOf(options, io);
  const client = openClient(apiAccess(settings, io, settings.apiUrl));
  try {
    const instances = await client.listInstances();
    if (options.json) {
      for (const { id, name, webhook } of instances) {
        const facts = { instanceId: id, name, webhook: webhookJson(webhook) };
        io.stdout.write(`${jsonLine(facts)}\n`);
      }
      return 0;
    }
    if (instances.length === 0 && !options.quiet) {
      io.stderr.write('This API token has no instance yet. Create one in your account.\n');
    }
    const style = styleFor(io, io.stdout, options.color);
    const rows = instances.map(({ id, name, webhook }) => [
      safeText(id, 64),
      safeText(name ?? '', 40),
      webhook.url === null ? 'no webhook' : urlText(webhook.url),
      safeText(eventsText(webhook.events), 200),
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
