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
}

/** Answers a request, or throws a refusal. `on` is what it works on. */
export type Handler<T> = (on: T, call: Call) => void | Promise<void>;

/** Handlers by path and method. A path may hold one `{id}`, which stands for one segment. */
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
    const id = idIn(path, pattern);
    if (id === null) continue;
    const method = request.method ?? '';
    const handle = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (handle === undefined) throw methodNotAllowed(...Object.keys(methods));
    return handle(on, { request, response, path, query, id });
  }
  throw notFound();
}

/** The answer to a path, or an instance, that does not exist. */
export function notFound(): Refusal {
  return new Refusal(404, 'Not found.');
}

/** The id in a path of this pattern (empty where the pattern has none), or null for another path. */
function idIn(path: string, pattern: string): string | null {
  const [before = '', after] = pattern.split('{id}');
  if (after === undefined) return path === pattern ? '' : null;
  if (!path.startsWith(before) || !path.endsWith(after)) return null;
  const id = path.slice(before.length, path.length - after.length);
  return id === '' || id.includes('/') ? null : id;
}
