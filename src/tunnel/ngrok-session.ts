/**
 * One ngrok session, in a process of its own: its SDK keeps what it was told to close, and one
 * connection that nobody answers keeps all others waiting. What ends with a process is gone for sure.
 */

import { SessionBuilder } from '@ngrok/ngrok';
import type { NgrokOptions } from './ngrok-options.ts';

/** What the session is asked to do. */
export type ToSession =
  | {
      readonly type: 'open';
      readonly options: NgrokOptions;
      readonly localPort: number;
      readonly heartbeat: { readonly interval: number; readonly tolerance: number };
    }
  | { readonly type: 'close' };

/** What it says. `beat`: the heartbeats that were answered are not told. */
export type FromSession =
  | { readonly type: 'connected' }
  | { readonly type: 'open'; readonly url: string | null }
  | { readonly type: 'failed'; readonly message: string; readonly errorCode: string | null }
  | { readonly type: 'silent' }
  | { readonly type: 'lost' }
  | { readonly type: 'stopped' };

const { send } = process;
if (send !== undefined) {
  const say = (message: FromSession) => void send.call(process, message, () => {});
  let close = async () => {};

  const open = async ({ options, localPort, heartbeat }: Extract<ToSession, { type: 'open' }>) => {
    const builder = new SessionBuilder()
      .authtoken(options.authtoken ?? '')
      .metadata('eazewa-hooks')
      .heartbeatInterval(heartbeat.interval)
      .heartbeatTolerance(heartbeat.tolerance)
      // An exception in a callback, or a promise from it, would end the process (NGROK §3).
      .handleHeartbeat((latencyMs) => {
        if (latencyMs === null) say({ type: 'silent' });
      })
      .handleDisconnection(() => {
        say({ type: 'lost' });
        return true;
      });
    if (options.server !== null) builder.serverAddr(options.server);
    if (options.ca !== null) builder.caCert(Buffer.from(options.ca));
    const session = await builder.connect();
    say({ type: 'connected' });
    const endpoint = session.httpEndpoint().metadata('eazewa-hooks');
    if (options.domain !== null) endpoint.domain(options.domain);
    const listener = await endpoint.listenAndForward(`http://127.0.0.1:${localPort}`);
    close = () => listener.close();
    const stopped = () => say({ type: 'stopped' });
    listener.join().then(stopped, stopped);
    say({ type: 'open', url: listener.url() });
  };

  process.on('message', (message: ToSession) => {
    if (message.type === 'open') {
      open(message).catch((error: Error & { errorCode?: string }) => {
        say({ type: 'failed', message: error.message, errorCode: error.errorCode ?? null });
      });
    } else {
      close()
        .catch(() => {})
        .finally(() => process.exit());
    }
  });
  // Whoever wanted it is gone. The terminal's signals are not for it: until the webhook is put back,
  // what the vendor sends must still come in.
  process.on('disconnect', () => process.exit());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}
