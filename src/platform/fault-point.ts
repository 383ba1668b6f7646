/** Places where a process can be made to die: nothing happens at them, except in the build that the fault tests run. */

/** What has just been done, or is about to be. */
export type FaultPoint =
  | 'locked'
  | 'journal-written'
  | 'about-to-set'
  | 'set-sent'
  | 'set'
  | 'ready'
  | 'about-to-renew'
  | 'renew-sent'
  | 'renewed'
  | 'about-to-restore'
  | 'restore-sent'
  | 'restored'
  | 'journal-removed'
  | 'guard-armed'
  | 'guard-woken'
  | 'guard-locked'
  | 'guard-restored';

/** Goes on at once. */
export async function faultPoint(_point: FaultPoint): Promise<void> {}
