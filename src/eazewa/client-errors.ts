/** Turns the vendor's failed answers into messages and exit codes (VENDOR §8). */

import { CliError, type CliErrorDetails, type ExitName } from '../errors.ts';
import { formatDuration } from '../platform/duration.ts';
import { maskSecret, maskUrls } from '../platform/mask-text.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { safeText } from '../platform/safe-text.ts';
import { type Answer, NoAnswerError } from './client-exchange.ts';

/** The facts of a request for its error messages. */
export interface RequestFacts {
  readonly apiUrl: string;
  readonly apiToken: string;
  /** The name of the API token's setting: `EAZEWA_API_TOKEN`. */
  readonly tokenName: string;
  readonly proxy: string | null;
  /** Null for a request about no single instance. */
  readonly instanceId: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** The parsed JSON of an answer; undefined for none. */
export function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

/** The error of an answer; null for a success, which is a 204 or has JSON. `retryAfterMs` is a 429's own. */
export function errorOf(
  answer: Answer,
  facts: RequestFacts,
  retryAfterMs: number | null,
): CliError | null {
  const { status } = answer;
  const { host } = new URL(facts.apiUrl);
  const body = fieldsOf(jsonOf(answer));
  const said = body === null ? '' : saidBy(body, facts);
  const fail = (exit: ExitName, code: string, message: string, more: CliErrorDetails = {}) =>
    new CliError(exit, code, `${host} ${message}${said && `: ${said}`}`, {
      ...more,
      facts: { host, status, ...more.facts },
    });

  if (status === 401 || status === 403)
    return fail('auth', 'api_token_refused', `refused ${facts.tokenName} (${status})`, {
      hint: `Check ${facts.tokenName}: it must belong to this account, with the right to read and update.`,
    });
  if (status === 404 && facts.instanceId !== null)
    return fail('notFound', 'no_such_instance', `has no instance ${facts.instanceId}`, {
      hint: 'Choose another with -i. Your account lists the instances.',
      facts: { instanceId: facts.instanceId },
    });
  if (status === 422) return fail('usage', 'vendor_refused', 'refused the values (422)');
  if (status === 429) {
    const seconds = retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1_000);
    const when = seconds === null ? 'in a minute' : `in ${formatDuration(seconds * 1_000)}`;
    return fail('rateLimited', 'rate_limited', 'says that there were too many requests (429)', {
      hint: `Try again ${when}.`,
      facts: { retryAfterSeconds: seconds },
    });
  }
  if (status >= 500)
    return fail('vendor', 'vendor_failing', `failed (${status})`, { hint: 'Try again later.' });
  if (status >= 300 && status < 400) {
    const to = maskUrl(clean(answer.location ?? 'nowhere', facts));
    return fail('vendor', 'vendor_redirect', `redirects to ${to} (${status}), not followed`, {
      hint: 'Check the API url: the API token is only sent to the host in it.',
    });
  }
  if (status === 404)
    return fail('vendor', 'vendor_error', 'answered 404', {
      hint: "Check the API url: the vendor's ends in /api/v1.",
    });
  if (status >= 400) return fail('vendor', 'vendor_error', `answered ${status}`);
  if (status === 204) return null;
  if (body === null)
    return fail('vendor', 'vendor_unexpected', `answered ${status} without JSON`, {
      hint: 'Check the API url, and that no proxy answers with a page of its own.',
    });
  return innerError(body, facts) ?? otherInstance(body, facts);
}

/** The error for an answer that contradicts its request: `what` completes "<host> answered …". */
export function contradicts(facts: Pick<RequestFacts, 'apiUrl'>, what: string): CliError {
  const { host } = new URL(facts.apiUrl);
  return new CliError('vendor', 'vendor_contradicts', `${host} answered ${safeText(what, 300)}`, {
    hint: 'Check the API url, and that no proxy or cache answers instead of the vendor.',
    facts: { host },
  });
}

/** The error for an answer that names another instance than the request; null where it names none. */
function otherInstance(body: Fields, facts: RequestFacts): CliError | null {
  const { instanceId: asked } = facts;
  if (asked === null) return null;
  const places = [body, body.data, body.clientStatus, body.me].map(fieldsOf);
  const named = [
    fieldsOf(body.instance)?.id,
    ...places.flatMap((place) => [place?.instanceId, place?.instance_id]),
  ];
  const other = named.filter(isId).find((id) => String(id) !== asked);
  if (other === undefined) return null;
  return contradicts(facts, `for instance ${other}, but was asked for instance ${asked}`);
}

/** The error for an answer whose JSON lacks a required field at `place`. */
export function unexpected(facts: RequestFacts, place: string): CliError {
  const { host } = new URL(facts.apiUrl);
  const message = `${host} answered in an unknown shape (${safeText(place, 120)})`;
  return new CliError('vendor', 'vendor_unexpected', message, { facts: { host } });
}

/** The error for a request without an answer: DNS, connection, TLS or timeout. */
export function unreachable(cause: unknown, facts: RequestFacts): CliError {
  const { host } = new URL(facts.apiUrl);
  const [what, check] = explain(cause);
  return new CliError('vendor', 'vendor_unreachable', `${host} ${what}`, {
    hint:
      facts.proxy === null
        ? check
        : `${check} Check the proxy, too: HTTPS_PROXY is ${maskUrl(facts.proxy)}.`,
    cause,
    facts: { host },
  });
}

/** HTTP 200 with `status: "error"` inside: the vendor's form of a failed action. */
function innerError(body: Fields, facts: RequestFacts): CliError | null {
  const { host } = new URL(facts.apiUrl);
  const places = [body, body.data, body.clientStatus, body.me].map(fieldsOf);
  const failed = places.find((place) => place?.status === 'error');
  if (!failed) return null;
  const said = saidBy(failed, facts);
  const { instanceStatus } = failed;
  return new CliError(
    'vendor',
    'vendor_error',
    `${host} answered with an error${said && `: ${said}`}`,
    {
      facts: {
        host,
        instanceStatus:
          typeof instanceStatus === 'string' ? safeText(clean(instanceStatus, facts), 40) : null,
      },
    },
  );
}

/** The vendor's own words: message, explanation, and the message for each field. Safe and bounded. */
function saidBy(body: Fields, facts: RequestFacts): string {
  const fields = Object.entries(fieldsOf(body.errors) ?? {}).map(
    ([field, texts]) => `${field}: ${[texts].flat().filter(isText).join(' ')}`,
  );
  // Laravel's `message` only repeats the first field.
  const parts = fields.length > 0 ? fields : [body.message, body.explanation].filter(isText);
  return safeText(clean(parts.join('; '), facts), 400);
}

/** A server may repeat the API token, and the webhook url that it was sent. */
function clean(text: string, { apiToken }: RequestFacts): string {
  return maskUrls(maskSecret(text, apiToken));
}

function explain(cause: unknown): [what: string, check: string] {
  if (cause instanceof NoAnswerError)
    return [
      `did not answer within ${formatDuration(cause.timeoutMs)}`,
      'Check the network, and whether the vendor is up.',
    ];
  const code = String((cause as NodeJS.ErrnoException | null)?.code ?? '');
  if (/^(ENOTFOUND|EAI_)/.test(code))
    return [`could not be resolved (${code})`, 'Check the network and the API url.'];
  if (/CERT|SELF_SIGNED|TLS|SSL|EPROTO|UNABLE_TO_/.test(code))
    return [
      `has no certificate that can be trusted (${code})`,
      'Check the API url; behind a proxy that opens TLS, set NODE_EXTRA_CA_CERTS.',
    ];
  if (code === 'ECONNREFUSED')
    return [`refused the connection (${code})`, 'Check the API url and its port.'];
  return [
    `could not be reached (${code || 'network error'})`,
    'Check the network and the API url.',
  ];
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? (value as Fields) : null;
}

/** The vendor sends ids as numbers or strings (VENDOR §8). */
function isId(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
