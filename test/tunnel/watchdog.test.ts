/** The watchdog, over the real SDK and the stand-in edge. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../src/errors.ts';
import { type TunnelNews, watchTunnel } from '../../src/tunnel/watchdog.ts';
import { type NgrokEdge, startNgrokEdge } from '../support/ngrok-edge/edge.ts';
import { until } from '../support/until.ts';
import { type Rig, startRig } from './harness.ts';

let edge: NgrokEdge;
let here: Rig;
let ahead = 0;
/** The clock, which a test may set. */
const now = () => Date.now() + ahead;

beforeEach(async () => {
  ahead = 0;
  edge = await startNgrokEdge();
  here = await startRig(edge, now);
});

afterEach(async () => {
  await here.clean();
  await edge.close();
});

type News<State> = Extract<TunnelNews, { state: State }>;

const states = () => here.news.map(({ state }) => state);
const binds = () => edge.asked.filter(({ rpc }) => rpc === 'bind').length;
/** What is said when the tunnel is up again, for the nth time. */
const upAgain = async (times = 1) => {
  const up = () => here.news.filter(({ state }) => state === 'up');
  await until(() => up().length > times, 'the tunnel is up again', 25_000);
  return up()[times] as News<'up'>;
};

describe('a tunnel', () => {
  it('is proven before it is reported as up', async () => {
    const tunnel = await here.watch();
    expect(tunnel.url).toBe(edge.url);
    expect(here.proofs).toEqual(['POST 500', 'POST 200000']);
    expect(here.news).toMatchObject([
      { state: 'up', url: edge.url, outageFrom: null, outageTo: null },
    ]);
  });

  it('that leads elsewhere is given up', async () => {
    here.honest = false;
    await expect(here.watch()).rejects.toThrow('answered by another server');
    expect(edge.isBound).toBe(false);
  });

  it('that passes only smaller requests than a webhook is given up at once', async () => {
    let tries = 0;
    const prove = async () => {
      tries++;
      throw new CliError('tunnel', 'webhooks_not_passed', 'a POST is refused');
    };
    await expect(here.watch({ prove })).rejects.toThrow('a POST is refused');
    expect(tries).toBe(1);
  });

  it('may take a moment until it is known everywhere', async () => {
    let tries = 0;
    await here.watch({
      prove: async () => {
        if (++tries < 3) throw new Error('not yet');
      },
    });
    expect(tries).toBe(3);
  });

  it('is given up when the signal aborts', async () => {
    const stop = new AbortController();
    edge.delay('auth', Number.POSITIVE_INFINITY);
    const opening = here.watch({ signal: stop.signal });
    await until(() => edge.asked.length > 0);
    stop.abort(new Error('not wanted'));
    await expect(opening).rejects.toThrow('not wanted');
  });
});

describe('a connection that is lost', () => {
  it.each(['reset', 'fin', 'goaway'] as const)(
    'by %s is reported, and proven again',
    async (how) => {
      await here.watch();
      const before = now();
      edge.drop(how);
      const up = await upAgain();
      expect(states()).toEqual(['up', 'down', 'up']);
      expect(here.news[1]).toMatchObject({ reason: 'the connection to ngrok was lost' });
      // In between the edge has answered in our place, however short it was.
      expect(up.outageFrom).toBeLessThanOrEqual(before);
      expect(up.outageTo).toBeGreaterThanOrEqual(before);
      expect((await fetch(edge.url)).status).toBe(200);
      expect(here.moves).toEqual([]);
      expect(here.proofs.slice(2)).toEqual(['POST 500']);
    },
  );

  it('and stays silent is replaced by a new one, and does not come back', async () => {
    await here.watch();
    edge.drop('freeze');
    await upAgain();
    expect(states()).toEqual(['up', 'down', 'up']);
    expect(binds()).toBe(2);
    edge.drop('reset');
    await upAgain(2);
    // Of the two sessions whose connections were reset, only the one in use is there again.
    expect((await fetch(edge.url)).status).toBe(200);
    expect(binds()).toBe(3);
  });

  it('is retried until the edge is up again', async () => {
    await here.watch();
    edge.down();
    await until(() => here.failures.length > 0);
    await edge.up();
    await upAgain();
    expect(here.failures).toHaveLength(1);
    expect((await fetch(edge.url)).status).toBe(200);
  });

  it('is retried while the edge refuses', async () => {
    await here.watch();
    edge.refuse('auth', { code: 'ERR_NGROK_108', message: 'One session only.' });
    edge.drop('reset');
    await until(() => here.failures.length > 0);
    edge.refuse('auth', null);
    await upAgain();
    expect((await fetch(edge.url)).status).toBe(200);
  });

  it('is opened anew after an edge that accepted connections and stayed silent', async () => {
    await here.watch();
    edge.delay('auth', Number.POSITIVE_INFINITY);
    edge.drop('reset');
    await until(() => here.failures.length > 0, 'a time that was over', 15_000);
    edge.delay('auth', 0);
    await upAgain();
    expect((await fetch(edge.url)).status).toBe(200);
  });

  it('does not come back once it was given up: its url is free for the new one', async () => {
    await here.watch();
    edge.delay('auth', 2000);
    edge.drop('reset');
    await until(() => edge.asked.filter(({ rpc }) => rpc === 'auth').length > 1);
    edge.delay('auth', 0);
    await upAgain();
    expect(here.failures).toEqual([]);
    await until(() => edge.sessions === 1, 'only the session in use is left');
  });

  it('leaves no session behind, however often it is opened', async () => {
    await here.watch();
    edge.refuse('bind', { code: 'ERR_NGROK_334', message: 'In use.' });
    edge.drop('reset');
    await until(() => edge.asked.filter(({ rpc }) => rpc === 'auth').length > 5);
    edge.refuse('bind', null);
    await upAgain();
    await until(() => edge.sessions === 1);
  });

  it('again and again is not proven each time', async () => {
    await here.watch();
    for (let times = 1; times <= 10; times++) {
      edge.drop('reset');
      await upAgain(times);
    }
    edge.drop('reset');
    await until(() => states().at(-1) === 'down');
    const { length } = here.proofs;
    const since = performance.now();
    await until(() => performance.now() - since > 2000);
    expect(here.proofs).toHaveLength(length);
    expect(states().at(-1)).toBe('down');
  });

  it('is opened anew when it was stopped from outside', async () => {
    await here.watch();
    edge.stopTunnels();
    await upAgain();
    expect(here.news[1]).toMatchObject({ reason: 'ngrok stopped the tunnel' });
  });
});

describe('another url', () => {
  it('is given to the instance before the tunnel counts as up', async () => {
    const tunnel = await here.watch();
    const old = edge.url;
    await edge.moveElsewhere();
    edge.drop('reset');
    await upAgain();
    expect(states()).toEqual(['up', 'down', 'changed', 'up']);
    expect(here.moves).toEqual([edge.url]);
    expect(here.proofs.slice(-2)).toEqual(['POST 500', 'POST 200000']);
    expect(tunnel.url).toBe(edge.url);
    expect(edge.url).not.toBe(old);
  });
});

describe('a url whose setting is in doubt', () => {
  it('is set again, also when the tunnel has its old url by then', async () => {
    const urls = ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'http://127.0.0.1:1'];
    let suspect = (_why: string, _lost: boolean) => {};
    let broken = false;
    const tunnel = await watchTunnel({
      open: async (opening) => {
        ({ suspect } = opening);
        broken = false;
        return { url: urls.shift() ?? '', close: async () => {} };
      },
      prove: async () => {
        if (broken) throw new Error('broken');
      },
      say: (news) => here.news.push(news),
      failing: ({ message }) => here.failures.push(message),
      now,
      signal: new AbortController().signal,
      backOffMs: [20],
    });
    const moves: string[] = [];
    const lose = () => {
      broken = true;
      suspect('lost', true);
    };
    tunnel.start(async (url) => {
      moves.push(url);
      if (moves.length > 1) return;
      // It may have arrived all the same.
      lose();
      throw new Error('no answer');
    });
    lose();
    await upAgain();
    expect(moves).toEqual(['http://127.0.0.1:2', 'http://127.0.0.1:1']);
    expect(tunnel.url).toBe('http://127.0.0.1:1');
    await tunnel.stop();
  });
});

describe('the loop', () => {
  it('did not hold while the machine slept, however soon it holds again', async () => {
    await here.watch();
    const asleep = now();
    ahead += 3_600_000;
    const { outageFrom, outageTo } = await upAgain();
    expect(states()).toEqual(['up', 'down', 'up']);
    expect(here.news[1]).toMatchObject({ reason: expect.stringContaining('asleep') });
    expect(outageFrom).toBeLessThanOrEqual(asleep);
    expect(outageTo).toBeGreaterThanOrEqual(asleep + 3_600_000);
    expect(binds()).toBe(1);
  });

  it('did not hold when a first proof failed, although the next one did not', async () => {
    let fails = 0;
    const tunnel = await here.watch({
      open: async (opening) => {
        setImmediate(opening.suspect, 'ngrok does not answer', false);
        return { url: 'http://127.0.0.1:1', close: async () => {} };
      },
      prove: async () => {
        // The first is that of the opening.
        if (fails++ === 1) throw new Error('not now');
      },
    });
    const { outageFrom } = await upAgain();
    expect(outageFrom).toBeLessThanOrEqual(now());
    expect(here.news[1]).toMatchObject({ state: 'down', reason: 'not now' });
    expect(tunnel.outageFrom).toBe(null);
  });

  it('is down since it was last proven when somebody else answers', async () => {
    const tunnel = await here.watch();
    here.honest = false;
    const proven = now();
    ahead += 60_000;
    await until(() => here.failures.length > 0);
    expect(tunnel.outageFrom).toBeLessThanOrEqual(proven);
    expect(here.failures[0]).toContain('answered by another server');
    here.honest = true;
    await upAgain();
  });

  it('is proven by an event: what is lost afterwards was lost after it', async () => {
    const tunnel = await here.watch();
    const opened = now();
    // An event counts as of the tick before the last.
    await until(() => {
      tunnel.eventArrived();
      return now() - opened > 3500;
    });
    edge.drop('reset');
    const { outageFrom } = await upAgain();
    expect(outageFrom).toBeGreaterThan(opened);
  });

  it('has no outage in the future when the clock is set back', async () => {
    await here.watch();
    ahead -= 3_600_000;
    edge.drop('reset');
    const { outageFrom, outageTo } = await upAgain();
    expect(outageFrom).toBeLessThanOrEqual(outageTo ?? 0);
    expect(outageTo).toBeLessThanOrEqual(now());
  });
});

describe('stopping', () => {
  it('unbinds', async () => {
    const tunnel = await here.watch();
    await tunnel.stop();
    expect(edge.isBound).toBe(false);
    expect(edge.asked.some(({ rpc }) => rpc === 'unbind')).toBe(true);
  });

  it.each(['freeze', 'reset'] as const)('does not wait for an edge after %s', async (how) => {
    const tunnel = await here.watch();
    edge.drop(how);
    await tunnel.stop();
  });

  it('ends the retries', async () => {
    const tunnel = await here.watch();
    edge.down();
    await until(() => here.failures.length > 0);
    await tunnel.stop();
    await edge.up();
    const { length } = edge.asked;
    await fetch(edge.url);
    expect(edge.asked).toHaveLength(length);
  });
});
