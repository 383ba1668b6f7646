/** The vendor's webhook requests: headers and the largest body (VENDOR §2). */

/** The two documented values (VENDOR §1.4): one on each event's page, the other on the page of webhooks. */
export const USER_AGENTS = {
  waapi: 'WaAPI Webhook User Agent',
  eazewa: 'eazeWA Webhook User Agent',
} as const;

/** The largest accepted body of a webhook request, in bytes: a 40 MB video as base64. */
export const LARGEST_BODY = 64 * 1024 * 1024;

/** The headers of a webhook request, alternating names and values. Only type and agent are documented. */
export function webhookHeaders(userAgent: string): string[] {
  return [
    ...['Accept', 'application/json, text/plain, */*'],
    ...['Content-Type', 'application/json'],
    ...['User-Agent', userAgent],
  ];
}
