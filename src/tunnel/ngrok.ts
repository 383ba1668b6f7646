/** A tunnel by ngrok's official SDK, whose sessions have processes of their own. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { CliError } from '../errors.ts';
import { ngrokError } from './ngrok-errors.ts';
import type { NgrokOptions } from './ngrok-options.ts';
import type { FromSession, ToSession } from './ngrok-session.ts';
import { parsePublicUrl } from './public-url.ts';
import type { Opening, OpenTunnel, Tunnel } from './tunnel.ts';

/** How often the session is asked whether it lives, and how long the answer may take, in seconds. */
const HEARTBEAT = { interval: 3, tolerance: 2 };
/** How long it may take to say goodbye to ngrok, in ms. */
const CLOSE_MS = 500;
const LONGEST_URL = 1000;
/** What a process needs of the environment to run at all: none of it is a secret. */
const ENVIRONMENT = ['PATH', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP', 'LD_LIBRARY_PATH'];

/** The program of a session, beside the one that runs. */
const SESSION = new URL('./ngrok-session.js', import.meta.url);

/**
 * Opens tunnels with these options. The SDK reconnects a lost connection by itself at once, but then
 * waits 50 ms, 2.5 s, 125 s, and never ends a silent one; whoever watches closes what does not heal.
 * Throws tunnel errors: `ngrok_silent`, `ngrok_no_url`, `ngrok_ended`, and those of {@link ngrokError}.
 */
export function ngrokTunnel(options: NgrokOptions, program: URL = SESSION): OpenTunnel {
  return async (localPort, opening) => {
    opening.signal.throwIfAborted();
    const env = Object.fromEntries(
      ENVIRONMENT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    );
    // The SDK writes to stdout as it likes.
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

/** What an open session says of itself. */
function tell({ type }: FromSession, { suspect }: Opening): void {
  if (type === 'silent') suspect('ngrok does not answer', false);
  else if (type === 'lost') suspect('the connection to ngrok was lost', true);
  else if (type === 'stopped') suspect('ngrok stopped the tunnel', true);
}

/** Resolves with the url of the session's tunnel; the SDK has no time-outs of its own. */
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
      signal.removeEventListener('abort', stop);
      child.off('message', hear).off('exit', ended).off('error', failed);
      settle();
    };
    const stop = () => done(() => reject(signal.reason));
    const ended = () => done(() => reject(died(null)));
    const failed = (error: Error) => done(() => reject(died(error)));
    const hear = (message: FromSession) => {
      if (message.type === 'connected') step();
      else if (message.type === 'open') done(() => resolve(message.url));
      else if (message.type === 'failed') done(() => reject(refused(message, options)));
    };
    step();
    signal.addEventListener('abort', stop);
    child.on('message', hear).on('exit', ended).on('error', failed);
  });
}

function refused(
  { message, errorCode }: Extract<FromSession, { type: 'failed' }>,
  options: NgrokOptions,
): CliError {
  return ngrokError(Object.assign(new Error(message), { errorCode }), options);
}

/** Says goodbye, so that the url is free at once; then ends the process, whatever it is doing. */
async function end(
  child: ChildProcess,
  gone: Promise<unknown>,
  goodbye: () => unknown,
): Promise<void> {
  goodbye();
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
  if (child.pid !== undefined) await gone;
  clearTimeout(timer);
}

/** It comes from a server, and goes to another one. */
function urlOf(url: string | null): string {
  try {
    if (url !== null && url.length <= LONGEST_URL) return parsePublicUrl(url);
  } catch {
    // It is no url that a webhook could have.
  }
  throw new CliError('tunnel', 'ngrok_no_url', 'ngrok opened a tunnel and gave it no usable url', {
    hint: 'Try again; or name a url of your own with --public-url.',
  });
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

/** It is native: there are systems that it has no build for. */
function died(cause: Error | null): CliError {
  return new CliError(
    'tunnel',
    'ngrok_ended',
    `ngrok's SDK cannot run on this system (${process.platform} ${process.arch})`,
    {
      hint: 'Install again without --omit=optional; or open a tunnel of your own and name its url with --public-url.',
      cause,
    },
  );
}
