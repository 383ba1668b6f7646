/** The command that restores an instance, for hints. */

import { shellWord } from '../../platform/shell-quote.ts';
import { DEFAULT_API_URL } from '../../settings/api-url.ts';

/** An instance as a journal or the settings name it. */
interface Named {
  readonly instanceId: string;
  readonly apiUrl: string;
}

/** `eazewa-hooks restore` for one instance, with the API url where it is not the vendor's. */
export function restoreCommand(instance: Named): string {
  return `eazewa-hooks restore ${namingFlags(instance, DEFAULT_API_URL)}`;
}

/** The flags that name one instance, with the API url where it is not the one that is `usual`. */
export function namingFlags(instance: Named, usual: string): string {
  if (instance.apiUrl !== usual) return instanceFlags(instance);
  return `-i ${shellWord(instance.instanceId)}`;
}

/** The flags that name one instance: `-i 33 --api-url https://…`. A file of state may have named it. */
export function instanceFlags({ instanceId, apiUrl }: Named): string {
  return `-i ${shellWord(instanceId)} --api-url ${shellWord(apiUrl)}`;
}
