/** Set-up of the simulator's tests: a simulator and a client. */

import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../src/simulator/simulator.ts';

export const TOKEN = 'test-token-of-the-simulator';

/** Starts a simulator with instance 33, closed at the end of the test. */
export async function start(
  webhook: { url: string | null; events: readonly string[] } = { url: null, events: [] },
  options: Partial<SimulatorOptions> = {},
): Promise<Simulator> {
  const simulator = await startSimulator({
    port: 0,
    apiToken: TOKEN,
    instances: [{ id: '33', name: 'Test', webhook }],
    random: randomBytes,
    now: Date.now,
    retryDelayMs: 20,
    ...options,
  });
  onTestFinished(() => simulator.close());
  return simulator;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed text; null for no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
}

/** Sends a request with the API token. `headers` override it; `undefined` removes a header. */
export function call(
  simulator: Simulator,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string | undefined> = {},
): Promise<Answer> {
  const bytes =
    body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body);
  const all: Record<string, string | undefined> = {
    authorization: `Bearer ${TOKEN}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port: simulator.port, method, path, headers: Object.fromEntries(given), agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { headers, statusCode: status = 0 } = response;
          const json = headers['content-type'] === 'application/json' ? JSON.parse(text) : null;
          resolve({ status, headers, text, json });
        });
      },
    );
    request.on('error', reject);
    request.end(bytes);
  });
}
