import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyText } from '../../src/platform/clipboard.ts';
import type { Output } from '../../src/platform/io.ts';
import { temporaryFolder } from '../support/resources.ts';

const { PATH, WAYLAND_DISPLAY, WSL_DISTRO_NAME } = process.env;
let folder: string;
let written: string;

beforeEach(() => {
  folder = temporaryFolder();
  written = '';
  delete process.env.WAYLAND_DISPLAY;
  delete process.env.WSL_DISTRO_NAME;
});
afterEach(() => {
  Object.assign(process.env, { PATH });
  if (WAYLAND_DISPLAY !== undefined) process.env.WAYLAND_DISPLAY = WAYLAND_DISPLAY;
  if (WSL_DISTRO_NAME !== undefined) process.env.WSL_DISTRO_NAME = WSL_DISTRO_NAME;
});

const copy = (text: string, env: Record<string, string> = {}) =>
  copyText(text, {
    env,
    stdout: {
      write(data: string) {
        written += data;
        return true;
      },
    } as unknown as Output,
  });

/** A clipboard command of the system's, ahead of all others. */
function command(script: string): void {
  for (const name of ['xsel', 'pbcopy']) {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
  process.env.PATH = `${folder}:${PATH}`;
}

const OSC_52 = (text: string) => `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`;

test.skipIf(process.platform === 'win32')(
  'a text goes to the clipboard of the system',
  async () => {
    command(`cat > '${folder}/copied'`);
    expect(await copy('grüße 👍')).toBe('the clipboard');
    expect(readFileSync(join(folder, 'copied'), 'utf8')).toBe('grüße 👍');
    expect(written).toBe('');
  },
);

test('over SSH it goes to the terminal that the user sits at', async () => {
  expect(await copy('far away', { SSH_TTY: '/dev/pts/1' })).toContain('terminal');
  expect(written).toBe(OSC_52('far away'));
});

test.skipIf(process.platform === 'win32')(
  'where the command fails, to the terminal as well',
  async () => {
    command('exit 1');
    expect(await copy('x')).toContain('terminal');
    expect(written).toBe(OSC_52('x'));
  },
);

test('what is too long for a terminal is refused', async () => {
  await expect(copy('x'.repeat(100_000), { SSH_CONNECTION: '1' })).rejects.toMatchObject({
    code: 'not_copied',
  });
  expect(written).toBe('');
});
