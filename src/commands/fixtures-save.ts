/** `fixtures save`: an event of history as a fixture of the project; so far only with all that is in it. */

import { basename } from 'node:path';
import * as z from 'zod';
import { CliError } from '../errors.ts';
import type { EventEntry } from '../feed.ts';
import { projectFolder } from '../fixtures/folders.ts';
import { saveFixture } from '../fixtures/save.ts';
import { eventEntryOf } from '../history/entries.ts';
import { findEvent } from '../history/find.ts';
import type { StoredEvent } from '../history/history.ts';
import { openHistory } from '../history/sqlite.ts';
import type { Io } from '../platform/io.ts';
import { jsonLine, safeText } from '../platform/safe-text.ts';
import { writeDrained } from '../platform/terminal.ts';
import { chooseInstance, historyOf } from './choose-instance.ts';
import { asTyped, type Deps, globalOptions, parseOptions, settingsOf } from './deps.ts';

const schema = globalOptions.extend({
  id: z.string(),
  as: z.string(),
  unredacted: z.boolean().default(false),
});

type SaveCommand = z.infer<typeof schema>;

/**
 * Saves one event. Returns 0. Throws `redaction_missing` (usage) without `--unredacted`,
 * `no_such_event`, `ambiguous_id`, `body_dropped`, and what `saveFixture` throws.
 */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const command = parseOptions(schema, raw);
  if (!command.unredacted) throw redactionMissing(command);
  const stored = await eventOf(command, io);
  const about = eventEntryOf(stored, 'none');
  await writeDrained(io.stderr, warning(about));
  const file = await saveFixture({
    folder: projectFolder(io.cwd),
    name: command.as,
    body: new TextDecoder().decode(stored.body),
    about,
  });
  const name = basename(file, '.json');
  const saved = { type: 'fixture', name, event: stored.event, file, eventId: stored.id };
  await writeDrained(io.stdout, `${command.json ? jsonLine(saved) : safeText(file)}\n`);
  return 0;
}

async function eventOf(command: SaveCommand, io: Io): Promise<StoredEvent> {
  const chosen = await chooseInstance(await settingsOf(command, io));
  const history = await openHistory(historyOf(chosen), { mustExist: true, busyTimeoutMs: 2000 });
  try {
    const event = findEvent(history, command.id);
    if (!event.bodyDropped) return event;
    throw new CliError('notFound', 'body_dropped', `The body of ${event.id} is not kept any more`, {
      hint: 'Bodies over 256 kB are kept for 24 hours; there is nothing left to save.',
    });
  } finally {
    history.close();
  }
}

/** What will be in the file, said before it is there. */
function warning({ id, event, size, summary }: EventEntry): string {
  const what = [id, safeText(event, 60), `${size} bytes`].join(', ');
  return [
    `Saving as it came, not redacted: ${what}`,
    ...(summary === '' ? [] : [`  ${summary}`]),
    '  The file will hold every real phone number, name, text, id and media that is in it.',
    '  Keep it out of a repository, a ticket or a chat that others can read.',
    '',
  ].join('\n');
}

function redactionMissing(command: SaveCommand): CliError {
  const again = `eazewa-hooks fixtures save ${command.id} --as ${command.as}${asTyped(command)}`;
  return new CliError(
    'usage',
    'redaction_missing',
    'Nothing was saved: redaction does not exist yet, so the file would hold real phone numbers, names and texts',
    { hint: `If you want it as it came: ${safeText(again, 300)} --unredacted` },
  );
}
