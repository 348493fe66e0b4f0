import { defineConfig } from 'vitest/config';

const shared = {
  // The native part of the Temporal SDK does not survive several threads in one process.
  pool: 'forks',
  setupFiles: 'test/support/fast-check.ts',
  testTimeout: 60_000,
  hookTimeout: 120_000,
} as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'quick',
          include: ['test/{unit,property,contract,simulation,recordings,golden}/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // With real servers and processes: one file after the other, when nothing else needs the machine.
        test: {
          ...shared,
          name: 'servers',
          include: ['test/{workflow,replay,upgrade,e2e,elasticsearch}/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 900_000, // the Temporal server may have to be built first
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
