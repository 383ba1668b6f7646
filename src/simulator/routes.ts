/** Routes: which handler answers which method and path, and what is answered where there is none. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { methodNotAllowed, Refusal } from './http.ts';

/** One request, as its handler gets it. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** What stands in the path where the route has `{id}`, as it was sent; else empty. */
  readonly id: string;
  /** The same of `{subscriptionId}`. */
  readonly subscriptionId: string;
}

/** Answers a request, or throws a refusal. `on` is what it works on. */
export type Handler<T> = (on: T, call: Call) => void | Promise<void>;

/** Handlers by path and method. `{id}` and `{subscriptionId}` in a path stand for one segment each. */
export type Routes<T> = Readonly<Record<string, Readonly<Record<string, Handler<T>>>>>;

/** Has the request answered by its route. Throws a refusal: 404 for a path, 405 for a method. */
export async function dispatch<T>(
  routes: Routes<T>,
  on: T,
  { pathname: path, searchParams: query }: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [pattern, methods] of Object.entries(routes)) {
    const names = namesIn(path, pattern);
    if (names === null) continue;
    const { id = '', subscriptionId = '' } = names;
    const method = request.method ?? '';
    const handle = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (handle === undefined) throw methodNotAllowed(...Object.keys(methods));
    return handle(on, { request, response, path, query, id, subscriptionId });
  }
  throw notFound();
}

/** The answer to a path, or an instance, that does not exist. */
export function notFound(): Refusal {
  return new Refusal(404, 'Not found.');
}

/** What stands in a path where this pattern has names in braces, or null for a path of another pattern. */
function namesIn(path: string, pattern: string): Readonly<Record<string, string>> | null {
  const given = path.split('/');
  const wanted = pattern.split('/');
  if (given.length !== wanted.length) return null;
  const names: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const segment = given[i] ?? '';
    if (name === undefined ? segment !== part : segment === '') return null;
    if (name !== undefined) names[name] = segment;
  }
  return names;
}
