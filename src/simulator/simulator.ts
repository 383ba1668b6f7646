/** The simulator: the vendor on localhost, for trying things out without a phone and without harm. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CliError } from '../errors.ts';
import { createFreshener } from '../fixtures/fresh.ts';
import { loadFixture, type WebhookBody } from '../fixtures/load.ts';
import { type PreparedScenario, prepareScenario, runScenario } from '../fixtures/scenario.ts';
import { type Api, handleApi } from './api.ts';
import { type Control, handleControl, requireLocal } from './control.ts';
import { createDeliveries, type Delivery } from './deliveries.ts';
import { type Emitted, emitOnce } from './emit.ts';
import { answer, parseUrl, Refusal, requireToken } from './http.ts';
import type { Instance, Webhook } from './instances.ts';

/** How to start a simulator. Times are in milliseconds. */
export interface SimulatorOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly apiToken: string;
  readonly instances: readonly {
    readonly id: string;
    readonly name?: string;
    readonly webhook: Webhook;
  }[];
  /** The scenario that runs on an instance, once, as soon as its webhook has a url and events. */
  readonly scenario?: string | null;
  /** Divides the waits of that scenario; default 1. */
  readonly speed?: number;
  /** The wait after a try that had no response; default 3000 (VENDOR §2). */
  readonly retryDelayMs?: number;
  /** How long a response may take; default 30000 (the vendor's own is not documented). */
  readonly responseTimeoutMs?: number;
  /** That many random bytes. */
  random(size: number): Uint8Array;
  /** Milliseconds since 1970. */
  now(): number;
  /** Told what happens, in lines without a secret. */
  log?(line: string): void;
}

/** A simulator that runs. */
export interface Simulator {
  /** What `--api-url` takes. */
  readonly apiUrl: string;
  readonly port: number;
  /** Lets an event happen now: a body as it is, or the name of a fixture, which is made fresh. */
  emit(instanceId: string, what: WebhookBody | string): Emitted;
  /** The newest deliveries, up to 10,000, oldest first. */
  deliveries(instanceId?: string): Delivery[];
  /** Ends everything, at once; resolves when no socket and no timer is left. */
  close(): Promise<void>;
}

/**
 * Starts a simulator on 127.0.0.1. Throws `port_in_use` for a taken port, `port_refused` for one
 * that the system does not give, and `no_such_fixture` for an unknown scenario.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { apiToken, now, random, speed = 1, scenario = null } = options;
  const prepared = scenario === null ? null : prepareScenario(scenario, speed);
  const closing = new AbortController();
  const instances = new Map(
    options.instances.map(({ id, name = 'Simulator', webhook }): [string, Instance] => [
      id,
      { id, name, webhook, status: prepared === null ? 'ready' : 'booting' },
    ]),
  );
  const deliveries = createDeliveries({
    retryDelayMs: options.retryDelayMs ?? 3000,
    responseTimeoutMs: options.responseTimeoutMs ?? 30_000,
    now,
    ...(options.log === undefined ? {} : { log: options.log }),
  });
  const emitter = { instances, deliveries };
  const running = new Map<string, AbortController>();

  function start(id: string, steps: PreparedScenario): void {
    running.get(id)?.abort();
    const own = new AbortController();
    running.set(id, own);
    const signal = AbortSignal.any([closing.signal, own.signal]);
    options.log?.(`scenario ${steps.name} begins on instance ${id}`);
    const emit = (body: WebhookBody) => void emitOnce(emitter, id, { ...body, instanceId: id });
    void runScenario(steps, { now, random }, emit, signal);
  }

  const begun = new Set<string>();
  function onWebhook({ id, webhook }: Instance): void {
    if (prepared === null || begun.has(id)) return;
    if (webhook.url === null || webhook.events.length === 0) return;
    begun.add(id);
    start(id, prepared);
  }

  const control: Control = {
    ...emitter,
    now,
    random,
    signal: closing.signal,
    startScenario(id, name, speed) {
      const steps = prepareScenario(name, speed);
      start(id, steps);
      return steps;
    },
  };

  const server = createServer({ headersTimeout: 10_000, requestTimeout: 60_000 });
  const port = await listen(server, options.port).catch(async (error: unknown) => {
    await deliveries.close();
    throw error;
  });
  const apiUrl = `http://127.0.0.1:${port}/api/v1`;
  const api: Api = { apiUrl, instances, onWebhook };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    route(api, control, apiToken, request, response).catch((error: unknown) => {
      const { status, body, headers } = refusalOf(error);
      if (status === 500) options.log?.(`a request failed: ${String(error)}`);
      answer(response, status, body, headers);
    });
  });
  for (const instance of instances.values()) onWebhook(instance);

  return {
    apiUrl,
    port,
    emit(instanceId, what) {
      if (typeof what !== 'string') return emitOnce(emitter, instanceId, what);
      const body = createFreshener({ now, random })(loadFixture(what));
      return emitOnce(emitter, instanceId, { ...body, instanceId });
    },
    deliveries: (instanceId) => deliveries.list(instanceId ?? null, Number.POSITIVE_INFINITY),
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, deliveries.close()]);
    },
  };
}

const API_PATH = '/api/v1';
const CONTROL_PATH = '/_simulator';

async function route(
  api: Api,
  control: Control,
  apiToken: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = parseUrl(`http://127.0.0.1${request.url}`);
  if (url === null) throw new Refusal(400, 'The path is not valid.');
  const path = url.pathname;
  if (path.startsWith(`${CONTROL_PATH}/`)) {
    requireLocal(request);
    requireToken(request, apiToken);
    await handleControl(control, request, response, url, path.slice(CONTROL_PATH.length));
  } else if (path.startsWith(`${API_PATH}/`)) {
    requireToken(request, apiToken);
    await handleApi(api, request, response, url, path.slice(API_PATH.length));
  } else throw new Refusal(404, 'Not found.');
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof CliError)) return new Refusal(500, 'The simulator failed.');
  const { code, hint = null, message } = error;
  return new Refusal(error.exit === 'notFound' ? 404 : 422, message, { code, hint });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, port)));
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function portError(error: NodeJS.ErrnoException, port: number): CliError {
  if (error.code === 'EADDRINUSE') {
    return new CliError('usage', 'port_in_use', `port ${port} is taken by another program`, {
      hint: 'Choose another one, or 0 for any that is free',
      cause: error,
    });
  }
  return new CliError('usage', 'port_refused', `port ${port} cannot be listened on`, {
    hint: 'Choose one above 1023, or 0 for any that is free',
    cause: error,
  });
}
