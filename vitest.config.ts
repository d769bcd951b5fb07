// How tests run: those of one module or program side by side, those of the control plane a second time on a
// PostgreSQL of their own (one behaviour on both stores), and those that start real programs
// (test/system, test/tooling) afterwards and one file at a time, because they measure what a user would see.
import { defineConfig } from 'vitest/config';
import { inkTable } from './tools/ink-table-plugin.mjs';

const startsPrograms = ['test/system/**/*.test.{ts,tsx}', 'test/tooling/**/*.test.{ts,tsx}'];

/** Held by test/cloud too, but about the embedded store or without any. */
const withoutPostgres = [
  'test/cloud/commands/**',
  'test/cloud/members/**',
  'test/cloud/database/sqlite-files.test.ts',
];
const onPostgresAlone = [
  'test/cloud/database/postgres.test.ts',
  'test/cloud/database/postgres-program.test.ts',
  'test/cloud/nodes/**',
];

export default defineConfig({
  plugins: [inkTable()],
  test: {
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    setupFiles: ['test/support/environment.ts'],
    server: { deps: { inline: ['ink-table'] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...startsPrograms, ...onPostgresAlone],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['test/cloud/**/*.test.ts'],
          exclude: withoutPostgres,
          globalSetup: ['test/support/postgres-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'programs',
          include: startsPrograms,
          fileParallelism: false,
          // Only here: a test of one part must not wait for, or fail by, the build of all of them.
          globalSetup: ['test/support/launcher-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
