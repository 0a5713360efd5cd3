// @ts-check
import js from '@eslint/js';
import globals from 'globals';

/** Runs in every host: no global of one of them alone. */
const everywhere = { ...globals['shared-node-browser'], ...globals.es2023 };

export default [
  { ignores: ['build/', 'dist/', 'pkg/', 'target/', 'types/', '**/node_modules/'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: 'module' },
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    rules: {
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'array-callback-return': 'error',
      curly: ['error', 'multi-line'],
      'default-case-last': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-await-in-loop': 'off',
      'no-constructor-return': 'error',
      'no-else-return': 'error',
      'no-eval': 'error',
      'no-extend-native': 'error',
      'no-implicit-coercion': ['error', { boolean: false }],
      'no-implied-eval': 'error',
      'no-loop-func': 'error',
      'no-new-func': 'error',
      'no-param-reassign': 'error',
      'no-promise-executor-return': 'error',
      'no-return-assign': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-throw-literal': 'error',
      'no-unmodified-loop-condition': 'error',
      'no-unreachable-loop': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'prefer-promise-reject-errors': 'error',
      'prefer-rest-params': 'error',
      'prefer-template': 'error',
    },
  },
  { files: ['js/**'], languageOptions: { globals: everywhere } },
  {
    files: ['js/netlayers/tcp*.js', 'js/baggage/{fs,lmdb}*.js', 'js/cli/**', 'js/testing/**'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['*.js', '{benches,examples,scripts,tests}/**'],
    languageOptions: { globals: globals.node },
    rules: { 'no-param-reassign': 'off', 'no-promise-executor-return': 'off' },
  },
  { files: ['examples/guestbook/page/**'], languageOptions: { globals: globals.browser } },
  { files: ['tests/browser/**', 'tests/package/**'], languageOptions: { globals: { ...globals.browser, ...globals.node } } },
];
