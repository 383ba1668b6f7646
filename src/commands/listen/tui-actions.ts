/** The actions of the terminal UI, made of a listener, the clipboard, the editor and the fixtures. */

import { CliError } from '../../errors.ts';
import { listFixtures } from '../../fixtures/about.ts';
import { fixtureFolders, projectFolder } from '../../fixtures/folders.ts';
import { indented } from '../../fixtures/indent.ts';
import { fixtureBytes, readBody } from '../../fixtures/load.ts';
import { saveFixture } from '../../fixtures/save.ts';
import type { ListenerHandle } from '../../listener/run.ts';
import { copyText } from '../../platform/clipboard.ts';
import { editText } from '../../platform/editor.ts';
import type { Io } from '../../platform/io.ts';
import type { Suspension } from '../../platform/job-control.ts';
import type { Signals } from '../../platform/signals.ts';
import { asVendor } from '../../replay/choose.ts';
import type { ReplayItem } from '../../replay/item.ts';
import type { Actions } from '../../views/tui/actions.ts';

export interface ActionsOf {
  readonly io: Io;
  readonly listener: Pick<ListenerHandle, 'ask'>;
  readonly signals: Pick<Signals, 'stop' | 'interrupt' | 'unheard'>;
  readonly suspension: Pick<Suspension, 'suspend'>;
  /** Lends the terminal to a program. */
  readonly away: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Most spaces and line ends that indenting adds to a body for the editor. */
const MOST_SPACE = 1024 * 1024;

/** The actions of one listener. */
export function actionsOf({ io, listener, signals, suspension, away }: ActionsOf): Actions {
  const { ask } = listener;
  const folders = fixtureFolders(io.cwd);
  const bodyOf = (id: string) => ask({ action: 'body', id });
  const replay = (source: ReplayItem['source']) => {
    const item = { source, due: 0, set: [], remove: [], fresh: false };
    return ask({ action: 'replay', items: [item], to: null, bodies: 'none' });
  };
  /** Saved texts that are no webhook body, by event: the next edit of that event starts with its text. */
  const drafts = new Map<string, string>();
  let isEditing = false;
  const edited = (text: string) =>
    editText(text, {
      env: io.env,
      name: 'body',
      signal: signals.stop,
      run: (work) => away(() => signals.unheard(work)),
    });
  return {
    list: (page) => ask({ action: 'page', ...page }),
    detail: (id) => ask({ action: 'detail', id }),
    preview: (id) => ask({ action: 'detail', id, brief: true }),
    replay: (id) => replay({ event: id }),
    async editAndReplay(id) {
      if (isEditing) throw editing();
      isEditing = true;
      try {
        const before = readable(await bodyOf(id));
        const after = await edited(drafts.get(id) ?? before);
        if (after.trimEnd() === before.trimEnd()) return null;
        // One draft is enough: editing another event gives it up.
        drafts.clear();
        drafts.set(id, after);
        readBody(after, 'what was saved (e opens it again)');
        drafts.clear();
        return await replay({ event: id, body: Buffer.from(after.trim()).toString('base64') });
      } finally {
        isEditing = false;
      }
    },
    fixtures: async () =>
      listFixtures(folders).map(({ name, description }) => ({
        name,
        description: description ?? '',
      })),
    async trigger(name, instanceId) {
      const source = asVendor(fixtureBytes(name, folders), { instanceId });
      const item = { source, due: 0, set: [], remove: [], fresh: true };
      const request = { action: 'replay', items: [item], to: null, bodies: 'none' } as const;
      return ask({ ...request, evenWithoutTarget: true });
    },
    async save(id, name) {
      const [body, { event }] = await Promise.all([bodyOf(id), ask({ action: 'detail', id })]);
      return saveFixture({ folder: projectFolder(io.cwd), name, body, about: event });
    },
    async copy(id, what) {
      if (what === 'id') return copyText(id, io);
      const text = await ask({ action: what, id });
      // Pasted into a shell, a line end would run the command.
      return copyText(what === 'curl' ? text.trimEnd() : text, io);
    },
    subscribe: (events) => ask({ action: 'subscribe', events }),
    forwarding: (pause) => ask({ action: 'forwarding', pause }),
    stop: signals.interrupt,
    suspend: () => void suspension.suspend(),
  };
}

function editing(): CliError {
  return new CliError('busy', 'editor_open', 'The editor is already open');
}

/** JSON indented for the editor, with nothing changed but its spaces; other text as it is. */
function readable(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  return `${indented(text.trim(), MOST_SPACE)}\n`;
}
