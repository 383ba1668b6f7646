/** `subscribe` and `unsubscribe`: change the events of an instance permanently, and print what changed. */

import * as z from 'zod';
import type { EventsChange } from '../../control/protocol.ts';
import type { Webhook } from '../../eazewa/client.ts';
import { EVENTS, parseEventNames, splitList } from '../../eazewa/events.ts';
import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { changed } from '../../takeover/change.ts';
import { refuseProtected } from '../shared/consent.ts';
import { type Deps, globalOptions, list, parseOptions, settingsOf } from '../shared/deps.ts';
import { eventsText, instanceText, webhookJson } from '../shared/instance-text.ts';
import { type InstanceNow, openInstance } from './access.ts';
import { noWebhookUrl } from './no-webhook-url.ts';

const schema = globalOptions.extend({
  event: list,
  all: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  allowUnknown: z.boolean().default(false),
});
type Options = z.infer<typeof schema>;

/** Subscribes to events. Returns 0. Throws `unknown_event` (usage), which names the nearest. */
export function subscribe(raw: unknown, deps: Deps): Promise<number> {
  return run('subscribe', raw, deps, (options) => ({
    add: options.all ? Object.keys(EVENTS) : known(options),
    remove: [],
  }));
}

/** Unsubscribes from events. Returns 0. Throws `unknown_event` (usage) for a name that neither the vendor nor the instance has. */
export function unsubscribe(raw: unknown, deps: Deps): Promise<number> {
  return run('unsubscribe', raw, deps, (options, { own }) => {
    if (options.all) return { add: [], remove: own.events };
    const typed = splitList(options.event);
    const has = new Set(own.events);
    return {
      add: [],
      remove: [
        ...typed.filter((name) => has.has(name)),
        ...known(options, (name) => !has.has(name)),
      ],
    };
  });
}

function known({ event, allowUnknown }: Options, wanted = (_: string) => true): string[] {
  return parseEventNames(splitList(event).filter(wanted), { allowUnknown });
}

async function run(
  verb: 'subscribe' | 'unsubscribe',
  raw: unknown,
  { io }: Deps,
  plan: (options: Options, now: InstanceNow) => EventsChange,
): Promise<number> {
  const options = parseOptions(schema, raw);
  if (options.all === splitList(options.event).length > 0) throw whichEvents(verb, options);
  const settings = await settingsOf(options, io);
  const instance = await openInstance(settings, io, options);
  try {
    const now = await instance.read();
    const events = plan(options, now);
    if (!options.dryRun) refuseProtected(settings, now.instanceId);
    const done = options.dryRun
      ? { before: now.own, after: changed(now.own, { events }), held: now.held }
      : await instance.change({ events });
    report(io, options, { ...now, held: done.held }, done);
    return 0;
  } finally {
    await instance.close();
  }
}

function report(
  io: Io,
  options: Options,
  { instanceId, name, holder, held, sideBySide }: InstanceNow,
  { before, after }: { readonly before: Webhook; readonly after: Webhook },
): void {
  const added = after.events.filter((event) => !before.events.includes(event));
  const removed = before.events.filter((event) => !after.events.includes(event));
  const { dryRun } = options;
  if (options.json) {
    const facts = { instanceId, added, removed, dryRun, webhook: webhookJson(after) };
    io.stdout.write(`${jsonLine(facts)}\n`);
  } else {
    const who = instanceText(instanceId, name);
    const what = [...added.map((event) => `+ ${event}`), ...removed.map((event) => `- ${event}`)];
    const would = dryRun ? ' would change' : '';
    const lines =
      what.length === 0
        ? [`${who}: nothing to change`]
        : [`${who}${would}: ${safeText(what.join(', '), 1000)}`];
    const subscribed = eventsText(after.events, 'nothing');
    io.stdout.write(`${[...lines, `  subscribed to: ${subscribed}`].join('\n')}\n`);
  }
  if (options.quiet) return;
  if (held && holder === 'running' && !dryRun) {
    io.stderr.write('  The change applies to the running listener too, and stays when it stops.\n');
  }
  if (held && holder === 'crashed' && !dryRun) {
    io.stderr.write('  The change applies after: eazewa-hooks restore\n');
  }
  if (sideBySide && holder === 'running' && !dryRun) {
    io.stderr.write('  The running listener keeps its own subscription, side by side.\n');
  }
  if (after.url === null) {
    io.stderr.write(noWebhookUrl(held, options));
  }
}

function whichEvents(verb: string, { all }: Options): CliError {
  const message = all ? '--all cannot be used with names of events' : 'No event is named';
  return new CliError('usage', 'which_events', message, {
    hint: `Name the events (eazewa-hooks ${verb} message message_ack), or use --all alone.`,
  });
}
