/** A tunnel by ngrok's official SDK, which is loaded when one is opened. */

import type { Listener, Session } from '@ngrok/ngrok';
import { CliError } from '../errors.ts';
import { ngrokError } from './ngrok-errors.ts';
import type { NgrokOptions } from './ngrok-options.ts';
import type { Opening, OpenTunnel, Tunnel } from './tunnel.ts';

/** How often the session is asked whether it lives, and how long the answer may take, in seconds. */
const HEARTBEAT = { interval: 3, tolerance: 2 };
/** An older answer than this says nothing of now, in ms. */
const BEAT_MS = (HEARTBEAT.interval + 1) * 1000;
const CLOSE_MS = 500;

/**
 * Opens tunnels with these options. The SDK reconnects a lost connection by itself at once, but then
 * waits 50 ms, 2.5 s, 125 s, and never ends a silent one; whoever watches closes what does not heal.
 * Throws tunnel errors: `ngrok_not_installed`, `ngrok_silent`, and those of {@link ngrokError}.
 */
export function ngrokTunnel(options: NgrokOptions, now: () => number): OpenTunnel {
  return async (localPort, opening) => {
    const { SessionBuilder } = await load();
    const pulse = takePulse(opening, now);
    const builder = new SessionBuilder()
      .authtoken(options.authtoken ?? '')
      .metadata('eazewa-hooks')
      .heartbeatInterval(HEARTBEAT.interval)
      .heartbeatTolerance(HEARTBEAT.tolerance)
      .handleHeartbeat(pulse.beat)
      .handleDisconnection(pulse.disconnected);
    if (options.server !== null) builder.serverAddr(options.server);
    if (options.ca !== null) builder.caCert(Buffer.from(options.ca));
    const session = await step(opening, options, builder.connect(), (late) => late.close());
    try {
      const endpoint = session.httpEndpoint().metadata('eazewa-hooks');
      if (options.domain !== null) endpoint.domain(options.domain);
      const listening = endpoint.listenAndForward(`http://127.0.0.1:${localPort}`);
      const listener = await step(opening, options, listening, (late) => late.close());
      return tunnelOf(session, listener, urlOf(listener), pulse, opening);
    } catch (error) {
      await atMost(session.close());
      throw error;
    }
  };
}

/** It is native: there are systems that it has no build for. */
async function load(): Promise<typeof import('@ngrok/ngrok')> {
  try {
    return await import('@ngrok/ngrok');
  } catch (cause) {
    throw new CliError(
      'tunnel',
      'ngrok_not_installed',
      `ngrok's SDK cannot be loaded on this system (${process.platform} ${process.arch})`,
      {
        hint: 'Install again without --omit=optional, or open a tunnel of your own and name its url with --public-url.',
        cause,
      },
    );
  }
}

interface Pulse {
  readonly beat: (latencyMs: number | null) => void;
  readonly disconnected: () => boolean;
  /** Whether the session answers; waits for its next heartbeat when the last one says nothing of now. */
  isAlive(): Promise<boolean>;
}

/** The callbacks of a session. An exception in one, or a promise from it, would end the process (NGROK §3). */
function takePulse({ suspect }: Opening, now: () => number): Pulse {
  let lastBeat: number | null = null;
  let tell = (_alive: boolean) => {};
  // Out of the callback before anything else happens.
  const later = (why: string, lost: boolean) => void setImmediate(suspect, why, lost);
  return {
    beat(latencyMs) {
      lastBeat = latencyMs === null ? null : now();
      tell(lastBeat !== null);
      if (lastBeat === null) later('ngrok does not answer', false);
    },
    disconnected() {
      lastBeat = null;
      tell(false);
      later('the connection to ngrok was lost', true);
      return true;
    },
    isAlive() {
      if (lastBeat === null) return Promise.resolve(false);
      // By the clock, this machine may have slept since then.
      if (Math.abs(now() - lastBeat) < BEAT_MS) return Promise.resolve(true);
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, BEAT_MS + HEARTBEAT.tolerance * 1000, false);
        tell = (alive) => {
          clearTimeout(timer);
          resolve(alive);
        };
      });
    },
  };
}

/** It comes from a server, and goes to another one. */
function urlOf(listener: Listener): string {
  const url = listener.url() ?? '';
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '');
  throw new CliError('tunnel', 'ngrok_no_url', 'ngrok opened a tunnel and gave it no url', {
    hint: 'Try again; or name a url of your own with --public-url.',
  });
}

function tunnelOf(
  session: Session,
  listener: Listener,
  url: string,
  pulse: Pulse,
  opening: Opening,
): Tunnel {
  let closed: Promise<void> | null = null;
  const close = async () => {
    // Asked of a silent session, this never ends, keeps the session from being closed, and so lets it
    // come back later with the url that is somebody else's by then.
    if (await pulse.isAlive()) await atMost(listener.close());
    await atMost(session.close());
  };
  const stopped = () => {
    if (closed === null) opening.suspect('ngrok stopped the tunnel', true);
  };
  listener.join().then(stopped, stopped);
  return {
    url,
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** One step of the SDK's, which has no time-outs of its own. What comes after all is given back. */
async function step<T>(
  { stepMs, signal }: Opening,
  options: NgrokOptions,
  work: Promise<T>,
  giveBack: (late: T) => Promise<unknown>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let interrupt = () => {};
  let over = false;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent(stepMs, options)), stepMs);
    interrupt = () => reject(signal.reason);
    signal.addEventListener('abort', interrupt);
    if (signal.aborted) interrupt();
  });
  work.then((late) => over && giveBack(late)).catch(() => {});
  try {
    return await Promise.race([work, ended]);
  } catch (error) {
    over = true;
    throw signal.aborted ? signal.reason : ngrokError(error, options);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
  }
}

function silent(stepMs: number, { server }: NgrokOptions): CliError {
  return new CliError(
    'tunnel',
    'ngrok_silent',
    `${server ?? 'ngrok'} takes the connection and does not answer within ${Math.round(stepMs / 1000)} s`,
    {
      hint: 'See whether a firewall or proxy holds the connection, and https://status.ngrok.com; or name a url of your own with --public-url.',
    },
  );
}

/** Resolves when it is done or has failed, or after a while. */
async function atMost(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([work.catch(() => {}), over]);
  clearTimeout(timer);
}
