/** Routes: the handler for each method and path, and the answers where there is none. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { methodNotAllowed, Refusal } from './http.ts';

/** One request for its handler. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The path's segment at `{id}`, as sent; empty for a route without. */
  readonly id: string;
  /** The segment at `{subscriptionId}`, likewise. */
  readonly subscriptionId: string;
}

/** Answers a request on the state `on`, or throws a refusal. */
export type Handler<T> = (on: T, call: Call) => void | Promise<void>;

/** Handlers by path and method. `{id}` and `{subscriptionId}` in a path stand for one segment each. */
export type Routes<T> = Readonly<Record<string, Readonly<Record<string, Handler<T>>>>>;

/** Runs the handler of the request's route. Throws a refusal: 404 for a path, 405 for a method. */
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

/** 404 for a path or an instance that does not exist. */
export function notFound(): Refusal {
  return new Refusal(404, 'Not found.');
}

/** The path's segments by the pattern's names in braces; null where the path does not match. */
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
