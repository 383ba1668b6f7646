/** `webhook show`, `webhook set` and `webhook clear`: show and change an instance's own webhook. */

import * as z from 'zod';
import type { WebhookChange } from '../../control/protocol.ts';
import type { Webhook } from '../../eazewa/client.ts';
import { parseEventNames } from '../../eazewa/events.ts';
import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { changed } from '../../takeover/change.ts';
import { isListeners } from '../../takeover/consent.ts';
import { styleFor } from '../../views/style.ts';
import { consentTo, refuseProtected } from '../shared/consent.ts';
import { asTyped, type Deps, globalOptions, parseOptions, settingsOf } from '../shared/deps.ts';
import { eventsText, instanceText, urlText, webhookJson } from '../shared/instance-text.ts';
import { type InstanceNow, openInstance } from './access.ts';

const showOptions = globalOptions.extend({ printSecret: z.boolean().default(false) });
const replaceOptions = globalOptions.extend({ replace: z.string().optional() });
const setOptions = replaceOptions.extend({
  url: z.string().transform(webUrl),
  events: z
    .array(z.string())
    .transform((typed) => parseEventNames(typed))
    .optional(),
});

/** Shows an instance's own webhook, and says where a listener holds the instance. Returns 0. */
export async function show(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(showOptions, raw);
  const instance = await openInstance(await settingsOf(options, io), io, options);
  try {
    const { instanceId, own, holder, held } = await instance.read();
    const url = own.url && (options.printSecret ? own.url : maskUrl(own.url));
    if (options.json) {
      io.stdout.write(`${jsonLine({ instanceId, webhook: { url, events: own.events } })}\n`);
      return 0;
    }
    const style = styleFor(io, io.stdout, options.color);
    const rows = [
      ['webhook', safeText(url ?? 'none', 2000)],
      ['events', eventsText(own.events, 'none')],
    ] as const;
    for (const [label, value] of rows) io.stdout.write(`${style.dim(label.padEnd(9))} ${value}\n`);
    if (held && !options.quiet) {
      const whose = holder === 'running' ? 'A listener' : 'A crashed listener';
      io.stderr.write(`${whose} holds the instance; this webhook will be restored.\n`);
    }
    return 0;
  } finally {
    await instance.close();
  }
}

/** Sets an instance's webhook. Returns 0. Throws `foreign_webhook` (usage) without consent. */
export function set(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(setOptions, raw);
  const { url, events } = options;
  return replace(io, options, {
    url,
    ...(events === undefined ? {} : { events: { only: events } }),
  });
}

/** Removes an instance's webhook url; its events stay. Returns 0. Throws `foreign_webhook` (usage) without consent. */
export function clear(raw: unknown, { io }: Deps): Promise<number> {
  return replace(io, parseOptions(replaceOptions, raw), { url: null });
}

async function replace(
  io: Io,
  options: z.infer<typeof replaceOptions>,
  change: WebhookChange,
): Promise<number> {
  const settings = await settingsOf(options, io);
  const instance = await openInstance(settings, io, options);
  try {
    const now = await instance.read();
    const { instanceId, own, held } = now;
    refuseProtected(settings, instanceId);
    const wanted = changed(own, change);
    if (own.url !== wanted.url) {
      const question =
        wanted.url === null ? 'Remove it?' : `Replace it with ${maskUrl(wanted.url)}?`;
      const { input, replace: named = null } = options;
      const replacement = {
        instanceId,
        // Another listener's url is never restored: to name the own webhook instead needs no consent.
        current: held && isListeners(own.url) ? null : own.url,
        replace: named,
        question,
        noInput: !input,
      };
      await consentTo(replacement, io, new AbortController().signal);
    }
    const done = await instance.change({ ...change, from: own.url });
    // By now its guard may have restored the instance, or the first read was older.
    report(io, options, { ...now, held: done.held }, done.after);
    return 0;
  } finally {
    await instance.close();
  }
}

function report(
  io: Io,
  options: z.infer<typeof replaceOptions>,
  { instanceId, held, holder }: InstanceNow,
  after: Webhook,
): void {
  if (options.json) {
    // While a listener holds the instance, the change waits for its end.
    const facts = { instanceId, webhook: webhookJson(after), pending: held };
    io.stdout.write(`${jsonLine(facts)}\n`);
    return;
  }
  const webhook = `webhook ${urlText(after.url)} (${eventsText(after.events)})`;
  const when = !held
    ? `now has ${webhook}`
    : holder === 'running'
      ? `will have ${webhook} when its listener stops`
      : `will have ${webhook} after: eazewa-hooks restore`;
  io.stdout.write(`${instanceText(instanceId)} ${when}\n`);
  if (options.quiet || after.url === null || after.events.length > 0) return;
  io.stderr.write(
    `! The instance is subscribed to no events: the vendor sends nothing.\n  Subscribe with: eazewa-hooks subscribe message${asTyped(options)}\n`,
  );
}

function webUrl(typed: string): string {
  if (/^https?:\/\/[^/\\]/i.test(typed) && URL.canParse(typed)) return typed;
  throw new CliError('usage', 'not_a_webhook_url', `${maskUrl(typed)} is not a webhook url`, {
    hint: 'Give an http or https url that the vendor can reach, such as https://bot.example.com/hook.',
  });
}
