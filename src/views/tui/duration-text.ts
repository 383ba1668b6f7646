/** The duration of an attempt in words. */

/** `12 ms`, `3.1 s`, `310 s`: at most six columns below three hours. */
export function durationText(ms: number): string {
  const whole = Math.round(ms);
  if (whole < 1000) return `${whole} ms`;
  return whole < 99_950 ? `${(whole / 1000).toFixed(1)} s` : `${Math.round(whole / 1000)} s`;
}
