/** The id of a chat, from what a person types: a jid or a phone number. */

import { CliError } from '../errors.ts';
import { safeText } from '../platform/safe-text.ts';

/** The forms of a chat's id (VENDOR §5). */
const CHAT_ID =
  /^(?:\d{3,20}@(?:c\.us|lid|newsletter)|\d{3,20}(?:-\d{3,20})?@g\.us|status@broadcast)$/;

/** A phone number with its country code, which has no leading 0 (E.164). */
const NUMBER = /^[1-9]\d{5,14}$/;

/**
 * The jid of a chat: one as typed, or that of a phone number with country code (`+49 151 1234567`).
 * Throws `not_a_chat` (usage) for anything else.
 */
export function parseChatId(typed: string): string {
  const jid = typed
    .trim()
    .toLowerCase()
    .replace(/@s\.whatsapp\.net$/, '@c.us');
  if (CHAT_ID.test(jid)) return jid;
  const number = jid.replace(/[\s().-]/g, '').replace(/^(?:\+|00)/, '');
  if (NUMBER.test(number)) return `${number}@c.us`;
  const isNational = /^0\d{5,14}$/.test(number);
  throw new CliError('usage', 'not_a_chat', `${safeText(typed, 80)} is not a chat`, {
    hint: isNational
      ? 'Type the number with its country code, such as +49 151 1234567.'
      : 'A chat is a phone number with its country code (+49 151 1234567), or a jid such as 491511234567@c.us, 120363001234567890@g.us or 123456789012345@lid.',
  });
}
