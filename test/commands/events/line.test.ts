import { expect, test } from 'vitest';
import type { Deps } from '../../../src/commands/shared/deps.ts';
import { createProgram, parse } from '../../../src/program.ts';
import { attempted, newAttempt, newEvent, store, textBody } from '../../history/support.ts';
import { failureOf } from '../../support/failure.ts';
import { world } from '../../views/harness.ts';
import { storedHistory } from './place.ts';

/** A history, and what the command line prints of it. */
async function place() {
  const { history, env } = await storedHistory();
  const commands = (io = world({ env }).io) => createProgram({ io } as Deps);
  return {
    history,
    commands,
    async typed(...args: string[]): Promise<string> {
      const { io, stdout } = world({ env });
      expect(await parse(commands(io), ['node', 'eazewa-hooks', ...args])).toBe(0);
      return stdout.text;
    },
  };
}

test('events alone takes the filters of the list, and its help has them', async () => {
  const { history, typed, commands } = await place();
  const [failed = 0] = store(history, newEvent({ id: 'evt_failed' }), newEvent({ id: 'evt_fine' }));
  attempted(history, newAttempt(failed, { status: 500 }));
  for (const args of [['--failed'], ['-i', 'simulator', '--failed'], ['list', '--failed']]) {
    const printed = await typed('events', ...args);
    expect(printed).toContain('evt_failed');
    expect(printed).not.toContain('evt_fine');
  }
  const events = commands().commands.find((command) => command.name() === 'events');
  for (const flag of ['--failed', '--search <words...>', '-e, --events <names>', '--follow']) {
    expect(events?.helpInformation()).toContain(flag);
  }
});

test('the words of --search need no quotes', async () => {
  const { history, typed } = await place();
  store(
    history,
    newEvent({ id: 'evt_both', body: textBody('the blue bicycle') }),
    newEvent({ id: 'evt_blue', body: textBody('the blue car') }),
  );
  for (const args of [
    ['--search', 'blue', 'bicycle'],
    ['--search', 'blue bicycle'],
    ['--search', 'bicycle', 'blue', '--limit', '5'],
    ['export', '--search', 'blue', 'bicycle'],
  ]) {
    const printed = await typed('events', ...args);
    expect(printed).toContain('evt_both');
    expect(printed).not.toContain('evt_blue');
  }
});

test('an argument too many is refused with what it may have been meant for', async () => {
  const { commands } = await place();
  for (const [args, hint] of [
    [['events', 'evt_01'], 'eazewa-hooks events show'],
    [['events', '-e', 'message', 'message_ack'], 'separated by commas'],
    [['events', '--search=blue', 'bicycle'], 'follow --search'],
    [['fixtures', 'message.image'], 'fixtures show'],
  ] as const) {
    const failure = await failureOf(parse(commands(), ['node', 'eazewa-hooks', ...args]));
    expect(failure).toMatchObject({ exit: 'usage', code: 'commander.excessArguments' });
    expect(failure.hint).toContain(hint);
  }
});

test('an unknown event is refused with the nearest names wherever events are named', async () => {
  const { history, commands } = await place();
  store(history, newEvent());
  for (const args of [
    ['events', '-e', 'mesage_ack'],
    ['events', '-e', 'message,mesage_ack', '--follow'],
    ['events', 'export', '-e', 'mesage_ack'],
    ['listen', '-e', 'mesage_ack', '--simulate'],
    ['listen', '--ignore-events', 'mesage_ack', '--simulate'],
    ['listen', '--route', 'mesage_ack=3000', '--simulate'],
    ['simulate', '-e', 'mesage_ack'],
    ['webhook', 'set', 'https://bot.example.com', '-e', 'mesage_ack'],
  ]) {
    const failure = await failureOf(parse(commands(), ['node', 'eazewa-hooks', ...args]));
    expect(failure, args.join(' ')).toMatchObject({ exit: 'usage', code: 'unknown_event' });
    expect(failure.hint, args.join(' ')).toContain('Did you mean message_ack');
  }
});

test('an event that history holds may be named, though the catalogue lacks it', async () => {
  const { history, typed } = await place();
  store(
    history,
    newEvent({ id: 'evt_new', event: 'sticker_created' }),
    newEvent({ id: 'evt_old' }),
  );
  expect(await typed('events', '-e', 'sticker_created')).toContain('evt_new');
  const all = await typed('events', '-e', 'all');
  expect(all).toContain('evt_old');
  expect(all).not.toContain('evt_new');
});
