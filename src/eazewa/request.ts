/** The vendor's webhook request apart from what its body says (VENDOR §2). */

/** Two values are documented (VENDOR §1.4): the page of each event has one, the page of webhooks the other. */
export const USER_AGENTS = {
  waapi: 'WaAPI Webhook User Agent',
  eazewa: 'eazeWA Webhook User Agent',
} as const;

/** The largest body of a webhook request that is accepted, in bytes: a 40 MB video as base64. */
export const LARGEST_BODY = 64 * 1024 * 1024;

/** The headers of a webhook request, names and values in turn. Only type and agent are documented. */
export function webhookHeaders(userAgent: string): string[] {
  return [
    ...['Accept', 'application/json, text/plain, */*'],
    ...['Content-Type', 'application/json'],
    ...['User-Agent', userAgent],
  ];
}
