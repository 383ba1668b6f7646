/** A QR code as rows of half blocks with a quiet zone, for a phone to scan from the screen. */

import { encode } from 'uqr';

/** Light modules around the code, as the standard requires. */
const QUIET = 4;
/** Capacity of the largest QR code at the lowest error correction, in bytes. */
const LONGEST = 2953;

/** A code as rows of half blocks, two modules high; null when it is too long. */
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

/** One character for two modules; dark modules are printed on the light background. */
function half(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
