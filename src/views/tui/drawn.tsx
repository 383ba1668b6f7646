/** Lines and spans drawn by Ink, in the 16 colours of the terminal's theme, which are legible on light and dark. */

import { Text, type TextProps } from 'ink';
import { createContext, useContext } from 'react';
import type { Line, Look } from './line.ts';

/** Whether to use colours; bold, dim and inverse are always used. */
export const Colors = createContext(true);

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
};

/** A hit stays visible in an inverse line: it is the only part that is not inverse. */
const HIT_IN_SELECTION: TextProps = { bold: true, underline: true };

/** One line, cut at the terminal's width. `isSelected` draws it inverse and without colours. */
export function DrawnLine({ of, isSelected = false }: { of: Line; isSelected?: boolean }) {
  const colors = useContext(Colors);
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
        const props = colors && color !== undefined ? { color, ...plain } : plain;
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
