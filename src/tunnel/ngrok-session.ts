/**
 * The process of one ngrok session. The SDK does not always close what it is told to close, and one
 * silent connection blocks all others; a process that ends takes everything with it.
 */

import { SessionBuilder } from '@ngrok/ngrok';
import type { NgrokOptions } from './ngrok-options.ts';

/** Messages to the session. */
export type ToSession =
  | {
      readonly type: 'open';
      readonly options: NgrokOptions;
      readonly localPort: number;
      readonly heartbeat: { readonly interval: number; readonly tolerance: number };
    }
  | { readonly type: 'close' };

/** Messages from the session. `silent`: a heartbeat got no answer. */
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
      // A callback that throws or returns a promise would end the process (NGROK §3).
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
  // Ends with its listener, and not by the terminal's signals: events must still come in until the
  // webhook is restored.
  process.on('disconnect', () => process.exit());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}
