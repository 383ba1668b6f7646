/** Points at which fault tests kill a process; they do nothing except in the build of those tests. */

/** The step just before or after the point. */
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

/** Does nothing. */
export async function faultPoint(_point: FaultPoint): Promise<void> {}
