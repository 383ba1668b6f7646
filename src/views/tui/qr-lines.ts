/** A QR code that a phone scans from the screen: half blocks with their quiet zone, dark on light whatever the theme. */

import { encode } from 'uqr';

/** Light modules around the code: the standard asks for four. */
const QUIET = 4;
/** A QR code holds no more, at the least correction. In bytes. */
const LONGEST = 2953;

/** A code as rows of half blocks; null when it is too long for any. */
export function qrRows(code: string): string[] | null {
  if (Buffer.byteLength(code) > LONGEST) return null;
  const { data } = encode(code, { ecc: 'L', border: QUIET });
  const rows: string[] = [];
  for (let y = 0; y < data.length; y += 2) {
    const upper = data[y] ?? [];
    const lower = data[y + 1];
    rows.push(upper.map((isDark, x) => half(isDark, lower?.[x] ?? false)).join(''));
  }
  return rows;
}

/** On light ground, dark is what is printed. */
function half(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
