/** The vendor's webhook request apart from its body: the headers it comes with (VENDOR §2). */

/** Two values are documented (VENDOR §1.4): the page of each event has one, the page of webhooks the other. */
export const USER_AGENTS = {
  waapi: 'WaAPI Webhook User Agent',
  eazewa: 'eazeWA Webhook User Agent',
} as const;

/** The headers of a webhook request, names and values in turn. Only type and agent are documented. */
export function webhookHeaders(userAgent: string): string[] {
  return [
    ...['Accept', 'application/json, text/plain, */*'],
    ...['Content-Type', 'application/json'],
    ...['User-Agent', userAgent],
  ];
}
