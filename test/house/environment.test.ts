/** The environment variables that the build reads: bundled packages read none that is meant for other programs. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Our own names have the prefix EAZEWA_. */
const KNOWN = new Set([
  // The terminal, and the wish for colours.
  ...[
    'CI',
    'CI_NAME',
    'CLICOLOR_FORCE',
    'COLORTERM',
    'COLUMNS',
    'FORCE_COLOR',
    'LINES',
    'NO_COLOR',
  ],
  ...['GITHUB_ACTIONS', 'SSH_CONNECTION', 'SSH_TTY', 'TEAMCITY_VERSION', 'TERM', 'TERM_PROGRAM'],
  ...['INK_SCREEN_READER', 'TERM_PROGRAM_VERSION', 'TMUX', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME'],
  // Proxies, the user's folders and editor, and Node's options, which threads inherit.
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['APPDATA', 'HOME', 'LOCALAPPDATA', 'USERPROFILE', 'EDITOR', 'VISUAL', 'NODE_OPTIONS'],
  ...['XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME'],
]);

test('the build reads only variables of our own, of the terminal and of the user', () => {
  const read = readdirSync(join(ROOT, 'dist'))
    .filter((name) => name.endsWith('.js'))
    .flatMap((name) => {
      const code = readFileSync(join(ROOT, 'dist', name), 'utf8');
      const reads = /\benv\d*(?:\?\.|\.|\[["'])([A-Za-z_]\w*)/g;
      return [...code.matchAll(reads)].map(([, variable = '']) => variable);
    });
  // Methods of the object, such as `env.hasOwnProperty`, have lower-case letters in their names.
  const foreign = read.filter(
    (name) => /^[A-Z_\d]+$/.test(name) && !name.startsWith('EAZEWA_') && !KNOWN.has(name),
  );
  expect([...new Set(foreign)]).toEqual([]);
  expect(read).toContain('TERM');
});
