import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The import rules of the architecture, one block for each kind of file. A rule that is set twice for a file counts only
 * as it was set last: so a file that two blocks speak of is named in the later one with all that holds for it.
 */
const mayNotImport = (...patterns) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
  'no-restricted-syntax': ['error', ...patterns.flatMap(mayNotImportInside)],
});

/** The rule above looks at import and export statements; this is for `import(...)` among the code and the types. */
const mayNotImportInside = ({ regex, message }) =>
  ['ImportExpression', 'TSImportType'].map((node) => ({
    // Between its slashes a selector can have none, not even an escaped one.
    selector: `${node}[source.value=/${regex.replaceAll('/', '\\x2F')}/]`,
    message,
  }));

const SERVER = {
  regex: '(^|/)server\\.js$',
  message: 'Only the commands (cli.ts, serve.ts), index.ts and tests start a server.',
};

const IMPORT_RULES = [
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/cli.ts', 'src/serve.ts', 'src/index.ts'],
    rules: mayNotImport(SERVER),
  },
  {
    files: ['src/room/**/*.ts'],
    rules: mayNotImport({ regex: '^(?!\\./)', message: 'room/ is the domain: it imports nothing outside itself.' }),
  },
  {
    files: ['src/protocols/*/codec.ts'],
    rules: mayNotImport({
      regex: '^(?!(\\.\\./(byte-queue|errors)|\\./integers)\\.js$)',
      message: 'A codec is pure: it imports the byte queue, integers and the error types alone.',
    }),
  },
  {
    files: ['src/protocols/byte-queue.ts', 'src/protocols/errors.ts'],
    rules: mayNotImport({ regex: '^(?!\\./errors\\.js$)', message: 'Every codec builds on this, in a browser too.' }),
  },
  {
    files: ['src/transports/**/*.ts'],
    rules: mayNotImport({
      regex: '^\\.\\./(?!error-code\\.js$)',
      message: 'Transports move bytes: they know no protocol and no room.',
    }),
  },
  {
    files: ['src/client/**/*.{ts,tsx}'],
    // A browser's own transport.
    ignores: ['src/client/web/socket.ts'],
    rules: mayNotImport(SERVER, {
      regex: '/(room|transports|history|files)/',
      message: 'A client knows protocols at most: never the room behind one or the transport below it.',
    }),
  },
];

/** What only the program's own edge may touch; everything else gets it passed in. */
const EDGES = ['argv', 'env', 'exit', 'exitCode', 'on', 'once', 'addListener', 'stdin', 'stdout', 'stderr'];

const PASS_IT_IN =
  'Only cli.ts, config.ts and signals.ts touch the process; everything else gets what it needs passed in.';

const IN_A_BROWSER_TOO = 'This file is to run in a browser too.';

const NODE_GLOBALS = [
  'Buffer',
  'URL',
  'clearInterval',
  'clearTimeout',
  'console',
  'process',
  'setInterval',
  'setTimeout',
];

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'data/', 'downloads/', 'attachments/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: Object.fromEntries(NODE_GLOBALS.map((name) => [name, 'readonly'])) },
    rules: { 'no-undef': 'error', 'no-unused-vars': ['error', { caughtErrors: 'none' }] },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-param-reassign': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      // Interfaces are asynchronous for implementations that need it; others have nothing to await.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      complexity: ['error', 15],
      'max-depth': ['error', 3],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 60],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli.ts', 'src/config.ts', 'src/signals.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...EDGES.map((property) => ({ object: 'process', property, message: PASS_IT_IN })),
      ],
      'no-restricted-imports': ['error', ...['process', 'node:process'].map((name) => ({ name, message: PASS_IT_IN }))],
    },
  },
  {
    files: ['src/room/**/*.ts', 'src/protocols/*/codec.ts', 'src/protocols/byte-queue.ts', 'src/protocols/errors.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'global', 'setImmediate'].map((name) => ({ name, message: IN_A_BROWSER_TOO })),
      ],
    },
  },
  ...IMPORT_RULES,
  {
    files: ['test/**/*.ts'],
    rules: {
      // expect(mock.method) and the like take methods as values.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
