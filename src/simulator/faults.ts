/** Faults: the next requests to the API fail the way that was asked for. */

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { elide } from '../eazewa/json.ts';
import { envelope } from './client-api.ts';
import { answer, answerText, Refusal } from './http.ts';

const MOST_RULES = 100;

const scope = {
  /** So many requests it is for. */
  count: z.int().min(1).max(1_000_000).default(1),
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).optional(),
  /** What the path of a request begins with, such as `/api/v1/instances/33`. */
  path: z.string().startsWith('/api/').max(300).optional(),
};
const status = z.int().min(400).max(599);

/** What may be asked for: one fault of this kind, and the requests that it is for. */
export const faultRequest = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      ...scope,
      kind: z.literal('status'),
      status,
      /** Seconds, for the header Retry-After. */
      retryAfter: z.int().min(0).max(86_400).optional(),
      /** What the answer says, in place of what Laravel would. */
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

/** A fault, and for how many more requests (`count`) of which method and path it is. */
export type Fault = z.infer<typeof faultRequest>;

/** The faults that are still to come. */
export interface Faults {
  /** Throws a refusal (422) when there are 100 already. */
  add(fault: Fault): void;
  /** What is left, oldest first. */
  list(): Fault[];
  clear(): void;
  /** The fault for a request, which is then used up by one; null for one that goes through. */
  take(method: string, path: string): Fault | null;
}

/** Starts without a fault. Of several that fit a request the oldest is used. */
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

/** Answers a request with a fault; `self` is its whole url without a query. Nothing else is done for it. */
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
      // The body is taken all the same: its sender waits for an answer, not for room.
      request.resume();
      break;
    case 'cut':
      response.destroy();
  }
}

const INNER_ERROR = {
  status: 'error',
  message: 'the request failed',
  explanation: 'the simulator was asked to let it fail',
};

/** Laravel's defaults, which are likely and not recorded (VENDOR §8); else HTTP's own words. */
function messageOf(status: number): string {
  if (status === 401) return 'Unauthenticated.';
  if (status === 429) return 'Too Many Attempts.';
  return STATUS_CODES[status] ?? 'Error';
}
