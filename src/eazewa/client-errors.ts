/** What the vendor's answers mean when they are no success, in words and exit codes (VENDOR §8). */

import { CliError, type CliErrorDetails, type ExitName } from '../errors.ts';
import { formatDuration } from '../platform/duration.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { safeText } from '../platform/safe-text.ts';
import { type Answer, NoAnswerError } from './client-exchange.ts';

/** What messages need to know of a request. */
export interface Asked {
  readonly apiUrl: string;
  readonly apiToken: string;
  /** What the person calls the API token: `EAZEWA_API_TOKEN`. */
  readonly tokenName: string;
  readonly proxy: string | null;
  /** Null for a request that is about no single instance. */
  readonly instanceId: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** The JSON an answer holds, or undefined. */
export function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

/** Null for a success, with JSON in it unless it is a 204; else the error. `retryAfterMs` is what a 429 asked for. */
export function errorOf(
  answer: Answer,
  asked: Asked,
  retryAfterMs: number | null,
): CliError | null {
  const { status } = answer;
  const { host } = new URL(asked.apiUrl);
  const body = fieldsOf(jsonOf(answer));
  const said = body === null ? '' : saidBy(body, asked);
  const fail = (exit: ExitName, code: string, message: string, more: CliErrorDetails = {}) =>
    new CliError(exit, code, `${host} ${message}${said && `: ${said}`}`, {
      ...more,
      facts: { host, status, ...more.facts },
    });

  if (status === 401 || status === 403)
    return fail('auth', 'api_token_refused', `refused ${asked.tokenName} (${status})`, {
      hint: `Check ${asked.tokenName}: it must belong to this account and may read and update.`,
    });
  if (status === 404 && asked.instanceId !== null)
    return fail('notFound', 'no_such_instance', `has no instance ${asked.instanceId}`, {
      hint: 'Choose another with -i; the account shows which there are.',
      facts: { instanceId: asked.instanceId },
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
    const to = maskUrl(clean(answer.location ?? 'nowhere', asked));
    return fail('vendor', 'vendor_redirect', `redirects to ${to} (${status}), not followed`, {
      hint: 'Is the API url right? The API token is only sent to the one that was named.',
    });
  }
  if (status === 404)
    return fail('vendor', 'vendor_error', 'answered 404', {
      hint: "Is the API url right? The vendor's ends in /api/v1.",
    });
  if (status >= 400) return fail('vendor', 'vendor_error', `answered ${status}`);
  if (status === 204) return null;
  if (body === null)
    return fail('vendor', 'vendor_unexpected', `answered ${status} without JSON`, {
      hint: 'Is the API url right, and is nothing between that shows a page of its own?',
    });
  return innerError(body, asked);
}

/** The error for an answer whose JSON lacks what it must have; `place` says where. */
export function unexpected(asked: Asked, place: string): CliError {
  const { host } = new URL(asked.apiUrl);
  const message = `${host} answered in a shape that is not known (${safeText(place, 120)})`;
  return new CliError('vendor', 'vendor_unexpected', message, { facts: { host } });
}

/** The error for a request that got no answer: name, connection, TLS or time. */
export function unreachable(cause: unknown, asked: Asked): CliError {
  const { host } = new URL(asked.apiUrl);
  const [what, check] = explain(cause);
  return new CliError('vendor', 'vendor_unreachable', `${host} ${what}`, {
    hint:
      asked.proxy === null
        ? check
        : `${check} HTTPS_PROXY is ${maskUrl(asked.proxy)}: check that, too.`,
    cause,
    facts: { host },
  });
}

/** HTTP 200 and `status: "error"` inside: the vendor's way to say that the action failed. */
function innerError(body: Fields, asked: Asked): CliError | null {
  const { host } = new URL(asked.apiUrl);
  const places = [body, body.data, body.clientStatus, body.me].map(fieldsOf);
  const failed = places.find((place) => place?.status === 'error');
  if (!failed) return null;
  const said = saidBy(failed, asked);
  const { instanceStatus } = failed;
  return new CliError(
    'vendor',
    'vendor_error',
    `${host} answered with an error${said && `: ${said}`}`,
    {
      facts: {
        host,
        instanceStatus: typeof instanceStatus === 'string' ? safeText(instanceStatus, 40) : null,
      },
    },
  );
}

/** The vendor's own words: message, explanation and what it says of each field. Safe and bounded. */
function saidBy(body: Fields, asked: Asked): string {
  const fields = Object.entries(fieldsOf(body.errors) ?? {}).map(
    ([field, texts]) => `${field}: ${[texts].flat().filter(isText).join(' ')}`,
  );
  // Laravel's `message` only repeats the first of the fields.
  const parts = fields.length > 0 ? fields : [body.message, body.explanation].filter(isText);
  return safeText(clean(parts.join('; '), asked), 400);
}

/** As short as this no token is a secret, and `t` for a simulator would blot out every other word. */
const SHORTEST_SECRET = 8;

/** A server may echo what it was sent. */
function clean(text: string, { apiToken }: Asked): string {
  return apiToken.length < SHORTEST_SECRET ? text : text.replaceAll(apiToken, '***');
}

function explain(cause: unknown): [what: string, check: string] {
  if (cause instanceof NoAnswerError)
    return [
      `did not answer within ${formatDuration(cause.timeoutMs)}`,
      'Check the network, and whether the vendor is up.',
    ];
  const code = String((cause as NodeJS.ErrnoException | null)?.code ?? '');
  if (/^(ENOTFOUND|EAI_)/.test(code))
    return [`is not known to the DNS (${code})`, 'Check the network and the API url.'];
  if (/CERT|SELF_SIGNED|TLS|SSL|EPROTO|UNABLE_TO_/.test(code))
    return [
      `has no TLS that can be trusted (${code})`,
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

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
