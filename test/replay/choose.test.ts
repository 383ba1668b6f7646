import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { LARGEST_BODY } from '../../src/eazewa/request.ts';
import { loadFixture, loadScenario } from '../../src/fixtures/load.ts';
import { chooseItems, type Typed, type TypedIn } from '../../src/replay/choose.ts';
import type { ReplayItem } from '../../src/replay/item.ts';
import { failureOf } from '../support/failure.ts';
import { temporaryFolder } from '../support/resources.ts';

const choose = (what: readonly string[], place: Partial<TypedIn> = {}, more: Partial<Typed> = {}) =>
  chooseItems(
    { what, set: [], remove: [], fresh: false, speed: 1, ...more },
    { cwd: temporaryFolder(), stdin: Readable.from([]), instanceId: null, ...place },
  );

const textOf = ({ source }: ReplayItem) =>
  'body' in source ? String(Buffer.from(source.body, 'base64')) : source.event;

/** A folder with a fixture of its own, `x.mine`, and a scenario of it, `mine`. */
function ownFixtures(): string {
  const cwd = temporaryFolder();
  const folder = join(cwd, 'eazewa-fixtures');
  mkdirSync(join(folder, 'scenarios'), { recursive: true });
  const text =
    '{\n  "event": "x",\n  "instanceId": 1,\n  "n": 9007199254740993, "s": "\\u00e9 é" }';
  writeFileSync(join(folder, 'x.mine.json'), `\ufeff${text}\n`);
  const scenario =
    '[{ "after": 0, "fixture": "x.mine", "set": { "s": 1.0, "n": 18446744073709551615 } }]';
  writeFileSync(join(folder, 'scenarios/mine.json'), scenario);
  return cwd;
}

describe('a fixture', () => {
  test('is sent as the vendor does: JSON without spaces, once for each time it is named', async () => {
    const items = await choose(['message.chat', 'message_ack.read', 'message.chat']);
    const names = ['message.chat', 'message_ack.read', 'message.chat'];
    expect(items.map(textOf)).toEqual(names.map((name) => JSON.stringify(loadFixture(name))));
    expect(items.map(({ due, fresh }) => [due, fresh])).toEqual(names.map(() => [0, false]));
  });

  test('speaks for the instance that is known', async () => {
    const [item] = await choose(['message.chat'], { instanceId: '91000' });
    expect(JSON.parse(textOf(item as ReplayItem))).toEqual({
      ...loadFixture('message.chat'),
      instanceId: '91000',
    });
  });

  test("is found among the project's own first", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'eazewa-fixtures'));
    writeFileSync(join(cwd, 'eazewa-fixtures/mine.json'), '{ "event": "qr" }');
    const [item] = await choose(['mine'], { cwd, instanceId: '91000' });
    expect(textOf(item as ReplayItem)).toBe('{"event":"qr"}');
  });

  test('keeps its numbers and escapes, with the instance that is known', async () => {
    const items = await choose(['x.mine'], { cwd: ownFixtures(), instanceId: '91000' });
    expect(items.map(textOf)).toEqual([
      '{"event":"x","instanceId":"91000","n":9007199254740993,"s":"\\u00e9 é"}',
    ]);
  });

  test('that there is not is answered with the nearest names', async () => {
    const error = await failureOf(choose(['mesage.chat']));
    expect(error).toMatchObject({ exit: 'notFound', code: 'no_such_fixture' });
    expect(error.hint).toContain('message.chat');
  });
});

describe('a file, or standard input', () => {
  const text = '{ "event" : "message",\r\n "instanceId": 33, "n": 1.0, "s": "\\u00e9" }\n';

  test('is sent with its exact bytes, whatever instance is known', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'sub'));
    writeFileSync(join(cwd, 'body.json'), text);
    writeFileSync(join(cwd, 'sub/body'), text);
    const stdin = Readable.from([Buffer.from(text.slice(0, 9)), Buffer.from(text.slice(9))]);
    const absolute = join(cwd, 'sub/body');
    const what = ['body.json', './body.json', 'sub/body', absolute, '-'];
    const items = await choose(what, { cwd, stdin, instanceId: '91000' });
    expect(items.map(textOf)).toEqual(what.map(() => text));
  });

  test('that is not JSON is answered with line and column', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'broken.json'), '{\n  "event": "message",\n  "data": ]\n}');
    const error = await failureOf(choose(['broken.json'], { cwd }));
    expect(error).toMatchObject({ exit: 'usage', code: 'bad_fixture' });
    expect(error.message).toMatch(/broken\.json.*3.*11/);
    const stdin = Readable.from([Buffer.from('no')]);
    const piped = await failureOf(choose(['-'], { stdin }));
    expect(piped.message).toMatch(/standard input.*1.*/);
  });

  test.each(['[]', '7', '{}', '{"event":7}', '{"event":""}'])(
    'that is no webhook is refused: %s',
    async (body) => {
      const stdin = Readable.from([Buffer.from(body)]);
      const error = await failureOf(choose(['-'], { stdin }));
      expect(error).toMatchObject({ exit: 'usage', code: 'bad_fixture' });
    },
  );

  test('that is not there, or is none, is named', async () => {
    const missing = await failureOf(choose(['./nothing.json']));
    expect(missing).toMatchObject({ exit: 'notFound', code: 'no_such_file' });
    expect(missing.message).toContain('./nothing.json');
    const folder = await failureOf(choose(['./']));
    expect(folder).toMatchObject({ exit: 'usage', code: 'file_not_read' });
  });

  test('over 64 MiB is not read to its end', async () => {
    const mebibyte = Buffer.alloc(1024 * 1024, 32);
    let read = 0;
    const endless = (async function* () {
      for (;;) {
        read += mebibyte.length;
        yield mebibyte;
      }
    })();
    const error = await failureOf(choose(['-'], { stdin: endless }));
    expect(error).toMatchObject({ exit: 'usage', code: 'body_too_large' });
    expect(read).toBe(LARGEST_BODY + mebibyte.length);
  });

  test('cannot be read twice from standard input', async () => {
    const error = await failureOf(choose(['-', '-']));
    expect(error).toMatchObject({ exit: 'usage', code: 'stdin_twice' });
  });
});

test('an event is meant by its id, a prefix or last, and is looked for where history is', async () => {
  const items = await choose(['last', 'evt_4dx5', 'evt_4dx5km4bppzj3b3k']);
  expect(items.map(({ source }) => source)).toEqual([
    { event: 'last' },
    { event: 'evt_4dx5' },
    { event: 'evt_4dx5km4bppzj3b3k' },
  ]);
});

test('overrides and --fresh belong to each', async () => {
  const more = { set: [['event', '"qr"']] as const, remove: ['data'], fresh: true };
  const items = await choose(['last', 'message.chat'], {}, more);
  expect(items).toMatchObject([more, more]);
});

describe('a scenario', () => {
  const steps = loadScenario('morning');
  const bodies = steps.map(({ fixture }) => loadFixture(fixture).event);

  test('is all of its steps, always fresh, with its waits divided by --speed', async () => {
    const items = await choose(['scenario:morning'], { instanceId: '91000' }, { speed: 50 });
    expect(items.map((item) => JSON.parse(textOf(item)).event)).toEqual(bodies);
    expect(new Set(items.map((item) => JSON.parse(textOf(item)).instanceId))).toEqual(
      new Set(['91000']),
    );
    expect(items.every(({ fresh }) => fresh)).toBe(true);
    let due = 0;
    for (const [index, { after }] of steps.entries()) {
      due += after / 50;
      expect(items[index]?.due).toBeCloseTo(due);
    }
  });

  test('goes on from what was named before it', async () => {
    const items = await choose(['message.chat', 'scenario:morning', 'last', 'scenario:morning']);
    const dues = items.map(({ due }) => due);
    expect(dues).toEqual([...dues].sort((a, b) => a - b));
    const length = steps.reduce((sum, { after }) => sum + after, 0);
    expect(dues[0]).toBe(0);
    expect(dues.at(-1)).toBe(2 * length);
    expect(items.filter(({ fresh }) => !fresh)).toHaveLength(2);
  });

  test('keeps its numbers and escapes, with the instance that is known', async () => {
    const items = await choose(['scenario:mine'], { cwd: ownFixtures(), instanceId: '91000' });
    expect(items.map(textOf)).toEqual([
      '{"event":"x","instanceId":"91000","n":18446744073709551615,"s":1.0}',
    ]);
  });

  test('that there is not is answered with the nearest names', async () => {
    const error = await failureOf(choose(['scenario:mornin']));
    expect(error).toMatchObject({ exit: 'notFound', code: 'no_such_fixture' });
    expect(error.hint).toContain('morning');
  });
});
