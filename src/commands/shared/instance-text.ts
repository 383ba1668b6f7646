/** How commands print an instance and its webhook, as text and as JSON. */

import type { Webhook } from '../../eazewa/client.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { safeText } from '../../platform/safe-text.ts';

/** `Instance 33 (Shop)`, or without the name where it has none. */
export function instanceText(id: string, name: string | null = null): string {
  const called = name === null ? '' : ` (${safeText(name, 60)})`;
  return `Instance ${safeText(id, 64)}${called}`;
}

/** A webhook url with its secrets masked; `none` for null. */
export function urlText(url: string | null): string {
  return url === null ? 'none' : maskUrl(url);
}

/** Event names as a list, or `none` for an empty one. */
export function eventsText(events: readonly string[], none = 'no events'): string {
  return safeText(events.join(', '), 1000) || none;
}

/** A webhook for `--json`: the url with its secrets masked, and all event names. */
export function webhookJson({ url, events }: Webhook): Webhook {
  return { url: url && maskUrl(url), events };
}
