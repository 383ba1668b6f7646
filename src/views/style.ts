/** Colours for an output: which level the terminal and the user's settings allow. */

import { Chalk, type ChalkInstance, supportsColor } from 'chalk';
import type { Io, Output } from '../platform/io.ts';

/** A Chalk for `output`; without colours for no terminal (unless FORCE_COLOR), NO_COLOR, or `wanted` false. */
export function styleFor(io: Pick<Io, 'env'>, output: Output, wanted: boolean): ChalkInstance {
  const forced = io.env.FORCE_COLOR;
  const off = !wanted || Boolean(io.env.NO_COLOR) || forced === '0' || forced === 'false';
  if (off) return new Chalk({ level: 0 });
  if (output.isTTY !== true && !forced) return new Chalk({ level: 0 });
  return new Chalk({ level: supportsColor ? supportsColor.level : 1 });
}
