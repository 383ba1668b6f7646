/** The command that finishes what a listener could not: putting an instance's webhook back. */

import { DEFAULT_API_URL } from '../../settings/api-url.ts';

/** `eazewa-hooks restore` for one instance, with its API where that is not the vendor's own. */
export function restoreCommand(instance: { instanceId: string; apiUrl: string }): string {
  const api = instance.apiUrl === DEFAULT_API_URL ? '' : ` --api-url ${instance.apiUrl}`;
  return `eazewa-hooks restore -i ${instance.instanceId}${api}`;
}
