/** Checks the layers of docs/architecture.md: no import runs upward, none in a circle. */

/** Every folder may import these. */
const COMMON = ['errors.ts', 'feed/', 'platform/'];

/** The folders that each folder may import, besides itself and the common ones. */
const LAYERS = {
  'platform/': [],
  'feed/': [],
  'eazewa/': [],
  'settings/': [],
  'tunnel/': ['eazewa/'],
  'receiver/': ['tunnel/proofs.ts', 'eazewa/'],
  'history/': ['eazewa/'],
  'fixtures/': ['eazewa/'],
  // history/outcome.ts imports nothing: whoever judges an answer uses it.
  'views/': ['eazewa/', 'history/outcome.ts'],
  'delivery/': ['history/', 'eazewa/'],
  'replay/': ['delivery/', 'history/', 'fixtures/', 'eazewa/'],
  'simulator/': ['delivery/', 'fixtures/', 'eazewa/', 'history/outcome.ts'],
  'control/': ['replay/', 'delivery/', 'history/', 'fixtures/', 'eazewa/'],
  'takeover/': ['control/', 'history/', 'eazewa/'],
  'listener/': [
    'takeover/',
    'control/',
    'replay/',
    'delivery/',
    'receiver/',
    'tunnel/',
    'history/',
    'fixtures/',
    'eazewa/',
  ],
  'commands/': [
    'listener/',
    'takeover/',
    'control/',
    'replay/',
    'simulator/',
    'delivery/',
    'receiver/',
    'tunnel/',
    'history/',
    'views/',
    'fixtures/',
    'settings/',
    'eazewa/',
  ],
};

/** The one helper of all `flags.ts`. */
const REGISTER = 'commands/shared/register.ts';

const path = (places) => places.map((place) => `^src/${place.replace('.', '\\.')}`);

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '^src/history/checkpoint-thread\\.ts$'] },
      to: {},
    },
    { name: 'no-undeclared', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(LAYERS).map(([folder, others]) => ({
      name: `layer-${folder.slice(0, -1)}`,
      severity: 'error',
      from: { path: `^src/${folder}` },
      to: { path: '^src/', pathNot: path([folder, ...others, ...COMMON]) },
    })),
    {
      name: 'common-stands-alone',
      severity: 'error',
      from: { path: path(['errors.ts']) },
      to: { path: '^src/' },
    },
    {
      name: 'cli-and-program-are-thin',
      comment: 'commands are loaded when they run, and only by the program',
      severity: 'error',
      from: { path: path(['cli.ts']) },
      to: { path: '^src/', pathNot: path(['program.ts', ...COMMON]) },
    },
    {
      name: 'program-imports-flags-only',
      comment: 'the module of a command is loaded when the command runs, so that --help stays fast',
      severity: 'error',
      from: { path: path(['program.ts']) },
      to: {
        path: '^src/',
        pathNot: ['^src/commands/[^/]+/flags\\.ts$', ...path([REGISTER, ...COMMON])],
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'flags-import-commander-only',
      severity: 'error',
      from: { path: ['^src/commands/[^/]+/flags\\.ts$', ...path([REGISTER])] },
      to: {
        pathNot: ['(^|/)node_modules/commander/', ...path([REGISTER])],
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'only-the-driver-knows-which-sqlite',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/history/driver\\.ts$' },
      to: { path: '(^|/)(libsql|node:sqlite)' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
