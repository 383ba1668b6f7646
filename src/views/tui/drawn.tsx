/** Lines and spans drawn by Ink, in the 16 colours of the terminal's theme. */

import { Text, type TextProps } from 'ink';
import { createContext, useContext } from 'react';
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

/** One line, cut at the terminal's width. `isSelected` draws it inverse and without colours. */
export function DrawnLine({ of, isSelected = false }: { of: Line; isSelected?: boolean }) {
  const palette = useContext(Colors);
  if (isSelected) {
    return (
      <Text wrap="truncate">
        {of.spans.map(({ text, look }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a span has no identity but its position
          <Text key={i} {...(look === 'hit' ? HIT_IN_SELECTION : LOOKS.selected)}>
            {text}
          </Text>
        ))}
      </Text>
    );
  }
  return (
    <Text wrap="truncate">
      {of.spans.length === 0 ? ' ' : null}
      {of.spans.map(({ text, look }, i) => {
        const { color, ...plain } = LOOKS[look];
        const shade = palette === 'light' ? (ON_LIGHT[color ?? ''] ?? color) : color;
        const props =
          palette !== 'none' && shade !== undefined ? { color: shade, ...plain } : plain;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a span has no identity but its position
          <Text key={i} {...props}>
            {text}
          </Text>
        );
      })}
    </Text>
  );
}

/** Lines, one below the other. `selected` is the index of the line to draw inverse. */
export function DrawnLines({ of, selected }: { of: readonly Line[]; selected?: number }) {
  // Keyed by position: with other keys, scrolling would mount every line again.
  return of.map((line, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    <DrawnLine key={i} of={line} isSelected={i === selected} />
  ));
}
