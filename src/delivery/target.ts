/** Targets: parses what a person typed (`3000`, `host:3000/path`, a url, `message*=url`), and routes events. */

import { EVENTS, UNLISTED_EVENTS, unknownEvent } from '../eazewa/events.ts';
import { CliError } from '../errors.ts';
import { maskUrl } from '../platform/mask-url.ts';

/** A url of the developer's that events are forwarded to. */
export interface Target {
  readonly url: string;
  /** Names or `message*` globs of the events it gets; null for all. */
  readonly events: readonly string[] | null;
  /** Whether a path was typed; without one the target gets the original webhook's path. */
  readonly hasPath: boolean;
}

/**
 * Parses a target: a port of this machine with or without a path, `host:port/path`, or a url; http
 * where no scheme is given. Throws `not_a_target` (usage) for anything else.
 */
export function parseTarget(typed: string): Target {
  // By name: an app may listen on ::1 or on 127.0.0.1, and Node connects to either.
  const text = /^\d+(?:[/?]|$)/.test(typed)
    ? `http://localhost:${typed}`
    : /^[a-z][a-z0-9+.-]*:\/\//i.test(typed)
      ? typed
      : `http://${typed}`;
  // URL skips any number of slashes before the host: in `http:///hook` the host would be `hook`.
  const url = /^https?:\/\/[^/\\]/i.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.port === '0') {
    throw new CliError('usage', 'not_a_target', `${maskUrl(typed)} is not a target`, {
      hint: 'A target is a port (3000 or 3000/path), host:port/path, or an http or https url.',
    });
  }
  const afterHost = text.slice(text.indexOf('//') + 2);
  url.hash = '';
  return { url: url.href, events: null, hasPath: /[/?]/.test(afterHost) };
}

/** Parses `events=target`; events are names or globs with `*`, separated by commas. Throws usage errors. */
export function parseRoute(typed: string): Target {
  const at = typed.indexOf('=');
  const events = typed
    .slice(0, Math.max(at, 0))
    .split(',')
    .flatMap((name) => name.trim() || []);
  // What is no name may be a url with a secret: the error for unknown names would show it.
  if (at < 1 || events.length === 0 || !events.every((name) => /^[\w.*-]+$/.test(name))) {
    throw new CliError('usage', 'not_a_route', `${maskUrl(typed)} is not a route`, {
      hint: "A route is events=target, such as 'message*=3000/messages'.",
    });
  }
  const known = [...Object.keys(EVENTS), ...UNLISTED_EVENTS];
  for (const name of events)
    if (!known.some((event) => globs(name, event))) throw unknownEvent(name);
  return { ...parseTarget(typed.slice(at + 1)), events };
}

/** A target that was typed without a path gets that of the webhook `previous`, else `/`. */
export function withPath<T extends Pick<Target, 'url' | 'hasPath'>>(
  target: T,
  previous: string | null,
): T {
  if (target.hasPath) return target;
  const url = new URL(target.url);
  if (previous !== null && URL.canParse(previous)) url.pathname = new URL(previous).pathname;
  return { ...target, url: url.href, hasPath: true };
}

/** The urls that get an event of this name: each once, in the order of the targets. */
export function targetsFor(targets: readonly Target[], event: string): string[] {
  const urls = new Set<string>();
  for (const { url, events } of targets) {
    if (events === null || events.some((name) => globs(name, event))) urls.add(url);
  }
  return [...urls];
}

/** Which events a listener forwards at all, whatever the target. */
export interface ForwardFilter {
  /** Only events of this chat; null for all. */
  readonly only: string | null;
  /** Whether events of this name are wanted: others come in for `--tee` alone. */
  readonly isWanted: (event: string) => boolean;
}

/** The targets that a new event waits for, and those that a filter excludes, with the filter as `reason`. */
export interface Route {
  readonly waitFor: readonly string[];
  readonly skipped: readonly { readonly url: string; readonly reason: string }[];
}

/** Makes the function that routes new events. Events of one name share their routes: this is the hot path. */
export function createRouter(
  targets: readonly Target[],
  { only, isWanted }: ForwardFilter,
): (event: { readonly event: string; readonly chat: string | null }) => Route {
  const all = [...new Set(targets.map(({ url }) => url))];
  const skip = (urls: readonly string[], reason: string) => urls.map((url) => ({ url, reason }));
  const unwanted: Route = { waitFor: [], skipped: skip(all, 'not among the wanted events') };
  const otherChat: Route = { waitFor: [], skipped: skip(all, '--only') };
  const byName = new Map<string, Route>();
  const routeOf = (event: string): Route => {
    const waitFor = targetsFor(targets, event);
    return {
      waitFor,
      skipped: skip(
        all.filter((url) => !waitFor.includes(url)),
        '--route',
      ),
    };
  };
  return ({ event, chat }) => {
    if (!isWanted(event)) return unwanted;
    if (only !== null && chat !== only) return otherChat;
    const known = byName.get(event) ?? routeOf(event);
    // Names come from outside: not every one is remembered.
    if (byName.size < MOST_NAMES) byName.set(event, known);
    return known;
  };
}

const MOST_NAMES = 100;

function globs(pattern: string, event: string): boolean {
  if (!pattern.includes('*')) return pattern === event;
  const parts = pattern.split('*').map((part) => part.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(event);
}
