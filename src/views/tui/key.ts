/** A key that was pressed, as `keyboard.ts` reads it. */

/** The keys that have a name. `ctrl-` ones are written with their letter. */
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

/** A named key, a character that was typed, or a text that was pasted (any length up to the keyboard's bound, made of printable characters). */
export type Key =
  | { readonly kind: 'name'; readonly name: KeyName }
  | { readonly kind: 'character'; readonly text: string }
  | { readonly kind: 'paste'; readonly text: string };
