import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';
import linearRegexp from './scripts/lint/linear-regexp.mjs';

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'data/**', 'models/**', 'coverage/**', '.cache/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  prettier,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // A text that somebody sends must not hold up the event loop.
    files: ['src/**/*.{ts,js}'],
    ignores: ['**/*.spec.ts'],
    plugins: { regexp, evergreen: { rules: { 'linear-regexp': linearRegexp } } },
    rules: {
      'evergreen/linear-regexp': 'error',
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': 'error',
    },
  },
  { files: ['test/**/*.ts', '**/*.spec.ts'], rules: { 'max-lines': ['error', { max: 800 }] } },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: {
      globals: {
        require: 'readonly',
        module: 'writable',
        process: 'readonly',
        console: 'readonly',
        __dirname: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        fetch: 'readonly',
        URL: 'readonly',
        AbortSignal: 'readonly',
        performance: 'readonly',
        structuredClone: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // The console's page runs in a browser, and whatever it shows is text.
    files: ['src/console/page/*.js'],
    languageOptions: {
      globals: {
        ...Object.fromEntries(
          ['require', 'module', 'process', 'console', '__dirname', 'Buffer'].map((name) => [name, 'off']),
        ),
        CustomEvent: 'readonly',
        document: 'readonly',
        EventTarget: 'readonly',
        FormData: 'readonly',
        location: 'readonly',
        sessionStorage: 'readonly',
        TextDecoder: 'readonly',
        URLSearchParams: 'readonly',
        window: 'readonly',
      },
    },
    rules: {
      'no-restricted-syntax': [
        'error',
        ...['MemberExpression > Identifier.property', 'Property > Identifier.key'].map((place) => ({
          selector: `${place}[name=/^(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|srcdoc|write|writeln)$/]`,
          message: 'Markup made of text can hold scripts: make elements.',
        })),
      ],
    },
  },
);
