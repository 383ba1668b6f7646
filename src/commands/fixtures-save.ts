/** `fixtures save`: an event that was received becomes a fixture of the project. */

import * as z from 'zod';
import { CliError } from '../errors.ts';
import { saveFixture } from '../fixtures/save.ts';
import { findEvent } from '../history/find.ts';
import { openHistory } from '../history/sqlite.ts';
import { jsonLine, safeText } from '../platform/safe-text.ts';
import { writeDrained } from '../platform/terminal.ts';
import { chooseInstance, historyOf } from './choose-instance.ts';
import { asTyped, type Deps, globalOptions, parseOptions, settingsOf } from './deps.ts';

const schema = globalOptions.extend({
  id: z.string(),
  as: z.string(),
  unredacted: z.boolean().default(false),
});

/**
 * Saves one event. Returns 0; throws `not_redacted` (usage) without `--unredacted`, `no_such_event`,
 * `body_dropped`, and what saving throws.
 */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(schema, raw);
  const { id, as: name, unredacted, json } = options;
  if (!unredacted) throw notRedacted(options);
  const settings = await settingsOf(options, io);
  const chosen = await chooseInstance(settings);
  const history = await openHistory(historyOf(chosen), { mustExist: true, busyTimeoutMs: 2000 });
  try {
    const event = findEvent(history, id);
    if (event.bodyDropped) throw dropped(event.id);
    if (!json && !options.quiet) {
      io.stderr.write(
        'The file will hold all that the event holds: phone numbers, names, texts, media. Look at it before you share it.\n',
      );
    }
    const at = new Date(event.at).toISOString();
    const path = await saveFixture({
      cwd: io.cwd,
      name,
      body: Buffer.from(event.body).toString(),
      at,
    });
    const said = json ? jsonLine({ id: event.id, file: path }) : safeText(path);
    await writeDrained(io.stdout, `${said}\n`);
  } finally {
    history.close();
  }
  return 0;
}

function notRedacted(options: z.infer<typeof schema>): CliError {
  const { id, as: name } = options;
  return new CliError(
    'usage',
    'not_redacted',
    'Personal data cannot be taken out of a fixture yet: it would hold real phone numbers, names and texts',
    {
      hint: `To save it as it is: eazewa-hooks fixtures save ${safeText(id, 60)} --as ${safeText(name, 80)} --unredacted${asTyped(options)}`,
    },
  );
}

function dropped(id: string): CliError {
  return new CliError(
    'notFound',
    'body_dropped',
    `The body of ${id} was too large to be kept for long`,
    { hint: 'Events with media keep their bodies for 24 hours.' },
  );
}
