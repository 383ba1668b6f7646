/** The screenshots, and the keys that lead to each. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { place } from '../test/support/program.ts';
import { onScreen, type Screen } from '../test/support/screen.ts';
import { svgOf } from '../test/support/svg.ts';

/** Takes all screenshots with the program at `bin`. Returns the SVG text by name. */
export async function takePictures(bin: string): Promise<Map<string, string>> {
  const app = createServer((request, response) => {
    request.resume().on('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const { port } = app.address() as AddressInfo;
  const pictures = new Map<string, string>();
  const session = async (args: readonly string[], play: Play) => {
    const here = place();
    const screen = onScreen(process.execPath, [bin, ...args], {
      cwd: here.cwd,
      env: here.env(),
      columns: 110,
      rows: 24,
    });
    // The title shows a typical command, with an app on port 3000.
    const title = `eazewa-hooks ${args.slice(0, -2).join(' ').replace(String(port), '3000')}`;
    try {
      await play(screen, (name) => pictures.set(name, svgOf(screen.emulator, title)));
      screen.press('q');
    } finally {
      screen.kill();
      await screen.exit;
      await here.clean();
    }
  };
  try {
    await session(['listen', '--simulate', '--speed', '4'], first);
    const scenario = ['--scenario', 'conversation'];
    await session(['listen', String(port), '--simulate', ...scenario, '--speed', '8'], withApp);
  } finally {
    app.close();
  }
  return pictures;
}

type Play = (screen: Screen, take: (name: string) => void) => Promise<void>;

/** The screen of `npm start`. */
async function first(screen: Screen, take: (name: string) => void): Promise<void> {
  await screen.shows(/✓✓ read/);
  take('first');
}

async function withApp(screen: Screen, take: (name: string) => void): Promise<void> {
  await screen.when('several answers', (text) => (text.match(/ 200 /g) ?? []).length >= 8);
  take('list');
  screen.press('up');
  const selected = () => screen.lines().find((line) => line.startsWith('▸')) ?? '';
  while (!/→ +create /.test(selected())) {
    const before = selected();
    screen.press('up');
    await screen.when('the next line', () => selected() !== before && selected() !== '');
  }
  screen.press('enter');
  await screen.shows('Timeline');
  take('message');
  screen.press('2');
  await screen.shows('"event"');
  take('request');
  screen.press('escape', 'u');
  await screen.shows('Subscriptions');
  take('subscriptions');
  screen.press('escape');
}
