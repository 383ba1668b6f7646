/** Faults of the vendor: away, slow, rate limiting, answering wrongly, and changed by somebody else. */

import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.ts';
import type { Answer, Api, Asked, Disturb } from './api.ts';
import { kill } from './points.ts';
import type { Stage } from './stage.ts';
import type { Row } from './verdict.ts';
import { ALL_STEPS, STEPS, type Step, walk } from './walk.ts';

const isOurs = ({ sets }: Asked) => sets?.includes('/webhooks/whatsapp/') ?? false;
const isRead = ({ method, sets }: Asked) => method === 'GET' && sets === undefined;

/** Starts a listener, and stops it while the vendor is disturbed. */
async function stopped(stage: Stage, disturb: Disturb, signal: NodeJS.Signals = 'SIGINT') {
  const listener = stage.listen();
  await listener.entry('ready');
  stage.api.disturb(disturb);
  listener.kill(signal);
  return listener;
}

/** Waits for the end of a listener whose webhook could not be restored: code 20, and the command to type. */
async function leftUndone({ exit, stderr, stdout }: Awaited<ReturnType<typeof stopped>>) {
  const { code } = await exit;
  const said = stdout() + stderr();
  if (code !== 20) throw new Error(`it ended with ${code}, not 20`);
  if (!said.includes('eazewa-hooks restore -i 33')) throw new Error('it names no command');
}

/** Resolves when the guard has asked the vendor this often since it woke. */
async function guardTried({ points, api }: Stage, times: number): Promise<void> {
  const { at } = await points.reached('guard-locked');
  const attempts = () => api.log.filter((asked) => isRead(asked) && asked.cameAt >= at).length;
  await until(() => attempts() >= times, `${times} attempts of the guard`, 60_000);
}

async function killedListener({ listen, points }: Stage): Promise<void> {
  points.at('ready', ({ pid }) => kill(pid));
  await listen().exit;
}

/** Disturbs the first `count` requests that are meant. */
function first(count: number, meant: (asked: Asked) => boolean, how: Disturb): Disturb {
  let left = count;
  return (asked, passOn) => (meant(asked) && left-- > 0 ? how(asked, passOn) : passOn());
}

const tooMany = (seconds: number): Answer => ({
  status: 429,
  json: { message: 'Too Many Attempts.' },
  headers: { 'retry-after': String(seconds) },
});

const away: Row[] = [
  {
    fault: 'the vendor is stopped when the webhook is set, and goes on when it is asked again',
    by: 'listener',
    slow: true,
    async make(stage) {
      const { vendor, api } = stage;
      let isStopped = false;
      let wasAskedAgain = false;
      api.disturb((one, passOn) => {
        // It is read before the webhook is sent again.
        if (isStopped) {
          wasAskedAgain = true;
          vendor.program.kill('SIGCONT');
        } else if (isOurs(one)) {
          isStopped = true;
          vendor.program.kill('SIGSTOP');
        }
        return passOn();
      });
      await walk(stage, 'set');
      if (!wasAskedAgain) throw new Error('it was not asked again');
    },
  },
  {
    fault: 'the vendor breaks every connection from when the webhook is set, for half a minute',
    by: '-',
    slow: true,
    async make({ api, listen }) {
      let wasAsked = false;
      api.disturb((asked, passOn) => {
        wasAsked ||= isOurs(asked);
        return wasAsked ? 'cut' : passOn();
      });
      const listener = listen();
      const { code, stderr } = await listener.exit;
      if (code !== 20) throw new Error(`it ended with ${code}, not 20: ${stderr}`);
      api.disturb(null);
    },
  },
  {
    fault: 'the vendor is away when the webhook is restored, and comes back soon',
    by: 'listener',
    async make(stage) {
      const listener = await stopped(stage, () => 'cut');
      await listener.entry('warning', ({ code }) => code === 'restore_retry');
      stage.api.disturb(null);
      if ((await listener.exit).code !== 0) throw new Error('it did not end with 0');
    },
  },
  {
    fault: 'the vendor is away when the webhook is restored, for longer than 30 s',
    by: 'guard',
    slow: true,
    async make(stage) {
      await leftUndone(await stopped(stage, () => 'cut'));
      await guardTried(stage, 2);
      stage.api.disturb(null);
    },
  },
  {
    fault: 'the vendor is stopped when the listener is killed, and goes on later',
    by: 'guard',
    slow: true,
    async make(stage) {
      const { points, vendor } = stage;
      points.at('guard-woken', () => vendor.program.kill('SIGSTOP'));
      await killedListener(stage);
      await guardTried(stage, 2);
      vendor.program.kill('SIGCONT');
    },
  },
];

const slow: Row[] = [
  {
    fault: 'every answer of the vendor takes 3 s',
    by: 'listener',
    slow: true,
    async make(stage) {
      stage.api.disturb(async (_, passOn) => {
        await sleep(3000);
        return passOn();
      });
      await walk(stage, 'set');
    },
  },
  {
    fault: 'the request that sets the webhook lands after the listener was killed',
    by: 'guard',
    slow: true,
    async make(stage) {
      const { points, api, listen } = stage;
      const late: Disturb = async (_, passOn) => {
        kill((await points.reached('about-to-set')).pid);
        await guardTried(stage, 1);
        return passOn();
      };
      api.disturb(first(1, isOurs, late));
      await listen().exit;
    },
  },
  {
    fault: 'the request that restores the webhook lands after the listener was killed',
    by: 'guard',
    async make(stage) {
      const { points, api, listen, original } = stage;
      const listener = listen();
      await listener.entry('ready');
      const late: Disturb = async (_, passOn) => {
        listener.kill('SIGKILL');
        await points.reached('guard-restored');
        return passOn();
      };
      api.disturb(first(1, ({ sets }) => sets === original.url, late));
      listener.kill('SIGINT');
      await listener.exit;
    },
  },
];

const limiting: Row[] = [
  {
    fault: 'two answers 429 with Retry-After when the webhook is set',
    by: 'listener',
    make(stage) {
      stage.api.disturb(first(2, isOurs, () => tooMany(1)));
      return walk(stage, 'set');
    },
  },
  {
    fault: 'an answer 429 with Retry-After: 600 when the webhook is set',
    by: '-',
    async make({ api, listen }) {
      api.disturb(first(1, isOurs, () => tooMany(600)));
      const { code } = await listen().exit;
      if (code !== 14) throw new Error(`it ended with ${code}, not 14`);
    },
  },
  {
    fault: 'five answers 429 with Retry-After: 600 when the webhook is restored',
    by: 'listener',
    async make(stage) {
      const listener = await stopped(
        stage,
        first(
          5,
          () => true,
          () => tooMany(600),
        ),
      );
      if ((await listener.exit).code !== 0) throw new Error('it did not end with 0');
    },
  },
  {
    fault: 'answers 429 for longer than 30 s when the webhook is restored',
    by: 'guard',
    slow: true,
    async make(stage) {
      await leftUndone(await stopped(stage, () => tooMany(600)));
      await guardTried(stage, 2);
      stage.api.disturb(null);
    },
  },
];

/** Makes the first `count` reads after ours is set show another webhook. */
function lyingReads(api: Api, count: number, shown: (webhook: Answer['json']) => object): void {
  let wasSet = false;
  const lies = first(count, isRead, async (_, passOn) => {
    const answer = await passOn();
    const { instance } = answer.json;
    return { ...answer, json: { ...answer.json, instance: { ...instance, ...shown(instance) } } };
  });
  api.disturb((asked, passOn) => {
    if (isOurs(asked)) wasSet = true;
    return wasSet ? lies(asked, passOn) : passOn();
  });
}

/** A listener that waits until the vendor shows its webhook, and is then stopped. */
async function patient({ listen }: Stage): Promise<void> {
  const listener = listen();
  await listener.entry('warning', ({ code }) => code === 'vendor_lags');
  await listener.entry('ready');
  listener.kill('SIGINT');
  const { code } = await listener.exit;
  if (code !== 0) throw new Error(`it ended with ${code}, not 0`);
}

const lying: Row[] = [
  {
    fault: 'the vendor reads other events back than were set',
    by: 'listener',
    make(stage) {
      lyingReads(stage.api, 1, () => ({ webhook_events: ['qr'] }));
      return patient(stage);
    },
  },
  {
    fault: 'the vendor reads the old webhook back, once',
    by: 'listener',
    make(stage) {
      const { url, events } = stage.original;
      lyingReads(stage.api, 1, () => ({ webhook_url: url, webhook_events: events }));
      return patient(stage);
    },
  },
  {
    fault: 'the vendor reads the old webhook back for a while',
    by: 'listener',
    make(stage) {
      const { url, events } = stage.original;
      lyingReads(stage.api, 3, () => ({ webhook_url: url, webhook_events: events }));
      return patient(stage);
    },
  },
  {
    fault: 'the vendor answers 200 with an error inside when the webhook is restored',
    by: 'listener',
    async make(stage) {
      const inside = { status: 200, json: { data: { status: 'error', message: 'no' } } };
      const listener = await stopped(
        stage,
        first(
          2,
          ({ sets }) => sets !== undefined,
          () => inside,
        ),
      );
      await listener.exit;
    },
  },
  {
    fault: 'the vendor says that it restored the webhook, and did not, once',
    by: 'listener',
    async make(stage) {
      const done = { status: 200, json: { instance: { id: 33 }, status: 'success' } };
      const listener = await stopped(
        stage,
        first(
          1,
          ({ sets }) => sets !== undefined,
          () => done,
        ),
      );
      await listener.exit;
    },
  },
];

/** The steps of the short form. */
const SHORT: ReadonlySet<Step> = new Set(['about-to-restore']);

const changed: Row[] = [
  ...ALL_STEPS.map(
    (step): Row => ({
      fault: `changed by somebody else at ${step}`,
      webhook: 'theirs',
      // At these steps the listener has restored already.
      by: step === 'restore-sent' || STEPS[step] === 'listener' ? 'listener' : '-',
      ...(SHORT.has(step) && { short: true }),
      make(stage) {
        stage.points.at(step, stage.setTheirs);
        return walk(stage, step);
      },
    }),
  ),
  ...(['guard-woken', 'guard-locked', 'guard-restored'] as const).map(
    (point): Row => ({
      fault: `kill -9 of the listener, and changed by somebody else at ${point}`,
      webhook: 'theirs',
      by: point === 'guard-restored' ? 'guard' : '-',
      make(stage) {
        stage.points.at(point, stage.setTheirs);
        return killedListener(stage);
      },
    }),
  ),
  {
    fault: 'changed by somebody else after both were killed, then restore',
    webhook: 'theirs',
    by: '-',
    async make(stage) {
      stage.points.at('ready', ({ pid }) => stage.killWithGuards(pid));
      await stage.listen().exit;
      await stage.setTheirs();
      await stage.restore();
    },
  },
];

export const vendorRows: readonly Row[] = [...away, ...slow, ...limiting, ...lying, ...changed];
