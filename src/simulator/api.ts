/** The vendor's API as far as this program uses it: instances, their webhooks, their status (VENDOR §8). */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, mediaType, methodNotAllowed, parseJson, Refusal, readBody } from './http.ts';
import {
  clientJson,
  type Instance,
  type InstanceUpdate,
  instanceJson,
  readForm,
  readUpdate,
  updated,
} from './instances.ts';

/** What the API works on. */
export interface Api {
  /** The url that the links of an answer begin with, without a slash at the end. */
  readonly apiUrl: string;
  readonly instances: Map<string, Instance>;
  /** Told of an instance after its webhook was written. */
  onWebhook(instance: Instance): void;
}

const LONGEST_BODY = 1024 * 1024;

/**
 * Answers a request to a path below the API's url, such as `/instances/33`. Who asks was checked.
 * Throws a refusal for what there is not, or what is not valid.
 */
export async function handleApi(
  api: Api,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  path: string,
): Promise<void> {
  const [, root, id, ...rest] = path.split('/');
  if (root !== 'instances') throw notFound();
  if (id === undefined) {
    if (request.method !== 'GET') throw methodNotAllowed('GET');
    return listInstances(api, response, url.searchParams.get('filter') ?? '');
  }

  const instance = api.instances.get(id);
  if (instance === undefined) throw notFound();
  switch (rest.join('/')) {
    case '':
      if (rest.length > 0) throw notFound();
      if (request.method === 'GET') {
        return answer(response, 200, { instance: instanceJson(instance), status: 'success' });
      }
      if (request.method === 'PUT') return updateInstance(api, request, response, instance);
      throw methodNotAllowed('GET', 'PUT');
    case 'client/status':
      if (request.method !== 'GET') throw methodNotAllowed('GET');
      return answer(response, 200, {
        clientStatus: clientJson(instance),
        links: { self: `${api.apiUrl}/instances/${id}/client/status` },
        status: 'success',
      });
    default:
      throw notFound();
  }
}

function notFound(): Refusal {
  return new Refusal(404, 'Not found.');
}

function listInstances(api: Api, response: ServerResponse, filter: string): void {
  const wanted = filter.toLowerCase();
  const instances = [...api.instances.values()]
    .filter(({ id, name }) => id.includes(wanted) || name.toLowerCase().includes(wanted))
    .map(instanceJson);
  answer(response, 200, { instances, status: 'success' });
}

async function updateInstance(
  api: Api,
  request: IncomingMessage,
  response: ServerResponse,
  { id }: Instance,
): Promise<void> {
  const update = await readUpdateBody(request);
  // Read again: while the body came in, an event may have changed the instance's status.
  const instance = api.instances.get(id);
  if (instance === undefined) throw notFound();
  const after = updated(instance, update);
  api.instances.set(id, after);
  answer(response, 200, {
    data: clientJson(after),
    links: { self: `${api.apiUrl}/instances/${id}` },
    status: 'success',
  });
  if (update.webhook !== undefined) api.onWebhook(after);
}

async function readUpdateBody(request: IncomingMessage): Promise<InstanceUpdate> {
  const bytes = await readBody(request, LONGEST_BODY);
  if (bytes.length === 0) return {};
  // The vendor's PHP SDK sends forms (VENDOR §8).
  const isForm = mediaType(request) === 'application/x-www-form-urlencoded';
  return readUpdate(isForm ? readForm(bytes.toString('utf8')) : parseJson(bytes));
}
