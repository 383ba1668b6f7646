/** The words for what a listener sets at the vendor, by kind: the instance's webhook, or a subscription side by side with it. */

/** How a listener holds an instance: its webhook is replaced, or a subscription is added. */
export type TakeoverKind = 'takeover' | 'side-by-side';

export interface TakeoverWords {
  /** What is set at the vendor: `webhook`. */
  readonly thing: string;
  /** What undoes that: `restore`. */
  readonly undo: string;
  /** `Restore`, to begin a sentence. */
  readonly Undo: string;
  readonly undoing: string;
  readonly undone: string;
  /** The thing with its instance: `webhook of instance 33`. */
  of(instanceId: string): string;
}

/** Every message about a takeover takes its words from here. */
export const TAKEOVER_WORDS: Readonly<Record<TakeoverKind, TakeoverWords>> = {
  takeover: {
    thing: 'webhook',
    undo: 'restore',
    Undo: 'Restore',
    undoing: 'restoring',
    undone: 'restored',
    of: (instanceId) => `webhook of instance ${instanceId}`,
  },
  'side-by-side': {
    thing: 'subscription',
    undo: 'remove',
    Undo: 'Remove',
    undoing: 'removing',
    undone: 'removed',
    of: (instanceId) => `side-by-side subscription of instance ${instanceId}`,
  },
};

/** The words for options and feed entries, which carry the kind as a flag. */
export function wordsFor({
  sideBySide,
}: {
  readonly sideBySide?: boolean | undefined;
}): TakeoverWords {
  return TAKEOVER_WORDS[sideBySide ? 'side-by-side' : 'takeover'];
}
