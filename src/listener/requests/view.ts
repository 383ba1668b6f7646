/** What the view of a listener may ask of it, and how it is answered. The same in a thread of its own and without. */

import type { Forwarder } from '../../delivery/forwarder.ts';
import { CliError } from '../../errors.ts';
import type { Post } from '../../feed/feed.ts';
import { curlOf } from '../../history/curl.ts';
import { findEvent } from '../../history/find.ts';
import type { History } from '../../history/history.ts';
import {
  detailOf,
  type EventDetail,
  type EventPage,
  type PageRequest,
  pageOf,
} from '../../history/inspect.ts';
import type { ForwardWindow } from '../../history/outcome.ts';
import type { ReplayItem } from '../../replay/item.ts';
import type { ReplayCounts } from '../../replay/send.ts';
import type { Takeover } from '../../takeover/hold.ts';
import type { Replayer } from './commands.ts';

/** A request; events are named by their ids. */
export type Request =
  | ({ readonly action: 'page' } & PageRequest)
  | { readonly action: 'detail'; readonly id: string }
  /** The exact body as text. */
  | { readonly action: 'body'; readonly id: string }
  | { readonly action: 'curl'; readonly id: string }
  /** To this listener's targets; with a body of its own it is another event. */
  | { readonly action: 'replay'; readonly id: string; readonly body: string | null }
  /** Exactly these events for our webhook; what is put back at the end stays as it is. */
  | { readonly action: 'subscribe'; readonly events: readonly string[] }
  /** Null only asks. */
  | { readonly action: 'forwarding'; readonly pause: boolean | null };

/** How forwarding stands. */
export interface ForwardingState {
  readonly isPaused: boolean;
  /** How many (event, target) pairs wait and are sent by themselves. */
  readonly waiting: number;
}

/** What each request is answered with. */
export interface Answers {
  readonly page: EventPage;
  readonly detail: EventDetail;
  readonly body: string;
  readonly curl: string;
  /** `statuses` are those of the answers. */
  readonly replay: Pick<ReplayCounts, 'answered' | 'unanswered'> & {
    readonly statuses: readonly number[];
  };
  readonly subscribe: readonly string[];
  readonly forwarding: ForwardingState;
}

/** Asks a listener. Rejects with what went wrong, in words for the person at the keyboard. */
export type Ask = <R extends Request>(request: R) => Promise<Answers[R['action']]>;

/** What requests are answered with. */
export interface Asked {
  readonly history: History;
  readonly forwarder: Pick<Forwarder, 'pause' | 'resume' | 'isPaused'>;
  /** The events that this listener forwards by itself at this moment. */
  readonly window: () => ForwardWindow;
  readonly takeover: Pick<Takeover, 'subscribe'>;
  readonly replay: Replayer;
  /** Aborted when the listener stops. */
  readonly signal: AbortSignal;
}

/** What goes to a clipboard or an editor is no longer. In bytes. */
const LONGEST_TEXT = 1024 * 1024;
/** Answers requests by what the listener has. */
export function createAsk(asked: Asked): Ask {
  const answer = async (request: Request): Promise<Answers[Request['action']]> => {
    const { history, forwarder } = asked;
    switch (request.action) {
      case 'page':
        return pageOf(history, request, asked.window());
      case 'detail':
        return detailOf(history, request.id, asked.window());
      case 'body':
        return bodyOf(history, request.id);
      case 'curl':
        return curlOf(findEvent(history, request.id), history);
      case 'replay': {
        const statuses: number[] = [];
        const heard: Post = (entry) => {
          if (entry.type === 'attempt' && entry.status !== null) statuses.push(entry.status);
        };
        const { answered, unanswered } = await asked.replay(
          { action: 'replay', items: [itemOf(request)], to: null, bodies: 'none' },
          heard,
          asked.signal,
        );
        return { answered, unanswered, statuses };
      }
      case 'subscribe':
        return asked.takeover.subscribe(request.events);
      case 'forwarding': {
        if (request.pause === true) forwarder.pause();
        if (request.pause === false) forwarder.resume();
        const waiting = history.countWaiting(asked.window());
        return { isPaused: forwarder.isPaused(), waiting };
      }
    }
  };
  return answer as Ask;
}

function itemOf({ id, body }: Extract<Request, { action: 'replay' }>): ReplayItem {
  const source = body === null ? { event: id } : { body: Buffer.from(body).toString('base64') };
  return { source, due: 0, set: [], remove: [], fresh: false };
}

function bodyOf(history: History, id: string): string {
  const { body, bodyDropped } = findEvent(history, id);
  if (bodyDropped) {
    throw new CliError(
      'notFound',
      'body_dropped',
      `The body of ${id} was too large to be kept for long`,
    );
  }
  if (body.length > LONGEST_TEXT) {
    throw new CliError('usage', 'body_too_large', `The body of ${id} is larger than 1 MiB`, {
      hint: `Write it into a file with: eazewa-hooks events show ${id} --raw > body.json`,
    });
  }
  return Buffer.from(body).toString();
}
