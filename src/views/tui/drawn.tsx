/** Lines and spans drawn by Ink, in the 16 colours of the terminal's theme. */

import { Text, type TextProps } from 'ink';
import { createContext, createElement, Fragment, type ReactElement, useContext } from 'react';
import type { Line, Look } from './line.ts';

/** The background that colours are for; `none` for no colours. Bold, dim and inverse are always used. */
export type Palette = 'dark' | 'light' | 'none';

export const Colors = createContext<Palette>('dark');

/** The palette for a terminal with colours: some tell their background as the last part of COLORFGBG. */
export function paletteFor({
  COLORFGBG = '',
}: Readonly<Record<string, string | undefined>>): Palette {
  return /(?:^|;)(?:7|15)$/.test(COLORFGBG) ? 'light' : 'dark';
}

/** Cyan is hard to read on light, and blue on dark. */
const ON_LIGHT: Readonly<Record<string, string>> = { cyan: 'blue', blue: 'cyan' };

const LOOKS: Readonly<Record<Look, TextProps>> = {
  plain: {},
  dim: { dimColor: true },
  title: { bold: true },
  name: { color: 'cyan' },
  key: { color: 'cyan' },
  string: { color: 'green' },
  number: { color: 'yellow' },
  hit: { inverse: true, bold: true },
  selected: { inverse: true },
  info: {},
  good: { color: 'green' },
  warning: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  messages: { color: 'cyan' },
  receipts: { color: 'blue' },
  groups: { color: 'magenta' },
  connection: { color: 'yellow' },
};

/** A hit stays visible in an inverse line: it is the only part that is not inverse. */
const HIT_IN_SELECTION: TextProps = { bold: true, underline: true };

/** Elements in their order, which tells them apart: with keys, scrolling would mount every line again. */
export function inOrder(elements: readonly ReactElement[]): ReactElement {
  return createElement(Fragment, null, ...elements);
}

function propsOf(look: Look, palette: Palette, isSelected: boolean): TextProps {
  if (isSelected) return look === 'hit' ? HIT_IN_SELECTION : LOOKS.selected;
  const { color = '', ...plain } = LOOKS[look];
  if (palette === 'none' || color === '') return plain;
  return { ...plain, color: palette === 'light' ? (ON_LIGHT[color] ?? color) : color };
}

/** One line, cut at the terminal's width. `isSelected` draws it inverse and without colours. */
export function DrawnLine({ of, isSelected = false }: { of: Line; isSelected?: boolean }) {
  const palette = useContext(Colors);
  return (
    <Text wrap="truncate">
      {of.spans.length === 0 ? ' ' : null}
      {inOrder(
        of.spans.map(({ text, look }) =>
          createElement(Text, propsOf(look, palette, isSelected), text),
        ),
      )}
    </Text>
  );
}

/** Lines, one below the other. `selected` is the index of the line to draw inverse. */
export function DrawnLines({ of, selected }: { of: readonly Line[]; selected?: number }) {
  return inOrder(
    of.map((line, i) => createElement(DrawnLine, { of: line, isSelected: i === selected })),
  );
}
