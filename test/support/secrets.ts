/** Secrets of every kind, and the places where they are found: outputs, processes and files. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A random text with letters and digits, which percent-encoding does not change. */
export function secret(): string {
  return `Zq${randomBytes(14).toString('hex')}`;
}

/** A text in base64, as it appears wherever it stands in a longer text: at three offsets. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const whole = padded.toString('base64').replace(/=+$/, '');
    return whole.slice([0, 2, 3][offset], padded.length % 3 === 0 ? undefined : -1);
  });
}

/** Where secrets of each kind were found. */
export interface Sightings {
  /** Looks for all secrets in what a place holds. */
  look(place: string, content: string | Uint8Array): void;
  /** `kind in place`, sorted. */
  all(): string[];
}

/** `kinds`: the secrets of each kind. They are found as they are, percent-encoded and in base64. */
export function sightings(kinds: Readonly<Record<string, readonly string[]>>): Sightings {
  const found = new Set<string>();
  const forms = Object.entries(kinds).map(([kind, secrets]) => ({
    kind,
    // A host is shown in lower case.
    plain: secrets.map((one) => one.toLowerCase()),
    base64: secrets.flatMap(inBase64),
  }));
  return {
    look(place, content) {
      // A line that a terminal wrapped is one text again, and a file's bytes stay as they are.
      const text = Buffer.from(content).toString('latin1');
      const lower = text.toLowerCase();
      for (const { kind, plain, base64 } of forms) {
        const isThere =
          plain.some((one) => lower.includes(one)) || base64.some((one) => text.includes(one));
        if (isThere) found.add(`${kind} in ${place}`);
      }
    },
    all: () => [...found].sort(),
  };
}

/** A file or folder below a folder. */
export interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'socket';
  readonly mode: number;
  /** Null for what is no file. */
  readonly content: Uint8Array | null;
}

/** Everything below a folder, without files that are removed meanwhile. */
export function entriesBelow(folder: string): Entry[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    const kind = stat.isDirectory() ? 'folder' : stat.isFile() ? 'file' : 'socket';
    const content = kind === 'file' ? contentOf(path) : null;
    if (kind === 'file' && content === null) return [];
    return [{ path, kind, mode: stat.mode & 0o777, content }];
  });
}

function contentOf(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** The processes below a process: arguments and, on Linux, the environment of each. */
export function processesBelow(pid: number): { arguments: string; environment: string }[] {
  const listed = execFileSync('ps', ['-Aww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const all = listed.split('\n').flatMap((line) => {
    const [, own, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line) ?? [];
    return own === undefined ? [] : [{ pid: Number(own), parent: Number(parent), args }];
  });
  const below = (of: number): typeof all =>
    all.filter(({ parent }) => parent === of).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid).map((one) => ({ arguments: one.args, environment: environmentOf(one.pid) }));
}

function environmentOf(pid: number): string {
  if (process.platform !== 'linux') return '';
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

/** The table of a page whose header begins with `secret`: `kind in place` for each name in backticks of its last cell. */
export function allowedBy(page: string): { kinds: string[]; allowed: string[] } {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line.startsWith('| secret |'));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  const rows = lines
    .slice(start + 2, end)
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const kinds = rows.map(([, kind = '']) => kind);
  const allowed = rows.flatMap(([, kind, places = '']) =>
    [...places.matchAll(/`([^`]+)`/g)].map(([, place]) => `${kind} in ${place}`),
  );
  return { kinds, allowed: allowed.sort() };
}
