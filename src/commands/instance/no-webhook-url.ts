/** The warning that an instance without a webhook url receives nothing. */

import { asTyped } from '../shared/deps.ts';

/** The warning, and the command that sets a url. `held`: a running listener holds the instance. */
export function noWebhookUrl(held: boolean, options: Parameters<typeof asTyped>[0]): string {
  const when = held ? 'Without its listener the instance' : 'The instance';
  return [
    `! ${when} has no webhook url: the vendor sends nothing until one is set.`,
    `  Set one with: eazewa-hooks webhook set <url>${asTyped(options)}`,
    '',
  ].join('\n');
}
