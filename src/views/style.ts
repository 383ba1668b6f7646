/** Colours, where the terminal has them and nobody objects. */

import { Chalk, type ChalkInstance, supportsColor } from 'chalk';
import type { Io, Output } from '../platform/io.ts';

/** Colours for `output`: none without a terminal (unless FORCE_COLOR), with NO_COLOR, or when not wanted. */
export function styleFor(io: Pick<Io, 'env'>, output: Output, wanted: boolean): ChalkInstance {
  const forced = io.env.FORCE_COLOR;
  const off = !wanted || Boolean(io.env.NO_COLOR) || forced === '0' || forced === 'false';
  if (off) return new Chalk({ level: 0 });
  if (output.isTTY !== true && !forced) return new Chalk({ level: 0 });
  return new Chalk({ level: supportsColor ? supportsColor.level : 1 });
}
