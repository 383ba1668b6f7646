/** Medians of several rounds, and the format of numbers. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const perSecond = (value) => `${Math.round(value)}/s`;
export const milliseconds = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
