/** A proxy before the vendor's API: logs each request, and can delay it, cut it or answer wrongly. */

import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { until } from '../support/until.ts';
import { serve } from './server.ts';

/** A request that passed the proxy. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** The webhook url that it sets; undefined for a request without a body. */
  readonly sets: string | null | undefined;
  /** Its body, parsed; undefined for none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  readonly body: any;
  /** When it arrived and when the vendor had answered it (0 until then), by `performance.now()`. */
  readonly cameAt: number;
  landedAt: number;
  /** What the vendor answered, 0 until then. */
  status: number;
}

/** An answer of the vendor. */
export interface Answer {
  readonly status: number;
  /** Undefined for none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests falsify it freely
  readonly json: any;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends the request on to the vendor. */
type PassOn = () => Promise<Answer>;

/** What becomes of a request: `cut` breaks its connection. */
export type Disturb = (asked: Asked, passOn: PassOn) => Promise<Answer | 'cut'> | Answer | 'cut';

export interface Api {
  readonly apiUrl: string;
  readonly log: readonly Asked[];
  /** Disturbs each request from now on; null for none. */
  disturb(how: Disturb | null): void;
  /** Resolves when every request was answered, also one whose sender is gone. */
  idle(): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a proxy before the API at `apiUrl`. */
export async function startApi(apiUrl: string): Promise<Api> {
  const log: Asked[] = [];
  let underWay = 0;
  let disturb: Disturb | null = null;
  const { url, close } = await serve(async (incoming, response) => {
    underWay++;
    try {
      const body = await text(incoming);
      const json = body === '' ? undefined : JSON.parse(body);
      const asked = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        sets: json?.webhook?.url,
        body: json,
        cameAt: performance.now(),
        landedAt: 0,
        status: 0,
      };
      log.push(asked);
      const passOn = async () => {
        const answer = await onward(new URL(incoming.url ?? '', apiUrl), incoming, body);
        asked.landedAt = performance.now();
        asked.status = answer.status;
        return answer;
      };
      const answer = await (disturb?.(asked, passOn) ?? passOn());
      if (answer === 'cut') return void response.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.json === undefined ? '' : JSON.stringify(answer.json));
    } finally {
      underWay--;
    }
  });
  return {
    apiUrl: `${url}/api/v1`,
    log,
    disturb(how) {
      disturb = how;
    },
    idle: () => until(() => underWay === 0, 'the end of all requests to the vendor', 60_000),
    close,
  };
}

function onward(to: URL, { method, headers }: IncomingMessage, body: string): Promise<Answer> {
  const { authorization = '', 'content-type': type = 'application/json' } = headers;
  const sent = { authorization, 'content-type': type, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asked = request(to, { method, headers: sent, agent: false }, (answer) => {
      text(answer)
        .then((said) => (said === '' ? undefined : JSON.parse(said)))
        .then((said) => resolve({ status: answer.statusCode ?? 500, json: said }), reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
