/** Faults: the next requests to the API fail in a chosen way. */

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { elide } from '../eazewa/json.ts';
import { envelope } from './client-api.ts';
import { answer, answerText, Refusal } from './http.ts';

const MOST_RULES = 100;

const scope = {
  /** The number of requests that fail. */
  count: z.int().min(1).max(1_000_000).default(1),
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).optional(),
  /** A prefix of the path, such as `/api/v1/instances/33`. */
  path: z.string().startsWith('/api/').max(300).optional(),
};
const status = z.int().min(400).max(599);

/** A fault by its kind, and the requests that it hits. */
export const faultRequest = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      ...scope,
      kind: z.literal('status'),
      status,
      /** Seconds, for the header Retry-After. */
      retryAfter: z.int().min(0).max(86_400).optional(),
      /** Replaces Laravel's usual answer. */
      body: z
        .record(z.string(), z.unknown())
        .refine((body) => elide(body, true) === body, 'It is nested too deep.')
        .optional(),
    }),
    z.strictObject({ ...scope, kind: z.literal('html'), status: status.default(500) }),
    z.strictObject({ ...scope, kind: z.literal('error') }),
    z.strictObject({ ...scope, kind: z.literal('silent') }),
    z.strictObject({ ...scope, kind: z.literal('cut') }),
  ],
  { error: 'A fault is one of the kinds status, html, error, silent and cut.' },
);

/** A fault that hits the next `count` requests of its method and path. */
export type Fault = z.infer<typeof faultRequest>;

/** The pending faults. */
export interface Faults {
  /** Throws a refusal (422) when 100 are pending. */
  add(fault: Fault): void;
  /** The pending faults, oldest first. */
  list(): Fault[];
  clear(): void;
  /** The fault for a request, counted down by one; null for a request that goes through. */
  take(method: string, path: string): Fault | null;
}

/** Starts empty. The oldest of several matching faults applies. */
export function createFaults(): Faults {
  let rules: Fault[] = [];
  return {
    add(fault) {
      if (rules.length >= MOST_RULES) {
        throw new Refusal(422, `There are ${MOST_RULES} faults already.`);
      }
      rules.push(fault);
    },
    list: () => [...rules],
    clear() {
      rules = [];
    },
    take(asked, askedPath) {
      const at = rules.findIndex(
        ({ method = asked, path = '' }) => method === asked && askedPath.startsWith(path),
      );
      const fault = rules[at];
      if (fault === undefined) return null;
      if (fault.count === 1) rules.splice(at, 1);
      else rules[at] = { ...fault, count: fault.count - 1 };
      return fault;
    },
  };
}

/** Answers a request with a fault, and only that; `self` is its whole url without a query. */
export function answerFault(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  self: string,
): void {
  switch (fault.kind) {
    case 'status': {
      const { status, retryAfter, body = { message: messageOf(status) } } = fault;
      const wait: Record<string, string> =
        retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      answer(response, status, body, wait);
      break;
    }
    case 'html': {
      const title = `${fault.status} ${STATUS_CODES[fault.status] ?? 'Error'}`;
      const page = `<!DOCTYPE html><title>${title}</title><h1>${title}</h1>\n`;
      answerText(response, fault.status, page, 'text/html');
      break;
    }
    case 'error':
      answer(response, 200, envelope(self, INNER_ERROR));
      break;
    case 'silent':
      // Reads the body, so that the sender waits for the response and not for room.
      request.resume();
      break;
    case 'cut':
      response.destroy();
  }
}

const INNER_ERROR = {
  status: 'error',
  message: 'the request failed',
  explanation: 'a fault of the simulator',
};

/** Laravel's default messages, likely but not recorded (VENDOR §8); else HTTP's reason phrase. */
function messageOf(status: number): string {
  if (status === 401) return 'Unauthenticated.';
  if (status === 429) return 'Too Many Attempts.';
  return STATUS_CODES[status] ?? 'Error';
}
