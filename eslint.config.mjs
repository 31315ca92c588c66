import tseslint from 'typescript-eslint';
import { plugin as arcbox } from './tools/eslint/plugin.mjs';

const code = ['**/*.{ts,mjs}'];

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', '.cache/', '.nx/', 'coverage/', 'libs/proto/gen/'] },
  {
    files: code,
    // Rules are argued about, not switched off where they bite.
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    languageOptions: { ecmaVersion: 'latest', sourceType: 'module' },
    plugins: { arcbox, '@typescript-eslint': tseslint.plugin },
    rules: {
      'arcbox/file-names': 'error',
      'arcbox/layering': 'error',
      'arcbox/no-cycles': 'error',
      'arcbox/package-homes': 'error',
      'arcbox/plain-verbs': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all', ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      // One program for the whole tree: it is what tsc checks, and it is built once.
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // Whatever `using` holds is given back when the block is left, not when a promise that it returned is kept.
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
);
