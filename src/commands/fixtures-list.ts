/** `fixtures list`: every fixture with what it shows, and the scenarios. */

import type { ChalkInstance } from 'chalk';
import {
  type FixtureInfo,
  listFixtures,
  listScenarios,
  type ScenarioInfo,
} from '../fixtures/about.ts';
import { fixtureFolders } from '../fixtures/folders.ts';
import { formatDuration } from '../platform/duration.ts';
import { jsonLine, safeText } from '../platform/safe-text.ts';
import { writeDrained } from '../platform/terminal.ts';
import { styleFor } from '../views/style.ts';
import { type Deps, globalOptions, parseOptions } from './deps.ts';

/** Lists fixtures and scenarios, those of the project marked. Returns 0. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(globalOptions, raw);
  const folders = fixtureFolders(io.cwd);
  const fixtures = listFixtures(folders);
  const scenarios = listScenarios(folders);
  if (options.json) {
    const lines = [
      ...fixtures.map((fixture) => ({ type: 'fixture', ...fixture })),
      ...scenarios.map((scenario) => ({ type: 'scenario', ...scenario })),
    ];
    await writeDrained(io.stdout, lines.map((line) => `${jsonLine(line)}\n`).join(''));
    return 0;
  }
  const style = styleFor(io, io.stdout, options.color);
  const nameWidth = Math.max(...[...fixtures, ...scenarios].map(({ name }) => name.length));
  const columns = io.stdout.isTTY === true ? io.stdout.columns : undefined;
  const line = ({ name, origin }: FixtureInfo | ScenarioInfo, text: string) => {
    const shown = origin === 'project' ? `(project) ${text}` : text;
    const width = columns === undefined ? undefined : Math.max(20, columns - nameWidth - 2);
    return `${style.cyan(name.padEnd(nameWidth))}  ${safeText(shown, width)}`.trimEnd();
  };
  const lines = [
    heading('Fixtures', style),
    ...fixtures.map((fixture) => line(fixture, fixture.description ?? '')),
    '',
    heading('Scenarios', style),
    ...scenarios.map((scenario) => line(scenario, durationOf(scenario))),
  ];
  await writeDrained(io.stdout, lines.map((text) => `${text}\n`).join(''));
  return 0;
}

function heading(text: string, style: ChalkInstance): string {
  return style.bold(text);
}

function durationOf({ steps, durationMs }: ScenarioInfo): string {
  if (steps === null || durationMs === null) return 'cannot be read: fixtures validate says why';
  return `${steps} steps in ${formatDuration(Math.round(durationMs / 1000) * 1000)}`;
}
