/** Checks processes by their ids. */

import { execFileSync } from 'node:child_process';

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The ids of a process's children whose command line has this text. */
export function childrenOf(pid: number | undefined, text: string): number[] {
  try {
    const found = execFileSync('pgrep', ['-P', String(pid), '-f', text], { encoding: 'utf8' });
    return found.trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

/** The guards of a process: those that it started, by their ids. */
export function guardsOf(pid: number | undefined): number[] {
  return childrenOf(pid, 'guard.js');
}
