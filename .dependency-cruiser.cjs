/** The import table of docs/architecture.md. `npm run deps` checks it, without exceptions. */

/** What every module may import, besides its own row. */
const GROUND = ['common', 'config', 'observability', 'text-analysis'];

/** `{module: [what it may import besides the ground]}` */
const MODULES = {
  database: [],
  redis: [],
  queue: ['database', 'redis'],
  models: ['redis'],
  auth: ['database', 'redis'],
  usage: ['database', 'models', 'auth'],
  corpus: ['database', 'auth'],
  'embedding-space': ['database', 'models', 'corpus', 'auth'],
  chunking: [],
  'embedding-cache': ['database', 'redis', 'models', 'auth'],
  'semantic-cache': ['database', 'redis', 'auth'],
  retrieval: ['database', 'models', 'corpus', 'embedding-space', 'embedding-cache', 'auth'],
  generation: ['models'],
  ingestion: ['queue', 'corpus', 'chunking', 'embedding-cache', 'embedding-space', 'semantic-cache', 'auth'],
  query: [
    'database',
    'redis',
    'embedding-cache',
    'semantic-cache',
    'retrieval',
    'generation',
    'corpus',
    'usage',
    'auth',
  ],
  'space-upgrade': [
    'database',
    'queue',
    'models',
    'corpus',
    'embedding-cache',
    'embedding-space',
    'semantic-cache',
    'retrieval',
    'auth',
  ],
  cli: [],
  console: [],
  'openai-api': ['query', 'corpus', 'embedding-cache', 'embedding-space', 'models', 'auth'],
};

/** The ground itself is layered: each may import those before it. */
const ALLOWED = {
  common: [],
  config: ['common'],
  observability: ['common', 'config'],
  'text-analysis': [],
  ...Object.fromEntries(Object.entries(MODULES).map(([name, row]) => [name, [...GROUND, ...row]])),
};

const anyOf = (names) => `(?:${names.join('|')})`;
const SPEC = '\\.spec\\.ts$';
/** Tables of settings lie beside their modules; `config` puts them together, so they see nothing of these modules. */
const SETTINGS = '\\.settings\\.ts$';

/** One rule per module: of `src`, it sees itself and its row. The files directly in `src` compose; nobody imports them. */
const moduleRules = Object.entries(ALLOWED).map(([name, allowed]) => ({
  name: `imports-of-${name}`,
  comment: `src/${name} may import of src: ${[name, ...allowed].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: {
    path: '^src/',
    pathNot: [`^src/${anyOf([name, ...allowed])}/`, ...(name === 'config' ? [SETTINGS] : [])],
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...moduleRules,
    {
      name: 'unknown-module',
      comment:
        'A folder of src that is missing in the table may import nothing: add its row here and in architecture.md.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/${anyOf(Object.keys(ALLOWED))}/` },
      to: {},
    },
    {
      name: 'imports-of-settings',
      severity: 'error',
      from: { path: SETTINGS },
      to: { path: '^src/', pathNot: ['^src/config/setting\\.ts$', SETTINGS] },
    },
    {
      name: 'no-circular',
      comment: 'Imports of types count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and that nothing imports is left over.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '^src/[^/]+\\.ts$',
          '\\.(?:e2e-)?spec\\.ts$',
          '\\.setup\\.ts$',
          '^migrations/',
          '\\.d\\.ts$',
        ],
      },
      to: {},
    },
    {
      name: 'src-not-to-tests',
      comment: 'Unit tests beside their subject may use test/support; what ships may not.',
      severity: 'error',
      from: { path: '^src/', pathNot: SPEC },
      to: { path: ['^(?:test|bench|eval|scripts)/', SPEC] },
    },
    {
      name: 'unit-tests-only-to-support',
      severity: 'error',
      from: { path: `^src/.*${SPEC}` },
      to: { path: '^(?:test|bench|eval|scripts)/', pathNot: '^test/support/' },
    },
    {
      name: 'migrations-stand-alone',
      comment:
        'A migration describes one moment of the schema; code that changes later would change it afterwards. Only the first embedding space asks the configuration which model it is for.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^(?:src|test|bench|eval|scripts)/', pathNot: '^src/config/app-config[.]ts$' },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-unlisted-package',
      comment: 'A package that package.json does not list is there by accident of another one.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-package-in-src',
      severity: 'error',
      from: { path: '^(?:src|migrations)/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
