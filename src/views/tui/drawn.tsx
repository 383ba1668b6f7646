/** Lines and spans, drawn by Ink. Only the 16 colours that a terminal's own theme sets: they can be read on light and dark. */

import { Text, type TextProps } from 'ink';
import { createContext, useContext } from 'react';
import type { Line, Look } from './line.ts';

/** Whether colours are wanted; without them bold, dim and inverse are left. */
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
  info: {},
  good: { color: 'green' },
  warning: { color: 'yellow' },
  bad: { color: 'red', bold: true },
};

/** One line, cut at the end of the terminal's. `isSelected` turns it round, and leaves its colours out. */
export function DrawnLine({ of, isSelected = false }: { of: Line; isSelected?: boolean }) {
  const colors = useContext(Colors);
  if (isSelected) {
    return (
      <Text inverse wrap="truncate">
        {of.spans.map(({ text }) => text).join('')}
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
          // biome-ignore lint/suspicious/noArrayIndexKey: a span is nothing but its place in the line
          <Text key={i} {...props}>
            {text}
          </Text>
        );
      })}
    </Text>
  );
}

/** Lines, one below the other. `selected` is the index of one that is turned round. */
export function DrawnLines({ of, selected }: { of: readonly Line[]; selected?: number }) {
  // Keyed by their place: a scrolling list would otherwise be mounted anew with every frame.
  return of.map((line, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    <DrawnLine key={i} of={line} isSelected={i === selected} />
  ));
}
