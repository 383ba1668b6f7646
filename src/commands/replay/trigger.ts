/** `trigger`: makes the running listener, or else a simulator on this machine, get a fixture as a new event. */

import * as z from 'zod';
import { heldInstance } from '../../control/client.ts';
import { CliError } from '../../errors.ts';
import { filesIn, findFile, fixtureFolders } from '../../fixtures/folders.ts';
import { fixtureBytes } from '../../fixtures/load.ts';
import { readAssignment } from '../../fixtures/override.ts';
import { isLoopback } from '../../platform/loopback.ts';
import { neverBlock } from '../../platform/terminal.ts';
import { asVendor } from '../../replay/choose.ts';
import { run as listFixtures } from '../fixtures/list.ts';
import { apiAccess } from '../shared/api-access.ts';
import { chooseOrStart } from '../shared/choose-instance.ts';
import {
  asTyped,
  type Deps,
  globalOptions,
  list,
  parseOptions,
  settingsOf,
} from '../shared/deps.ts';
import { replayThere } from './remote.ts';
import { inWords, judge, showResult } from './result.ts';
import { emitBySimulator } from './simulator.ts';

const schema = globalOptions.extend({
  fixture: z.string().optional(),
  set: list.transform((typed) => typed.map(readAssignment)),
});

type TriggerCommand = z.infer<typeof schema>;

/**
 * Triggers a fixture, with new ids and times; without a name it lists the fixtures. Returns 0. Throws
 * `no_such_fixture` with the nearest names, `no_listener` (usage), and what replay and simulator throw.
 */
export async function run(raw: unknown, deps: Deps): Promise<number> {
  const { io } = deps;
  const command = parseOptions(schema, raw);
  if (command.fixture === undefined) return listFixtures(raw, deps);
  const folders = fixtureFolders(io.cwd);
  const fixture = completed(command.fixture, folders);
  const body = fixtureBytes(fixture, folders);
  const settings = await settingsOf(command, io);
  const { folder } = await chooseOrStart(settings, { io, input: command.input });
  neverBlock(io.stdout);
  neverBlock(io.stderr);
  const { stop, dispose } = deps.signals();
  try {
    const shown = showResult(command, io);
    const instanceId = await heldInstance(folder);
    const item = { source: asVendor(body, { instanceId }), due: 0, set: command.set };
    const request = {
      action: 'replay',
      items: [{ ...item, remove: [], fresh: true }],
      to: null,
      bodies: command.json ? 'elided' : 'none',
      evenWithoutTarget: true,
      secret: settings.webhookSecret?.value,
    } as const;
    const counts = await replayThere(folder, request, shown.take, { now: io.now, stop });
    if (counts !== null) {
      const what = counts.sent === 0 ? 'stored and shown; no target gets it' : inWords(counts);
      shown.done(`Triggered ${fixture}: ${what}`);
      return judge(counts, stop);
    }
    const { apiUrl, instanceId: named } = settings;
    const isHere = isLoopback(new URL(apiUrl.value).hostname) && named?.value !== 'simulator';
    if (!isHere) throw noListener(fixture, command);
    // A built-in fixture by name: the simulator makes its own instance's event of it.
    const isBuiltIn = findFile('fixture', fixture, folders).origin === 'built-in';
    const emission = {
      ...(named !== null && { instanceId: named.value }),
      ...(isBuiltIn ? { fixture } : { body }),
      set: command.set,
      fresh: true,
    };
    await emitBySimulator(apiAccess(settings, io, apiUrl), emission, stop);
    const { host } = new URL(apiUrl.value);
    shown.done(`Triggered ${fixture}: the simulator at ${host} sends it to the webhook`);
    return 0;
  } finally {
    dispose();
  }
}

/** The only fixture whose name begins as typed; else the name as typed. */
function completed(typed: string, folders: readonly string[]): string {
  const names = filesIn('fixture', folders).map(({ name }) => name);
  const begun = names.filter((name) => name.startsWith(typed));
  const [only = typed, ...others] = begun;
  return others.length > 0 || begun.includes(typed) ? typed : only;
}

function noListener(fixture: string, command: TriggerCommand): CliError {
  return new CliError('usage', 'no_listener', 'No listener of the instance runs on this machine', {
    hint:
      `Start one: eazewa-hooks listen 3000${asTyped(command) || ' --simulate'}. ` +
      `To send to your app without one: eazewa-hooks replay ${fixture} --to 3000`,
  });
}
