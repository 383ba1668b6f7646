import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENTS, UNLISTED_EVENTS } from '../../src/eazewa/events.ts';
import { API_ROUTES } from '../../src/simulator/api.ts';
import { CONTROL_ROUTES } from '../../src/simulator/control.ts';
import { faultRequest } from '../../src/simulator/faults.ts';
import { SWITCHES } from '../../src/simulator/switches.ts';

const TEXT = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');
const ROWS = TEXT.split('\n').filter((line) => line.startsWith('|'));

/** The row of a table that begins with this, in code. */
const row = (first: string) => ROWS.find((line) => line.startsWith(`| \`${first}\` `));

const endpoints = Object.entries({ ...API_ROUTES, ...CONTROL_ROUTES }).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method} ${path}`),
);

describe('docs/simulator.md', () => {
  it.each(endpoints)('has %s', (endpoint) => {
    expect(row(endpoint)).toBeDefined();
  });

  it('has no endpoint that does not exist', () => {
    const named = TEXT.matchAll(/^\| `((?:GET|POST|PUT|DELETE) \S+)`/gm);
    expect([...named].map(([, endpoint]) => endpoint).sort()).toEqual([...endpoints].sort());
  });

  it.each(Object.keys(EVENTS))('has the event %s with its source and confidence', (event) => {
    const [, , data, source, confidence] = row(event)?.split('|') ?? [];
    expect(data?.trim()).not.toBe('');
    expect(source).toMatch(/page|recorded|sdk|library|wrappers/);
    expect(confidence).toMatch(/high|medium|low/);
  });

  it('has the unlisted events', () => {
    for (const event of UNLISTED_EVENTS) expect(TEXT).toContain(`\`${event}\``);
  });

  it.each(Object.entries(SWITCHES))('has the switch %s with its choices', (name, choices) => {
    expect(row(name)).toContain(choices.map((choice) => `\`${choice}\``).join(', '));
  });

  it('has every kind of fault, and only valid faults', () => {
    const examples = [...TEXT.matchAll(/^post faults '(.*)'$/gm)].map(([, fault = '']) =>
      faultRequest.parse(JSON.parse(fault)),
    );
    const kinds = faultRequest.options.map(({ shape }) => shape.kind.value);
    expect([...new Set(examples.map(({ kind }) => kind))].sort()).toEqual([...kinds].sort());
    for (const kind of kinds) expect(TEXT).toContain(`\`${kind}\``);
  });
});
