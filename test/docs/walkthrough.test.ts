/** The walkthrough of README.md with a bot of one's own: the bot and the commands fit together. */

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { place, watch } from '../support/program.ts';
import { closedPort } from '../support/resources.ts';
import { readPage } from './blocks.ts';
import { callsIn } from './shell.ts';

/** Stands in for Express, which only this page needs: the methods that the bot uses. */
const EXPRESS = `
  import { createServer } from 'node:http';
  import { json } from 'node:stream/consumers';
  export default function express() {
    const bot = {
      use: () => bot,
      post(path, handler) {
        const route = new RegExp('^' + path.replace(/:(\\w+)/g, '(?<$1>[^/]+)') + '$');
        bot.server = createServer(async (request, response) => {
          const params = route.exec(request.url)?.groups;
          response.sendStatus = (status) => response.writeHead(status).end();
          if (params === undefined) return response.sendStatus(404);
          handler({ params, body: await json(request) }, response);
        });
      },
      listen: (port) => bot.server.listen(port, '127.0.0.1', () => console.log('listening')),
    };
    return bot;
  }
  express.json = () => {};
`;

test('the bot of README.md answers a triggered message', async () => {
  const page = readPage('README.md');
  const bot = page.other.find(({ text }) => text.startsWith('// bot.mjs'))?.text ?? '';
  const shell = page.parse.find(({ text }) => text.includes('node bot.mjs'));
  const [listen = [], trigger = []] = shell === undefined ? [] : callsIn(shell);
  const [, token] = /TOKEN=(\S+) node bot\.mjs/.exec(shell?.text ?? '') ?? [];
  const port = String(await closedPort());
  const ported = (text: string) => text.replace(/\b3000\b/g, port);

  const here = place();
  onTestFinished(() => here.clean());
  const express = join(here.cwd, 'node_modules', 'express');
  mkdirSync(express, { recursive: true });
  writeFileSync(join(express, 'package.json'), '{"type": "module", "exports": "./index.js"}');
  writeFileSync(join(express, 'index.js'), EXPRESS);
  writeFileSync(join(here.cwd, 'bot.mjs'), ported(bot));
  const env = here.env({ TOKEN: token ?? '' });
  const running = watch(spawn(process.execPath, ['bot.mjs'], { cwd: here.cwd, env }));
  onTestFinished(() => running.kill('SIGKILL'));
  await running.said('listening');

  const listener = here.run([...listen.map(ported), '--scenario', 'none', '--json']);
  await listener.entry('ready');
  expect((await here.run(trigger).exit).code).toBe(0);
  expect(await listener.entry('attempt')).toMatchObject({ status: 200 });
  await running.said('message Hello');
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
});
