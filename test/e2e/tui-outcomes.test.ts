import type { ServerResponse } from 'node:http';
import { beforeEach, expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import { type TuiPlace, tuiPlace } from '../support/tui-place.ts';

let here: TuiPlace;
beforeEach(async () => {
  here = await tuiPlace();
});

test('an event waits until its last target has answered, also one of a glob route', async () => {
  const open: ServerResponse[] = [];
  const slow = await startApp((_, response) => open.push(response));
  try {
    const screen = await here.open(['--route', `message*=${slow.port}/slow`]);
    await here.vendor.emit({ fixture: 'message.chat' });
    await slow.received(1);
    await screen.shows(/▸.*… {2}← {2}message .* 1\/2/);
    open[0]?.end('ok');
    await screen.shows(/▸.*✓ {2}← {2}message .* 2\/2/);
  } finally {
    for (const response of open) response.end();
    await slow.close();
  }
});

test('an event that --only excludes waits for no target, and its detail says why', async () => {
  const screen = await here.open(['--only', '12025550199@c.us']);
  await here.vendor.emit({ fixture: 'message.chat' });
  await screen.shows(/▸.*· {2}← {2}message /);
  screen.press('enter');
  await screen.shows(/· not sent to http:\/\/localhost:\d+\/hook \(--only\)/);
  expect(here.app.requests).toEqual([]);
});

test('an event that an earlier listener did not send is held, and r sends it', async () => {
  const earlier = await here.open();
  earlier.press('p');
  await earlier.shows('⏸ paused');
  await here.vendor.emit({ fixture: 'message.chat' });
  await earlier.shows(/▸.*… {2}← {2}message /);
  earlier.press('q');
  await earlier.exit;
  const screen = await here.open();
  screen.press('up');
  await screen.shows(/▸.*○ {2}← {2}message /);
  expect(here.app.requests).toEqual([]);
  screen.press('r');
  await screen.shows(/▸.*✓ {2}← {2}message /);
});
