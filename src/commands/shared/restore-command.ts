/** The command that restores an instance, for hints. */

import { DEFAULT_API_URL } from '../../settings/api-url.ts';

/** `eazewa-hooks restore` for one instance, with the API url where it is not the vendor's. */
export function restoreCommand(instance: { instanceId: string; apiUrl: string }): string {
  const api = instance.apiUrl === DEFAULT_API_URL ? '' : ` --api-url ${instance.apiUrl}`;
  return `eazewa-hooks restore -i ${instance.instanceId}${api}`;
}
