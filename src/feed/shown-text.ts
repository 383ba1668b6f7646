/** The shape of a short text that a file of state carries and that people are shown. */

import * as z from 'zod';
import { safeText } from '../platform/safe-text.ts';

/** The longest such text, in graphemes; a longer one is cut. */
const LONGEST = 1000;

/** Safe for a terminal once it is parsed: whoever can write the file could put anything into it. */
export const shownText = z.string().transform((text) => safeText(text, LONGEST));
