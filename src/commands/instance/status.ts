/** `status`: prints an instance's webhook and events, the state of its client, and which listener holds it. */

import { localTime } from '../../platform/local-time.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { styleFor } from '../../views/style.ts';
import { type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';
import { guardSummaryIn } from '../shared/guard-summary.ts';
import { eventsText, urlText, webhookJson } from '../shared/instance-text.ts';
import { type InstanceNow, openInstance } from './access.ts';

/** Shows an instance. Returns 0. Throws what {@link openInstance} and the vendor's API give. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(globalOptions, raw);
  const settings = await settingsOf(options, io);
  const instance = await openInstance(settings, io, options);
  try {
    const now = await instance.read();
    const { instanceId, name, state, webhook } = now;
    if (options.json) {
      const beside = now.sideBySide ? { sideBySide: true } : {};
      const facts = { instanceId, name, state, takeover: now.holder, ...beside };
      io.stdout.write(`${jsonLine({ ...facts, webhook: webhookJson(webhook) })}\n`);
      return 0;
    }
    const style = styleFor(io, io.stdout, options.color);
    const called = name === null ? '' : ` (${safeText(name, 60)})`;
    const rows: [string, string][] = [
      ['instance', `${safeText(instanceId, 64)}${called}`],
      ['client', safeText(state ?? 'unknown', 60)],
      ['webhook', urlText(webhook.url)],
      ['events', eventsText(webhook.events, 'none')],
      ['takeover', inWords(now)],
    ];
    for (const [label, value] of rows) io.stdout.write(`${style.dim(label.padEnd(9))} ${value}\n`);
    if (options.quiet) return 0;
    const guard = await guardSummaryIn(instance.folder, io.now());
    if (guard !== null) io.stdout.write(`${style.dim('guard'.padEnd(9))} ${guard}\n`);
    return 0;
  } finally {
    await instance.close();
  }
}

function inWords({ holder, journal, held, own, sideBySide }: InstanceNow): string {
  if (holder === 'none') return 'no listener of this machine holds this instance';
  const holds = held || sideBySide ? '' : ', but the webhook was changed elsewhere since';
  const time = journal === null ? null : localTime(journal.since);
  const since = time === null ? '' : ` since ${time}`;
  const before = sideBySide
    ? 'with a side-by-side subscription; the webhook is untouched'
    : `original webhook: ${urlText((journal?.original ?? own).url)}`;
  if (holder === 'crashed') {
    const started = time === null ? '' : ` (started ${time})`;
    return `left behind by a crashed listener${started}${holds}; ${before}`;
  }
  const who = journal === null ? 'a listener' : `process ${journal.pid} on ${journal.host}`;
  return `${who}${since}${holds}; ${before}`;
}
