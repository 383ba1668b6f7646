/** Answers every request to a running listener, whoever makes it. */

import type { AnswerTo, Request, RequestOf } from '../../control/protocol.ts';
import { type CurlOptions, curlOf } from '../../delivery/curl.ts';
import type { Forwarder } from '../../delivery/forwarder.ts';
import type { Client } from '../../eazewa/client.ts';
import { readClientState } from '../../eazewa/client-state.ts';
import { readable } from '../../eazewa/content-encoding.ts';
import { CliError } from '../../errors.ts';
import type { Post } from '../../feed/feed.ts';
import { dismissWaiting } from '../../history/dismiss.ts';
import { bodyDropped, findEvent } from '../../history/find.ts';
import type { History } from '../../history/history.ts';
import { detailOf, pageOf } from '../../history/inspect.ts';
import type { ForwardWindow } from '../../history/outcome.ts';
import type { Takeover } from '../../takeover/hold.ts';
import { waitingDismissed } from '../notices.ts';
import type { Replayer } from './replay.ts';

/** What requests are answered from. */
export interface Answering {
  readonly instanceId: string;
  readonly sideBySide: boolean;
  readonly client: Pick<Client, 'getInstance' | 'clientStatus'>;
  readonly history: History;
  readonly forwarder: Pick<Forwarder, 'pause' | 'resume' | 'isPaused' | 'dismiss'>;
  /** The events that this listener forwards by itself at this moment. */
  readonly window: () => ForwardWindow;
  readonly takeover: Pick<Takeover, 'change' | 'holds' | 'original' | 'subscribe'>;
  readonly replay: Replayer;
  readonly curl: CurlOptions;
  /** Posts to the listener's own view. */
  readonly show: Post;
}

/** Answers a request. `post` gets the entries that belong to it, before the answer; `signal` aborts it. */
export type Dispatch = <R extends Request>(
  request: R,
  post: Post,
  signal: AbortSignal,
) => Promise<AnswerTo<R['action']>>;

/** Largest body offered to the clipboard or an editor, in bytes. */
const LONGEST_TEXT = 1024 * 1024;

/** The dispatcher of a listener. It throws what its parts throw, for the person who asked. */
export function createDispatch(answering: Answering): Dispatch {
  const { history, takeover } = answering;
  const answer = async (
    request: Request,
    post: Post,
    signal: AbortSignal,
  ): Promise<AnswerTo<Request['action']>> => {
    switch (request.action) {
      case 'status':
        return statusOf(answering, signal);
      case 'change':
        return takeover.change(request.change);
      case 'subscribe':
        return takeover.subscribe(request.events);
      case 'replay':
        return answering.replay(request, post, signal);
      case 'forwarding':
        return forwardingOf(answering, request);
      case 'dismiss':
        return dismiss(answering, request);
      case 'page':
        return pageOf(history, request, answering.window());
      case 'detail':
        return detailOf(history, request.id, answering.window(), request.brief);
      case 'body':
        return bodyOf(history, request.id);
      case 'curl':
        return curlOf(findEvent(history, request.id), history, answering.curl);
    }
  };
  return answer as Dispatch;
}

async function statusOf(
  { instanceId, sideBySide, client, takeover }: Answering,
  signal: AbortSignal,
): Promise<AnswerTo<'status'>> {
  const { name, webhook } = await client.getInstance(instanceId, signal);
  const state = await readClientState(client, instanceId, signal);
  const held = !sideBySide && takeover.holds(webhook.url);
  return { instanceId, name, state, webhook, original: takeover.original(), held, sideBySide };
}

function forwardingOf(
  { forwarder, history, window }: Answering,
  { pause }: RequestOf<'forwarding'>,
): AnswerTo<'forwarding'> {
  if (pause === true) forwarder.pause();
  if (pause === false) forwarder.resume();
  const waiting = history.countWaiting(window());
  return { isPaused: forwarder.isPaused(), waiting };
}

async function dismiss(
  { forwarder, history, show }: Answering,
  { upTo }: RequestOf<'dismiss'>,
): Promise<AnswerTo<'dismiss'>> {
  if (upTo === null) return { upTo: history.lastSeq(), count: history.countWaiting() };
  // The lanes first: none may send an event that is dismissed already.
  forwarder.dismiss(upTo);
  const dismissed = await dismissWaiting(history, upTo);
  if (dismissed > 0) show(waitingDismissed(dismissed));
  return { upTo, count: dismissed };
}

function bodyOf(history: History, id: string): string {
  const event = findEvent(history, id);
  if (event.bodyDropped) throw bodyDropped(id);
  const body = readable(event.headers, event.body);
  if (body.length > LONGEST_TEXT) {
    throw new CliError('usage', 'body_too_large', `The body of ${id} is larger than 1 MiB`, {
      hint: `Write it to a file with: eazewa-hooks events show ${id} --raw > body.json`,
    });
  }
  return Buffer.from(body).toString();
}
