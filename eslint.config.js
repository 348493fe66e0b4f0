// Formatting is Prettier's. Here: typed rules, and the import rules of the rooms (docs/decisions/0001-rooms.md).
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Forbids imports in a room. `allowTypes` lets the types of the forbidden modules through. */
const forbid = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});
const no = (regex, message, allowTypeImports = false) => ({ regex, message, allowTypeImports });

const noUndici = no('^undici', 'Only src/http.ts calls undici.');
const noTemporal = no('^@temporalio/', 'This room knows nothing of Temporal.');
const noNode = no('^node:', 'This room does no I/O and is free of Node.');
const noConfig = no('(^|/)config\\.ts$', 'The config is read once at the edge and handed down.', true);
const noSimulators = no('simulators/', 'The product never imports a simulator.');
const noCounting = no('^prom-client', 'Only src/metrics/ counts.');
const pure = [
  noUndici,
  noCounting,
  noTemporal,
  noConfig,
  noSimulators,
  no('^node:(?!crypto$)', 'This room is pure: no I/O.'),
];
const noPackages = no('^[^.]', 'This room imports nothing from outside.');

export default tseslint.config(
  { ignores: ['node_modules', 'data', 'test/**/fixtures', 'test/**/histories'] },
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', 'bin/*.mjs'] } } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-cycle': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  // Of several entries for one file the last one counts, so each says all that holds in its room.
  forbid(['src/**/*.ts', 'activities/**/*.ts'], [noUndici, noCounting, noSimulators]),
  forbid(['src/metrics/**/*.ts'], [noUndici, noTemporal, noConfig, noSimulators]),
  forbid(['src/core/**/*.ts'], [noPackages, no('^\\.\\./', 'src/core imports nothing outside itself.')]),
  forbid(
    ['src/records/**/*.ts'],
    [...pure, no('^\\.\\./(?!core/|errors\\.ts)', 'Records know nothing of where they come from, or go to.')],
  ),
  forbid(
    [
      'src/delivery-of.ts',
      'src/translate/**/*.ts',
      'src/misp/{reader,query,schema,filter,record}.ts',
      'src/misp/reader/**/*.ts',
    ],
    pure,
    ['src/translate/hook.ts'],
  ),
  forbid(
    ['src/misp/client.ts', 'src/misp/read-page.ts', 'src/destinations/**/*.ts', 'src/store/**/*.ts'],
    [noUndici, noCounting, noTemporal, noConfig, noSimulators],
  ),
  forbid(['src/http.ts'], [noCounting, noTemporal, noConfig, noSimulators]),
  forbid(
    ['workflows/**/*.ts'],
    [
      noNode,
      no(
        '^(?!@temporalio/(workflow|common)$)[^.]',
        'A workflow imports @temporalio/workflow and @temporalio/common only.',
      ),
      no('^\\.\\./(?!src/core/|activities/)', 'A workflow imports src/core, and types of activities.'),
      no('^\\.\\./activities/', 'A workflow imports types of activities only.', true),
    ],
    ['workflows/feed.ts'],
  ),
  forbid(['workflows/feed.ts'], [noPackages, no('^\\.\\./(?!src/core/)', 'The loop imports src/core only.')]),
  forbid(
    ['simulators/**/*.ts'],
    [noTemporal, no('\\.\\./(src|activities|workflows)/', 'A simulator has its own truth.')],
  ),
  {
    files: ['src/**/*.ts', 'activities/**/*.ts', 'workflows/**/*.ts'],
    ignores: ['src/config.ts', 'src/config/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only the config reads the environment.' },
      ],
    },
  },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
