/** `fixtures validate`: whether fixtures and scenarios are what they say, a line a problem. */

import { relative, resolve } from 'node:path';
import { EXIT } from '../errors.ts';
import { fixtureFolders } from '../fixtures/folders.ts';
import { type Problem, validateFiles, validateFolders } from '../fixtures/validate.ts';
import { jsonLine, safeText } from '../platform/safe-text.ts';
import { writeDrained } from '../platform/terminal.ts';
import { styleFor } from '../views/style.ts';
import { type Deps, globalOptions, list, parseOptions } from './deps.ts';

const schema = globalOptions.extend({ files: list });

/** Checks these files, or every built-in and project one. Returns 0 when all pass, else 2. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(schema, raw);
  const folders = fixtureFolders(io.cwd);
  const { checked, problems } =
    options.files.length === 0
      ? validateFolders(folders)
      : validateFiles(
          options.files.map((file) => resolve(io.cwd, file)),
          folders,
        );
  const isGood = problems.length === 0;
  if (options.json) {
    const lines = [
      ...problems.map((problem) => ({ type: 'problem', ...problem })),
      { type: 'total', checked, problems: problems.length },
    ];
    await writeDrained(io.stdout, lines.map((line) => `${jsonLine(line)}\n`).join(''));
  } else {
    const style = styleFor(io, io.stdout, options.color);
    const total = `${checked} checked, ${problems.length} problem${problems.length === 1 ? '' : 's'}`;
    const lines = [
      ...problems.map((problem) => `${style.red('✗')} ${lineOf(problem, io.cwd)}`),
      isGood ? style.green(`✓ ${total}`) : style.red(total),
    ];
    await writeDrained(io.stdout, lines.map((line) => `${line}\n`).join(''));
  }
  return isGood ? EXIT.ok.code : EXIT.usage.code;
}

/** `file:line:column: message`, the file from here where that is shorter. */
function lineOf({ file, line, column, message }: Problem, cwd: string): string {
  const near = relative(cwd, file);
  const name = near.startsWith('..') ? file : near;
  const place = line === null ? name : `${name}:${line}:${column}`;
  return safeText(`${place}: ${message}`, 1000);
}
