import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { onScreen } from '../support/screen.ts';
import { onTerminal } from '../support/terminal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let here: Place;

/** A checkout of its own: `npm start` builds, which must not disturb the tests beside this one. */
function checkout(): string {
  const to = join(here.cwd, 'checkout');
  mkdirSync(to);
  for (const part of ['bin', 'src', 'scripts', 'fixtures', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, part), join(to, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'), 'dir');
  return to;
}

const shells = ['/bin/bash', '/bin/dash'].filter((shell) => existsSync(shell));

test('npm start opens the terminal UI, and q puts the instance back', async () => {
  here = place();
  const env = here.env({ npm_config_update_notifier: 'false' });
  const screen = onScreen('npm', ['start'], { cwd: checkout(), env });
  // The QR code closes when the phone is paired; q in it would go back only.
  await screen.shows(/ state .* CONNECTED/);
  screen.press('q');
  await screen.exit;
  expect(screen.isAlternate()).toBe(false);
  expect(screen.text()).toContain('the webhook is restored');
  expect(screen.text()).toMatch(/Stopped: \d+ events? received/);
});

// npm passes a Ctrl-C on that the terminal has sent already: the program gets it twice.
test.each(shells)('one Ctrl-C under npm start and %s puts the instance back', async (shell) => {
  here = place();
  const env = here.env({ npm_config_script_shell: shell, npm_config_update_notifier: 'false' });
  const terminal = onTerminal('npm', ['start', '--', '--plain'], { cwd: checkout(), env });
  await terminal.shows(/--> .*qr/);
  terminal.pty.write('\x03');
  const { output } = await terminal.exit;
  expect(output).toContain('the webhook is restored');
  expect(output).toMatch(/Stopped: \d+ events? received/);
});
