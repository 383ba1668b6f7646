/** Runs the effects that the reducer requests, and turns their results into messages. */

import { CliError } from '../../errors.ts';
import { isSuccess } from '../../history/outcome.ts';
import type { Actions, Replayed } from './actions.ts';
import type { Effect, Message, Tone } from './state.ts';

/** Effects that the actions run; the screen runs the others. */
export type ActionEffect = Exclude<
  Effect,
  { type: 'stop' | 'suspend' | 'redraw' | 'preview-soon' }
>;

/** Runs an effect. Resolves to the message with its result or its error; never rejects. */
export async function perform(effect: ActionEffect, actions: Actions): Promise<Message> {
  try {
    return await performed(effect, actions);
  } catch (error) {
    const text = errorText(error);
    if (effect.type === 'list') {
      return { type: 'page-failed', generation: effect.generation, text };
    }
    if (effect.type === 'save') return { type: 'save-failed', id: effect.id, text };
    if (effect.type === 'detail') return { type: 'detail-failed', id: effect.id, text };
    if (effect.type === 'preview') return { type: 'preview-failed', id: effect.id, text };
    return { type: 'notice', tone: 'bad', text };
  }
}

async function performed(effect: ActionEffect, actions: Actions): Promise<Message> {
  switch (effect.type) {
    case 'list': {
      const page = await actions.list(effect.page);
      return { type: 'page', generation: effect.generation, page };
    }
    case 'detail':
      return { type: 'detail', id: effect.id, detail: await actions.detail(effect.id) };
    case 'preview':
      return { type: 'preview', id: effect.id, detail: await actions.preview(effect.id) };
    case 'qr': {
      const { qr } = await actions.detail(effect.id);
      if (qr === null)
        return { type: 'notice', tone: 'warning', text: 'received a qr event without a code' };
      return { type: 'qr', id: effect.id, code: qr };
    }
    case 'replay':
      return replayNotice(await actions.replay(effect.id));
    case 'edit': {
      const replayed = await actions.editAndReplay(effect.id);
      if (replayed !== null) return replayNotice(replayed);
      return { type: 'notice', tone: 'info', text: 'nothing was changed, nothing was sent' };
    }
    case 'fixtures':
      return { type: 'fixtures', fixtures: await actions.fixtures() };
    case 'trigger': {
      const triggered = await actions.trigger(effect.name, effect.instanceId);
      const text = `triggered ${effect.name}: stored, and sent to no target`;
      if (triggered.answered + triggered.unanswered > 0)
        return replayNotice(triggered, 'triggered');
      return { type: 'notice', tone: 'good', text };
    }
    case 'save':
      return {
        type: 'saved',
        id: effect.id,
        path: await actions.save(effect.id, effect.name),
      };
    case 'copy': {
      const where = await actions.copy(effect.id, effect.what);
      return { type: 'notice', tone: 'good', text: `${effect.what} copied: ${where}` };
    }
    case 'subscribe':
      return { type: 'subscribed', events: await actions.subscribe(effect.events) };
    case 'forwarding': {
      const { pause } = effect;
      const forwarding = await actions.forwarding(pause);
      return { type: 'forwarding', forwarding, byUser: pause !== null };
    }
  }
}

function replayNotice({ answered, unanswered, statuses }: Replayed, done = 'replayed'): Message {
  const notice = (tone: Tone, text: string): Message => {
    return { type: 'notice', tone, text: `${done}: ${text}` };
  };
  const answers = statuses.join(', ');
  if (unanswered > 0) {
    return notice('bad', `${unanswered} of ${answered + unanswered} targets did not answer`);
  }
  if (statuses.every(isSuccess)) return notice('good', `answered with ${answers}`);
  return statuses.every((status) => isSuccess(status) || status === 404)
    ? notice('warning', `answered with ${answers}: the handler does not handle this event`)
    : notice('bad', `failed at your app (${answers})`);
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = error instanceof CliError ? error.hint : undefined;
  return hint === undefined ? error.message : `${error.message}. ${hint}`;
}
