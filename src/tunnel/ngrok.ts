/** Tunnels by ngrok's official SDK. Each session runs in a process of its own. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { CliError } from '../errors.ts';
import { onAbort } from '../platform/on-abort.ts';
import { ngrokError } from './ngrok-errors.ts';
import type { NgrokOptions } from './ngrok-options.ts';
import type { FromSession, ToSession } from './ngrok-session.ts';
import { parsePublicUrl } from './public-url.ts';
import type { Opening, OpenTunnel, Tunnel } from './tunnel.ts';

/** How often ngrok is asked whether the session is alive, and how long its answer may take, in seconds. */
const HEARTBEAT = { interval: 3, tolerance: 2 };
/** How long a session may take to close its tunnel, in ms. */
const CLOSE_MS = 500;
const LONGEST_URL = 1000;
/** The environment that a process needs to run at all; none of it is a secret. */
const ENVIRONMENT = ['PATH', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP', 'LD_LIBRARY_PATH'];

/** The program of a session; it stands beside this one. */
const SESSION = new URL('./ngrok-session.js', import.meta.url);

/**
 * Opens tunnels with these options. The SDK reconnects a lost connection at once, then after 50 ms,
 * 2.5 s and 125 s, and never ends a silent one: the watchdog closes a tunnel that does not heal.
 * Throws tunnel errors: `ngrok_silent`, `ngrok_no_url`, `ngrok_ended`, and those of {@link ngrokError}.
 */
export function ngrokTunnel(options: NgrokOptions, program: URL = SESSION): OpenTunnel {
  return async (localPort, opening) => {
    opening.signal.throwIfAborted();
    const env = Object.fromEntries(
      ENVIRONMENT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    );
    // The SDK writes to stdout.
    const child = fork(program, [], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const say = (message: ToSession) => child.connected && child.send(message, () => {});
    child.on('error', () => {});
    const gone = once(child, 'exit').catch(() => {});
    let closed: Promise<void> | null = null;
    const close = () => {
      closed ??= end(child, gone, () => say({ type: 'close' }));
      return closed;
    };
    say({ type: 'open', options, localPort, heartbeat: HEARTBEAT });
    try {
      const url = urlOf(await opened(child, opening, options));
      child.on('message', (message: FromSession) => {
        if (closed === null) tell(message, opening);
      });
      child.on('exit', () => {
        if (closed === null) opening.suspect('the process of the tunnel ended', true);
      });
      return { url, close } satisfies Tunnel;
    } catch (error) {
      await close();
      throw error;
    }
  };
}

/** Passes on what an open session reports. */
function tell({ type }: FromSession, { suspect }: Opening): void {
  if (type === 'silent') suspect('ngrok does not answer', false);
  else if (type === 'lost') suspect('the connection to ngrok was lost', true);
  else if (type === 'stopped') suspect('ngrok stopped the tunnel', true);
}

/** Resolves with the url of the session's tunnel. Each step has a timeout: the SDK has none. */
function opened(
  child: ChildProcess,
  { stepMs, signal }: Opening,
  options: NgrokOptions,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    const step = () => {
      clearTimeout(timer);
      timer = setTimeout(() => done(() => reject(silent(stepMs, options))), stepMs);
    };
    const done = (settle: () => void) => {
      clearTimeout(timer);
      leave();
      child.off('message', onMessage).off('exit', exited).off('error', failed);
      settle();
    };
    const stop = () => done(() => reject(signal.reason));
    const exited = () => done(() => reject(ended(null)));
    const failed = (error: Error) => done(() => reject(ended(error)));
    const onMessage = (message: FromSession) => {
      if (message.type === 'connected') step();
      else if (message.type === 'open') done(() => resolve(message.url));
      else if (message.type === 'failed') done(() => reject(refused(message, options)));
    };
    step();
    const leave = onAbort(signal, stop);
    child.on('message', onMessage).on('exit', exited).on('error', failed);
  });
}

function refused(
  { message, errorCode }: Extract<FromSession, { type: 'failed' }>,
  options: NgrokOptions,
): CliError {
  return ngrokError(Object.assign(new Error(message), { errorCode }), options);
}

/** Closes the tunnel, so that its url is free at once; then ends the process, whatever it is doing. */
async function end(
  child: ChildProcess,
  gone: Promise<unknown>,
  closeTunnel: () => unknown,
): Promise<void> {
  closeTunnel();
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
  if (child.pid !== undefined) await gone;
  clearTimeout(timer);
}

/** Checks a url from ngrok's server before the vendor's server gets it. */
function urlOf(url: string | null): string {
  try {
    if (url !== null && url.length <= LONGEST_URL) return parsePublicUrl(url);
  } catch {
    // No url that a webhook could have.
  }
  throw new CliError('tunnel', 'ngrok_no_url', 'ngrok opened a tunnel and gave it no usable url', {
    hint: 'Try again, or name your own url with --public-url.',
  });
}

function silent(stepMs: number, { server }: NgrokOptions): CliError {
  return new CliError(
    'tunnel',
    'ngrok_silent',
    `${server ?? 'ngrok'} accepts the connection and does not answer within ${Math.round(stepMs / 1000)} s`,
    {
      hint: 'Check whether a firewall or proxy blocks the connection, and https://status.ngrok.com; or name your own url with --public-url.',
    },
  );
}

/** The SDK is native, and has no build for some systems. */
function ended(cause: Error | null): CliError {
  return new CliError(
    'tunnel',
    'ngrok_ended',
    `ngrok's SDK cannot run on this system (${process.platform} ${process.arch})`,
    {
      hint: 'Install again without --omit=optional, or open your own tunnel and name its url with --public-url.',
      cause,
    },
  );
}
