/** What the terminal UI can have done, put together from a listener, the clipboard, the editor and the fixtures. */

import { readBody } from '../fixtures/load.ts';
import { saveFixture } from '../fixtures/save.ts';
import type { ListenerHandle } from '../listener/run.ts';
import { copyText } from '../platform/clipboard.ts';
import { editText } from '../platform/editor.ts';
import type { Io } from '../platform/io.ts';
import type { Actions } from '../views/tui/actions.ts';

export interface ActionsOf {
  readonly io: Io;
  readonly listener: Pick<ListenerHandle, 'ask'>;
  /** Stops the listener as a signal would, and at the second time leaves at once. */
  readonly interrupt: () => void;
  /** Lends the terminal to a program. */
  readonly away: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The actions of one listener. */
export function actionsOf({ io, listener, interrupt, away }: ActionsOf): Actions {
  const { ask } = listener;
  const bodyOf = (id: string) => ask({ action: 'body', id });
  return {
    list: (page) => ask({ action: 'page', ...page }),
    detail: (id) => ask({ action: 'detail', id }),
    replay: (id) => ask({ action: 'replay', id, body: null }),
    async editAndReplay(id) {
      const before = indented(await bodyOf(id));
      const after = await away(() => editText(before, io));
      if (after.trimEnd() === before.trimEnd()) return null;
      const body = readBody(after, 'what was saved');
      return ask({ action: 'replay', id, body: JSON.stringify(body) });
    },
    async save(id, name) {
      const [body, { event }] = await Promise.all([bodyOf(id), ask({ action: 'detail', id })]);
      return saveFixture({ cwd: io.cwd, name, body, at: event.at });
    },
    async copy(id, what) {
      if (what === 'id') return copyText(id, io);
      return copyText(await ask({ action: what, id }), io);
    },
    subscribe: (events) => ask({ action: 'subscribe', events }),
    forwarding: (pause) => ask({ action: 'forwarding', pause }),
    stop: interrupt,
  };
}

/** JSON as a person edits it; anything else as it is. */
function indented(text: string): string {
  try {
    return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
  } catch {
    return text;
  }
}
