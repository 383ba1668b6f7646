import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { editText } from '../../src/platform/editor.ts';
import { temporaryFolder } from '../support/resources.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** An editor that is a shell script; `$1` is the file when it is called without arguments. */
function editor(script: string): string {
  const file = join(folder, 'my editor');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return `'${file}'`;
}

const note = (name: string) => readFileSync(join(folder, name), 'utf8');
const run = <T>(work: () => Promise<T>) => work();
const edit = (text: string, env: Record<string, string>, name = 'evt_1') =>
  editText(text, { env: { PATH: process.env.PATH, ...env }, name, run });
/** What stands in the folder of temporary files, but for what the tests put there. */
const left = () => readdirSync(folder).filter((name) => name.startsWith('eazewa-hooks'));

afterEach(() => expect(existsSync(folder) ? left() : []).toEqual([]));

test('what was saved comes back', async () => {
  const EDITOR = editor('sed -i.bak s/old/new/ "$1"');
  expect(await edit('{"text": "old"}', { EDITOR })).toBe('{"text": "new"}');
  expect(left()).toEqual([]);
});

test('VISUAL comes first, with its arguments', async () => {
  const VISUAL = `${editor(`printf %s "$1" "$2" > '${folder}/seen'; printf ok > "$3"`)} --wait 'a b'`;
  expect(await edit('', { VISUAL, EDITOR: 'false' })).toBe('ok');
  expect(note('seen')).toBe('--waita b');
});

test('the file is private, and its name is that of the event', async () => {
  const EDITOR = editor(
    `ls -ld "$(dirname "$1")" "$1" | cut -c1-10 > '${folder}/modes'; basename "$1" > '${folder}/name'`,
  );
  await edit('x', { EDITOR }, '../Evt "1"; $(rm)');
  expect(note('modes')).toBe('drwx------\n-rw-------\n');
  expect(note('name')).toMatch(/^evt-1-rm-\.json\n$/);
});

test('the editor gets the environment without our secrets', async () => {
  const EDITOR = editor(`env > '${folder}/env'`);
  await edit('x', {
    EDITOR,
    MINE: 'kept',
    EAZEWA_API_TOKEN: 'secret-1',
    WAAPI_API_TOKEN: 'secret-2',
    EAZEWA_WEBHOOK_TOKEN: 'secret-3',
    NGROK_AUTHTOKEN: 'secret-4',
    EAZEWA_WEBHOOK_SECRET: 'secret-5',
  });
  expect(note('env')).toContain('MINE=kept');
  expect(note('env')).not.toContain('secret');
});

test('it runs while the terminal is lent', async () => {
  let isLent = false;
  await editText('x', {
    env: { PATH: process.env.PATH, EDITOR: editor(`echo ran > '${folder}/ran'`) },
    name: 'evt_1',
    async run(work) {
      expect(existsSync(join(folder, 'ran'))).toBe(false);
      const result = await work();
      isLent = existsSync(join(folder, 'ran'));
      return result;
    },
  });
  expect(isLent).toBe(true);
});

test('an editor that fails is told with its code', async () => {
  const EDITOR = editor('echo half > "$1"; exit 3');
  await expect(edit('x', { EDITOR })).rejects.toMatchObject({
    code: 'editor_failed',
    message: expect.stringContaining('ended with 3'),
  });
});

test('an editor that is not there is told with what to set', async () => {
  await expect(edit('x', { EDITOR: 'no-such-editor --wait' })).rejects.toMatchObject({
    code: 'editor_missing',
    message: expect.stringContaining('no-such-editor --wait'),
    hint: expect.stringContaining('EDITOR'),
  });
});

test('a file that was removed, or has more than 16 MiB, is not read', async () => {
  const tooMuch = 'dd if=/dev/zero of="$1" bs=1048577 count=16 2>/dev/null';
  for (const script of ['rm "$1"', 'rm "$1"; mkdir "$1"', tooMuch]) {
    await expect(edit('x', { EDITOR: editor(script) })).rejects.toMatchObject({
      code: 'edited_unreadable',
    });
  }
});
