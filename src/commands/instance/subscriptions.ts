/** `subscriptions`: the events that an instance is subscribed to, in words. */

import { EVENTS } from '../../eazewa/events.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { styleFor } from '../../views/style.ts';
import { asTyped, type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';
import { openInstance } from './access.ts';

/** Lists every event of the vendor's list, and those beyond it that the instance has. Returns 0. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(globalOptions, raw);
  const instance = await openInstance(await settingsOf(options, io), io);
  try {
    const { instanceId, own, webhook, held } = await instance.read();
    if (options.json) {
      const url = own.url && maskUrl(own.url);
      const now = { events: webhook.events };
      io.stdout.write(`${jsonLine({ instanceId, webhook: { url, events: own.events }, now })}\n`);
      return 0;
    }
    const style = styleFor(io, io.stdout, options.color);
    const has = new Set(own.events);
    const names = new Set([...Object.keys(EVENTS), ...own.events, ...webhook.events]);
    const wide = Math.max(...[...names].map((name) => Math.min(name.length, 40)));
    for (const name of names) {
      const mark = has.has(name) ? style.green('✓') : style.dim('-');
      const said = EVENTS[name]?.description ?? 'not in the list of the vendor';
      const only = held && !has.has(name) && webhook.events.includes(name);
      const note = only ? ' (only while the listener runs)' : '';
      io.stdout.write(`${mark} ${safeText(name, 40).padEnd(wide)}  ${style.dim(said + note)}\n`);
    }
    if (own.url === null && !options.quiet) {
      io.stderr.write(
        `! ${held ? 'When its listener ends it has' : 'It has'} no webhook url: nothing is sent until one is set.\n  Set one with: eazewa-hooks webhook set <url>${asTyped(options)}\n`,
      );
    }
    return 0;
  } finally {
    await instance.close();
  }
}
