// Typed and strict; what the house bans (architecture, "Tooling") is banned here where a rule can hold it, and in
// test/unit/house.test.ts where none can.
import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const currentTime = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'The current time comes from the Clock port (host/clock.ts).',
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'The current time comes from the Clock port (host/clock.ts).',
  },
];
const defaultExport = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' };
const moduleMock = {
  selector: "CallExpression[callee.object.name='vi'][callee.property.name=/^(do)?mock$/i]",
  message: 'No module of ours is mocked: a fake implements a port or listens on loopback.',
};

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
      'max-params': ['error', 4],
      'max-lines': ['error', 250],
      'max-lines-per-function': ['error', 50],
      'no-restricted-syntax': ['error', defaultExport, ...currentTime],
    },
  },
  {
    files: ['shared/host/clock.ts'],
    rules: { 'no-restricted-syntax': ['error', defaultExport] },
  },
  {
    // Tests and tools tell stories: a describe block is one long function, a fixture one long file.
    files: ['test/**', '.ci/**', '*.config.ts', '*.config.js'],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': ['error', moduleMock],
    },
  },
  {
    files: ['*.config.ts', '*.config.js'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
