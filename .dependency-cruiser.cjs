/** The rooms of docs/architecture.md as a check: who may import whom. No import runs upward, none in a circle. */

/** Everybody may import these. */
const COMMON = ['errors.ts', 'feed.ts', 'platform/'];

/** What each room may import beside itself and the common ones. */
const ROOMS = {
  'platform/': [],
  'eazewa/': [],
  'settings/': [],
  'tunnel/': [],
  'receiver/': ['eazewa/'],
  'history/': ['eazewa/'],
  'fixtures/': ['eazewa/'],
  'views/': ['eazewa/'],
  'delivery/': ['eazewa/', 'history/'],
  'replay/': ['delivery/', 'history/', 'fixtures/', 'eazewa/'],
  'simulator/': ['delivery/', 'fixtures/', 'eazewa/'],
  'listener/': ['receiver/', 'tunnel/', 'delivery/', 'replay/', 'history/', 'fixtures/', 'eazewa/'],
  'commands/': [
    'listener/',
    'receiver/',
    'tunnel/',
    'delivery/',
    'replay/',
    'history/',
    'fixtures/',
    'simulator/',
    'views/',
    'eazewa/',
    'settings/',
  ],
};

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
    ...Object.entries(ROOMS).map(([room, others]) => ({
      name: `room-${room.slice(0, -1)}`,
      severity: 'error',
      from: { path: `^src/${room}` },
      to: { path: '^src/', pathNot: path([room, ...others, ...COMMON]) },
    })),
    {
      name: 'common-stands-alone',
      severity: 'error',
      from: { path: path(['errors.ts', 'feed.ts']) },
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
      name: 'commands-are-loaded-lazily',
      severity: 'error',
      from: { path: path(['program.ts']) },
      to: { path: '^src/commands/', dependencyTypesNot: ['dynamic-import', 'type-only'] },
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
