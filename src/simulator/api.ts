/** The vendor's API: instances, webhooks, WhatsApp clients, chats and messages (VENDOR §8). */

import type { IncomingMessage } from 'node:http';
import { clientStatus, envelope, found, me, qr } from './client-api.ts';
import { answer, answerText } from './http.ts';
import { readUpdate } from './instance-input.ts';
import { type Instance, type InstanceUpdate, instanceJson, updated } from './instances.ts';
import { chatsOf, messagesOf, readChatsRequest, readMessagesRequest } from './message-api.ts';
import type { Messages, StoredMessage } from './messages.ts';
import { type Call, type Handler, notFound, type Routes } from './routes.ts';
import { readSubscription, type Subscriptions } from './subscriptions.ts';

/** The state behind the API. */
export interface Api {
  /** The base of all links in answers: scheme, host and port. */
  readonly origin: string;
  readonly instances: Map<string, Instance>;
  readonly messages: Pick<Messages, 'of'>;
  readonly subscriptions: Subscriptions;
  /** Creates a booting instance; null when the quota is reached. */
  create(from: InstanceUpdate): Instance | null;
  /** Deletes an instance and stops everything on it. */
  remove(id: string): void;
  /** Called after an instance's webhook was written or a subscription was added. */
  onWebhook(instance: Instance): void;
}

/** The path of the health check. It needs no API token. */
export const PING = '/api/ping';

/** Every path and method of the API. */
export const API_ROUTES: Routes<Api> = {
  [PING]: { GET: (_, { response }) => answerText(response, 200, 'pong') },
  '/api/v1/instances': { GET: listInstances, POST: createInstance },
  '/api/v1/instances/{id}': {
    GET: ofInstance((_, instance, { response }) => tellInstance(response, instance)),
    PUT: ofInstance(updateInstance),
    DELETE: ofInstance((api, { id }, { response }) => {
      api.remove(id);
      response.writeHead(204).end();
    }),
  },
  '/api/v1/instances/{id}/webhooks': {
    GET: ofInstance(listSubscriptions),
    POST: ofInstance(addSubscription),
  },
  '/api/v1/instances/{id}/webhooks/{subscriptionId}': {
    DELETE: ofInstance(({ subscriptions }, { id }, { subscriptionId, response }) => {
      if (!subscriptions.remove(id, subscriptionId)) throw notFound();
      response.writeHead(204).end();
    }),
  },
  '/api/v1/instances/{id}/client/status': { GET: ofInstance(tellClient(clientStatus)) },
  '/api/v1/instances/{id}/client/me': { GET: ofInstance(tellClient(me)) },
  '/api/v1/instances/{id}/client/qr': { GET: ofInstance(tellClient(qr)) },
  '/api/v1/instances/{id}/client/action/get-chats': { POST: action(readChatsRequest, chatsOf) },
  '/api/v1/instances/{id}/client/action/fetch-messages': {
    POST: action(readMessagesRequest, messagesOf),
  },
};

type InstanceHandler = (api: Api, instance: Instance, call: Call) => void | Promise<void>;

function ofInstance(handle: InstanceHandler): Handler<Api> {
  return (api, call) => handle(api, existing(api, call.id), call);
}

function existing({ instances }: Api, id: string): Instance {
  const instance = instances.get(id);
  if (instance === undefined) throw notFound();
  return instance;
}

function tellClient(told: (instance: Instance) => object): InstanceHandler {
  return ({ origin }, instance, { path, response }) => {
    answer(response, 200, envelope(origin + path, told(instance)));
  };
}

/** A client action that searches the messages. */
function action<T>(
  read: (request: IncomingMessage) => Promise<T>,
  look: (all: readonly StoredMessage[], wanted: T) => object[],
): Handler<Api> {
  return ofInstance(async (api, { id }, { request, path, response }) => {
    const wanted = await read(request);
    // Look the instance up again: it may have changed while the body arrived.
    const told = found(existing(api, id), () => look(api.messages.of(id), wanted));
    answer(response, 200, envelope(api.origin + path, told));
  });
}

function tellInstance(response: Call['response'], instance: Instance): void {
  answer(response, 200, { instance: instanceJson(instance), status: 'success' });
}

function listInstances({ instances }: Api, { query, response }: Call): void {
  const wanted = (query.get('filter') ?? '').toLowerCase();
  const found = [...instances.values()].filter(
    ({ id, name }) => id.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted),
  );
  answer(response, 200, { instances: found.map(instanceJson), status: 'success' });
}

async function createInstance(api: Api, { request, response }: Call): Promise<void> {
  const instance = api.create(await readUpdate(request));
  // The recorded answer is plain text; its status is not known.
  if (instance === null) return answerText(response, 403, 'You reached your instance limit.');
  tellInstance(response, instance);
  api.onWebhook(instance);
}

async function updateInstance(api: Api, { id }: Instance, call: Call): Promise<void> {
  const update = await readUpdate(call.request);
  // Look the instance up again: it may have changed while the body arrived.
  const after = updated(existing(api, id), update);
  api.instances.set(id, after);
  answer(call.response, 200, envelope(api.origin + call.path, clientStatus(after)));
  if (update.webhook !== undefined) api.onWebhook(after);
}

function listSubscriptions(
  { origin, subscriptions }: Api,
  { id }: Instance,
  { path, response }: Call,
): void {
  answer(response, 200, envelope(origin + path, subscriptions.of(id)));
}

async function addSubscription(api: Api, { id }: Instance, call: Call): Promise<void> {
  const wanted = await readSubscription(call.request);
  // Look the instance up again: it may be gone since the body arrived.
  const instance = existing(api, id);
  const { subscription, isNew } = api.subscriptions.add(id, wanted);
  answer(call.response, isNew ? 201 : 200, envelope(api.origin + call.path, subscription));
  if (isNew) api.onWebhook(instance);
}
