/** The keys that `keyboard.ts` reads. */

/** Named keys, and `ctrl-` with a letter. */
export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageup'
  | 'pagedown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'shift-tab'
  | 'backspace'
  | 'delete'
  | `ctrl-${string}`;

/** A named key, a typed character, or pasted text (printable characters, up to the keyboard's bound). */
export type Key =
  | { readonly kind: 'name'; readonly name: KeyName }
  | { readonly kind: 'character'; readonly text: string }
  | { readonly kind: 'paste'; readonly text: string };
