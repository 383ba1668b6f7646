import { expect, test } from 'vitest';
import { processIo } from '../../../src/platform/io.ts';
import { createProgram, parse } from '../../../src/program.ts';
import { temporaryFolder } from '../../support/resources.ts';

/** The error for a command line, before any command runs. */
async function refusal(...typed: string[]) {
  const io = { ...processIo(), env: { EAZEWA_HOOKS_HOME: temporaryFolder() } };
  const program = createProgram({
    io,
    signals: () => {
      throw new Error('no command runs');
    },
  });
  return parse(program, ['node', 'eazewa-hooks', ...typed]).catch((error: unknown) => error);
}

test.each([
  [['listen', '--forward-to', 'localhost:3000'], '--forward-to', 'eazewa-hooks listen 3000'],
  [['listen', '--forward-to=localhost:3000'], '--forward-to', 'eazewa-hooks listen 3000'],
  [['--forward-to', '3000'], '--forward-to', 'eazewa-hooks listen 3000'],
  [['listen', '--port', '3000'], '--port', '--receiver-port'],
  [['listen', '-p', '3000'], '-p', 'eazewa-hooks listen 3000'],
  [['status', '--api-key', 'secret'], '--api-key', 'EAZEWA_API_TOKEN'],
  [['login'], 'login', 'EAZEWA_API_TOKEN'],
  [['init'], 'init', 'eazewa-hooks listen --simulate'],
  [['logs', 'tail'], 'logs', 'eazewa-hooks events'],
  [['version'], 'version', 'eazewa-hooks --version'],
])('%j is refused with the word or setting that it has here', async (typed, word, ours) => {
  const error = await refusal(...typed);
  expect(error).toMatchObject({
    exit: 'usage',
    message: expect.stringContaining(`'${word}`),
    hint: expect.stringContaining(ours),
  });
  expect(JSON.stringify(error)).not.toContain('secret');
  // The names that commander thinks are near are not what is meant.
  expect((error as Error).message).not.toContain('Did you mean');
});

test('a mistyped command or option still gets the nearest names', async () => {
  expect(await refusal('listne')).toMatchObject({
    message: expect.stringContaining('Did you mean listen?'),
    hint: 'List the commands with: eazewa-hooks --help',
  });
  expect(await refusal('constructor')).toMatchObject({ exit: 'usage' });
  expect(await refusal('listen', '--tea')).toMatchObject({
    message: expect.stringContaining('--tee'),
  });
});
