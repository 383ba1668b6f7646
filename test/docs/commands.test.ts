import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Command, CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processIo } from '../../src/platform/io.ts';
import { createProgram } from '../../src/program.ts';
import { startApp } from '../support/app.ts';
import { type Bundle, bundle } from '../support/bundle.ts';
import { BIN, place } from '../support/program.ts';
import { PAGES, type Page, ROOT, readPage } from './blocks.ts';
import { callsIn } from './shell.ts';

const pages = PAGES.map(readPage);

describe('a command is refused', () => {
  it.each([
    ['an option that does not exist', ['listen', '--no-such']],
    ['a command that does not exist', ['listne', '3000']],
    ['a missing argument', ['replay', '--to', '3000']],
    ['a missing value', ['listen', '--for']],
    ['an argument too many', ['restore', '33']],
  ])('for %s', async (_, args) => {
    await expect(parsed(args)).rejects.toThrow(CommanderError);
  });

  it.each([
    ['that the shell never reaches', 'npm test || eazewa-hooks status'],
    ['beside a program without a stand-in', 'wget x; eazewa-hooks status'],
  ])('%s', (_, text) => {
    expect(() => callsIn({ place: 'here', text })).toThrow('here: ');
  });
});

describe.each(pages)('the program takes every command of $name', ({ parse, text }) => {
  const calls = parse.flatMap((shell) =>
    callsIn(shell).map((args) => [`${args.join(' ')} (${shell.place})`, args] as const),
  );
  it.each(calls)('eazewa-hooks %s', async (_, args) => {
    await expect(parsed(args)).resolves.toBe(true);
  });

  it('and every flag that its sentences name', () => {
    const flags = allCommands(program()).flatMap((command) =>
      command
        .createHelp()
        .visibleOptions(command)
        .flatMap(({ long, short }) => [long, short]),
    );
    const named = [...text.matchAll(/`(--?[a-z][a-z-]*)[^`]*`/g)].map(([, flag]) => flag);
    expect(named.filter((flag) => !flags.includes(flag))).toEqual([]);
  });
});

describe('the blocks marked `sh run` run', () => {
  let curl: Bundle;
  beforeAll(async () => {
    curl = await bundle("import './test/docs/curl.ts';");
  });
  afterAll(() => curl.remove());

  // One shell a page: a block may use what those before it made.
  it.each(pages.filter(({ run }) => run.length > 0))('of $name', async (page) => {
    const { code, errors } = await runBlocks(page, curl.path);
    expect(code, errors).toBe(0);
  });
});

function program(): Command {
  const nowhere = { ...processIo(), env: { EAZEWA_HOOKS_HOME: join(ROOT, 'no-such-folder') } };
  return createProgram({
    io: nowhere,
    signals: () => {
      throw new Error('no command is run');
    },
  });
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap((sub) => allCommands(sub as Command))];
}

/** Whether the program takes these arguments; rejects with what commander says against them. */
async function parsed(args: readonly string[]): Promise<boolean> {
  const root = program();
  let taken = false;
  for (const command of allCommands(root)) {
    if (command.commands.length > 0) continue;
    command.action(() => {
      taken = true;
    });
  }
  try {
    await root.parseAsync([...args], { from: 'user' });
    return taken;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return true;
    throw error;
  }
}

/**
 * Runs a page's blocks in an empty folder, with an app at port 3000 and a simulator at 4010 (both
 * are free ports in truth), whose instances 33 and 34 send their events to the app.
 */
async function runBlocks({ run }: Page, curl: string): Promise<{ code: number; errors: string }> {
  const here = place();
  const app = await startApp();
  try {
    const simulator = here.run([
      ...['simulate', '--json', '--quiet', '--scenario', 'none', '-i', '33', '-i', '34'],
      ...['--api-token', 't', '--webhook', `${app.url}/hook`],
    ]);
    const { apiUrl, port } = await simulator.entry('simulator');
    const bin = join(here.cwd, '.bin');
    mkdirSync(bin);
    const command = (name: string, line: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
      chmodSync(join(bin, name), 0o755);
    };
    command('eazewa-hooks', `exec '${process.execPath}' '${BIN}' "$@"`);
    command('npx', '[ "$1" = eazewa-hooks ] && exec "$@"; exit 1');
    command('curl', `exec '${process.execPath}' '${curl}' "$@"`);
    const script = run
      .map(({ place, text }) => `here=${place}\n${text}`)
      .join('\n')
      .replace(/\b3000\b/g, String(app.port))
      .replace(/\b4010\b/g, String(port));
    const told = 'trap \'[ $? -eq 0 ] || echo "in the block at $here" >&2\' EXIT';
    const env = here.env({ EAZEWA_API_URL: apiUrl, EAZEWA_API_TOKEN: 't' });
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', `${told}\n${script}`], {
      cwd: here.cwd,
      env: { ...env, PATH: `${bin}:${env.PATH}` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [errors, [code]] = await Promise.all([text(shell.stderr), once(shell, 'close')]);
    return { code, errors };
  } finally {
    await here.clean();
    await app.close();
  }
}
