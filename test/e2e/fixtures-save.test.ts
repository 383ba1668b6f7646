import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Place, place } from '../support/program.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

let here: Place;
let vendor: Vendor;

beforeEach(async () => {
  here = place();
  vendor = await startVendor(here);
  const listener = here.run(['listen', ...vendor.args, '--json', '--max-events', '1'], vendor.env);
  await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat', set: { 'data.message.body': 'saved words' } });
  await listener.exit;
});
afterEach(() => here.clean());

const save = (...args: string[]) =>
  here.run(['fixtures', 'save', 'last', '-i', '33', '--api-url', vendor.apiUrl, ...args]).exit;
const folder = () => join(here.cwd, 'eazewa-fixtures');

test('an event becomes a fixture that every command knows', async () => {
  const { code, stdout, stderr } = await save('--as', 'mine', '--unredacted');
  expect(code).toBe(0);
  expect(stderr).toContain('phone numbers, names, texts');
  const file = stdout.trim();
  expect(file).toBe(join(folder(), 'message.mine.json'));
  expect(JSON.parse(readFileSync(file, 'utf8')).data.message.body).toBe('saved words');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await here.run(['fixtures', 'validate']).exit).code).toBe(0);
  expect((await here.run(['fixtures', 'show', 'message.mine']).exit).stdout).toContain(
    'saved words',
  );
});

test('without --unredacted nothing is written, and the command that does it is told', async () => {
  const { code, stderr } = await save('--as', 'message.mine');
  expect(code).toBe(2);
  expect(stderr).toContain('fixtures save last --as message.mine --unredacted');
  expect(existsSync(folder())).toBe(false);
});

test('nothing is written over, and no link is followed', async () => {
  await save('--as', 'mine', '--unredacted');
  const again = await save('--as', 'mine', '--unredacted');
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain('is there already');
  const elsewhere = join(here.cwd, 'elsewhere.json');
  writeFileSync(elsewhere, 'precious');
  symlinkSync(elsewhere, join(folder(), 'message.link.json'));
  expect((await save('--as', 'link', '--unredacted')).code).toBe(2);
  expect(readFileSync(elsewhere, 'utf8')).toBe('precious');
});

test.each(['../evil', 'a/b', 'UPPER', '.hidden', 'end.', 'call.other/..', ''])(
  'the name %j is refused',
  async (name) => {
    const { code, stderr } = await save('--as', name, '--unredacted');
    expect(code).toBe(2);
    expect(stderr).toContain('is no name for a fixture');
  },
);

test('a folder that cannot be written is told of, in words', async () => {
  mkdirSync(folder());
  writeFileSync(join(folder(), 'about'), 'a file, not a folder');
  const { code, stderr } = await save('--as', 'mine', '--unredacted');
  expect(code).not.toBe(0);
  expect(stderr).toContain('eazewa-fixtures');
  expect(stderr).not.toContain('This is a bug');
});

test('--json tells the file as an object', async () => {
  const { stdout, stderr } = await save('--as', 'mine', '--unredacted', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ file: join(folder(), 'message.mine.json') });
  expect(stderr).toBe('');
});
