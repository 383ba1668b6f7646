/** `subscriptions`: lists all events, and marks those that an instance is subscribed to. */

import { EVENTS } from '../../eazewa/events.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { styleFor } from '../../views/style.ts';
import { type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';
import { webhookJson } from '../shared/instance-text.ts';
import { openInstance } from './access.ts';
import { noWebhookUrl } from './no-webhook-url.ts';

/** Lists the events of the vendor, and any others that the instance has. Returns 0. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(globalOptions, raw);
  const instance = await openInstance(await settingsOf(options, io), io, options);
  try {
    const { instanceId, own, webhook, held } = await instance.read();
    if (options.json) {
      const now = { events: webhook.events };
      io.stdout.write(`${jsonLine({ instanceId, webhook: webhookJson(own), now })}\n`);
      return 0;
    }
    const style = styleFor(io, io.stdout, options.color);
    const has = new Set(own.events);
    const names = new Set([...Object.keys(EVENTS), ...own.events, ...webhook.events]);
    const wide = Math.max(...[...names].map((name) => Math.min(name.length, 40)));
    for (const name of names) {
      const mark = has.has(name) ? style.green('✓') : style.dim('-');
      const said = EVENTS[name]?.description ?? "not in the vendor's list";
      const only = held && !has.has(name) && webhook.events.includes(name);
      const note = only ? ' (only while the listener runs)' : '';
      io.stdout.write(`${mark} ${safeText(name, 40).padEnd(wide)}  ${style.dim(said + note)}\n`);
    }
    if (own.url === null && !options.quiet) {
      io.stderr.write(noWebhookUrl(held, options));
    }
    return 0;
  } finally {
    await instance.close();
  }
}
