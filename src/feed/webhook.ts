/** The shape of an instance's webhook, wherever it is stored or sent: journal, own webhook, feed, control socket. */

import * as z from 'zod';

/** The url is null where the instance has no webhook. */
export const webhookShape = z.object({
  url: z.string().nullable(),
  events: z.array(z.string()).readonly(),
});
