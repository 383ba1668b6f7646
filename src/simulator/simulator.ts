/** The simulator: the vendor's API and webhooks on localhost, without a phone and without harm. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { USER_AGENTS, webhookHeaders } from '../eazewa/request.ts';
import {
  INSTANCE_ID,
  newRequestId,
  REQUEST_ID,
  SIGNATURE,
  signatureFor,
} from '../eazewa/signature.ts';
import { CliError } from '../errors.ts';
import { createFreshener } from '../fixtures/fresh.ts';
import { loadFixture, type WebhookBody } from '../fixtures/load.ts';
import { prepareScenario } from '../fixtures/scenario.ts';
import { API_ROUTES, type Api, PING } from './api.ts';
import { CONTROL_ROUTES, type Control, requireLocal } from './control.ts';
import { createDeliveries, type Delivery } from './deliveries.ts';
import { bytesOf, type Emitted, emitOnce } from './emit.ts';
import { answerFault, createFaults } from './faults.ts';
import { answer, parseUrl, Refusal, requireToken } from './http.ts';
import {
  bootingInstance,
  highestId,
  type Instance,
  MOST_INSTANCES,
  updated,
  type Webhook,
} from './instances.ts';
import { createMessages } from './messages.ts';
import { dispatch, notFound } from './routes.ts';
import { createScenarios } from './scenarios.ts';
import { createSubscriptions } from './subscriptions.ts';
import { DEFAULT_SWITCHES, dressed, type Switches } from './switches.ts';

/** How to start a simulator. Times are in milliseconds. */
export interface SimulatorOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly apiToken: string;
  readonly instances: readonly {
    readonly id: string;
    readonly name?: string;
    readonly webhook: Webhook;
  }[];
  /** Signs each delivery, by the switches `signKey` and `signPrefix`; null signs with no secret. */
  readonly secret?: string | null;
  /** Runs once on each instance, as soon as the instance has somewhere to send events. */
  readonly scenario?: string | null;
  /** Divides the pauses of the scenario; default 1. */
  readonly speed?: number;
  /** Choices where the vendor's behaviour is uncertain; the rest is as in `DEFAULT_SWITCHES`. */
  readonly switches?: Partial<Switches>;
  /** The pause after an attempt without a response; default 3000 (VENDOR §2). */
  readonly retryDelayMs?: number;
  /** The timeout for a response; default 30000 (the vendor documents none). */
  readonly responseTimeoutMs?: number;
  /** `size` random bytes. */
  random(size: number): Uint8Array;
  /** Milliseconds since 1970. */
  now(): number;
  /** Gets a line for whatever happens, without secrets. */
  log?(line: string): void;
  /** Called when a scenario was played to its end, with the number of its events. */
  scenarioOver?(name: string, events: number): void;
}

/** A running simulator. */
export interface Simulator {
  /** The value for `--api-url`. */
  readonly apiUrl: string;
  readonly port: number;
  /** Emits an event now: a body unchanged, or a fixture by its name with fresh ids and times. */
  emit(instanceId: string, what: WebhookBody | string): Emitted;
  /** The newest deliveries, up to 10,000, oldest first. */
  deliveries(instanceId?: string): Delivery[];
  /** Stops at once. Resolves when no socket and no timer is left. */
  close(): Promise<void>;
}

/**
 * Starts a simulator on 127.0.0.1. Throws `port_in_use` for a taken port, `port_refused` for a port
 * that the system denies, and `no_such_fixture` for an unknown scenario.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { apiToken, now, random, speed = 1, scenario = null } = options;
  const prepared = scenario === null ? null : prepareScenario(scenario, speed);
  const closing = new AbortController();
  const instances = new Map(
    options.instances.map(({ id, name = 'Simulator', webhook }): [string, Instance] => {
      const status = prepared === null ? 'ready' : 'booting';
      return [id, { ...bootingInstance(id), name, webhook, status }];
    }),
  );
  let switches: Switches = { ...DEFAULT_SWITCHES, ...options.switches };
  const deliveries = createDeliveries({
    retryDelayMs: options.retryDelayMs ?? 3000,
    responseTimeoutMs: options.responseTimeoutMs ?? 30_000,
    now,
    headers: (instanceId, body) => [
      ...webhookHeaders(USER_AGENTS[switches.userAgent]),
      ...signed(instanceId, body),
    ],
    ...(options.log === undefined ? {} : { log: options.log }),
  });
  /** The headers of a signature; none where its key is not known. */
  function signed(instanceId: string, body: Uint8Array): string[] {
    const key = switches.signKey === 'apiToken' ? apiToken : (options.secret ?? null);
    if (key === null) return [];
    return [
      ...[SIGNATURE, signatureFor(body, key, switches.signPrefix === 'sha256')],
      ...[REQUEST_ID, newRequestId(random)],
      ...[INSTANCE_ID, instanceId],
    ];
  }
  const messages = createMessages();
  const subscriptions = createSubscriptions();
  const emitter = { instances, deliveries, messages, subscriptions };
  const faults = createFaults();
  const scenarios = createScenarios({
    first: prepared,
    sends: ({ id, webhook }) =>
      (webhook.url !== null && webhook.events.length > 0) || subscriptions.of(id).length > 0,
    signal: closing.signal,
    now,
    random,
    emit: (id, body) =>
      void emitOnce(emitter, id, bytesOf(dressed(JSON.parse(String(body)), id, switches))),
    over: ({ name, steps }) => options.scenarioOver?.(name, steps.length),
    ...(options.log === undefined ? {} : { log: options.log }),
  });

  const control: Control = {
    ...emitter,
    faults,
    now,
    random,
    signal: closing.signal,
    startScenario(id, name, scenarioSpeed) {
      const steps = prepareScenario(name, scenarioSpeed);
      scenarios.start(id, steps);
      return steps;
    },
    switches: () => switches,
    setSwitches(change) {
      switches = { ...switches, ...change };
    },
  };

  const server = createServer({ headersTimeout: 10_000, requestTimeout: 60_000 });
  const port = await listen(server, options.port).catch(async (error: unknown) => {
    await deliveries.close();
    throw error;
  });
  const origin = `http://127.0.0.1:${port}`;

  // Ids are never reused: a client may still hold the id of a deleted instance.
  let newestId = highestId(instances.keys());
  const api: Api = {
    origin,
    instances,
    messages,
    subscriptions,
    create(from) {
      if (instances.size >= MOST_INSTANCES) return null;
      const id = String(++newestId);
      const instance = updated(bootingInstance(id), from);
      instances.set(id, instance);
      options.log?.(`instance ${id} was created`);
      return instance;
    },
    remove(id) {
      instances.delete(id);
      scenarios.stop(id);
      deliveries.endOf(id);
      messages.forget(id);
      subscriptions.forget(id);
      options.log?.(`instance ${id} was deleted`);
    },
    onWebhook: scenarios.begin,
  };

  /** Answers a request, or throws a refusal. Faults apply after the API token was checked. */
  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = parseUrl(origin + request.url);
    if (url === null) throw new Refusal(400, 'The path is not valid.');
    const { method = '' } = request;
    const { pathname } = url;
    if (pathname.startsWith('/_simulator/')) {
      requireLocal(request);
      requireToken(request, apiToken);
      return dispatch(CONTROL_ROUTES, control, url, request, response);
    }
    if (!pathname.startsWith('/api/')) throw notFound();
    if (pathname !== PING) requireToken(request, apiToken);
    const fault = faults.take(method, pathname);
    if (fault === null) return dispatch(API_ROUTES, api, url, request, response);
    options.log?.(`${method} ${pathname} met a fault: ${fault.kind}`);
    answerFault(fault, request, response, origin + pathname);
  }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    route(request, response).catch((error: unknown) => {
      const { status, body, headers } = refusalOf(error);
      if (status === 500) options.log?.(`a request failed: ${String(error)}`);
      answer(response, status, body, headers);
    });
  });
  for (const instance of instances.values()) scenarios.begin(instance);

  return {
    apiUrl: `${origin}/api/v1`,
    port,
    emit(instanceId, what) {
      if (typeof what !== 'string') return emitOnce(emitter, instanceId, bytesOf(what));
      const body = bytesOf(dressed(loadFixture(what), instanceId, switches));
      return emitOnce(emitter, instanceId, createFreshener({ now, random })(body));
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
    return new CliError('usage', 'port_in_use', `port ${port} of 127.0.0.1 is in use`, {
      hint: 'Name another port, or leave the option out for any free port.',
      cause: error,
    });
  }
  return new CliError('usage', 'port_refused', `port ${port} of 127.0.0.1 is not allowed`, {
    hint: 'Name a port above 1023, or leave the option out for any free port.',
    cause: error,
  });
}
